//! Imports: many secrets set in one step, and looked at before.
//!
//! Who may overwrite a secret learns from an import whether its value is the one they gave. So a guess can be tried, one
//! per name and request, because a request makes one import; each comparison is recorded, in previews as well.

use std::collections::HashSet;

use strongroom_shared::input::{ImportSecretsInput, ImportedSecret};
use strongroom_shared::payload::{ImportChange, ImportSecretsPayload, SecretChange};
use strongroom_shared::{Permission, SecretName, limit};
use zeroize::Zeroizing;

use super::audit::record_events;
use super::secret::{object, require_sight};
use super::values::Tries;
use super::{Error, Result, Service};
use crate::crypto::digest;
use crate::domain::{Actor, AuditAction, AuditEvent, Secret};
use crate::store;
use crate::store::secret::{KeptValue, Place};

/// How many bytes of stored values an import holds at once.
const HELD_BYTES: usize = 8 * 1024 * 1024;

/// A secret to set, checked.
struct Entry {
    name: SecretName,
    value: Zeroizing<Vec<u8>>,
}

impl Service {
    /// Sets many secrets: all of them, or none. A preview changes nothing, and answers what would be done.
    ///
    /// # Errors
    /// A rule is broken, or they may not.
    pub async fn import_secrets(
        &self,
        actor: &Actor,
        input: ImportSecretsInput,
    ) -> Result<ImportSecretsPayload> {
        actor.budget.charge_import()?;
        let entries = self.parse(input.secrets)?;
        let only_look = input.preview == Some(true);
        let mut tries = self.values.tries(self.now());
        loop {
            let expected_state = input.expected_state.as_deref();
            let payload = self.try_import(actor, &entries, only_look, expected_state, &mut tries).await?;
            if let Some(payload) = payload {
                return Ok(payload);
            }
            tries.supply().await?;
        }
    }

    /// What has become of it; `None` where something of Vault is lacking.
    async fn try_import(
        &self,
        actor: &Actor,
        entries: &[Entry],
        only_look: bool,
        expected_state: Option<&str>,
        tries: &mut Tries<'_>,
    ) -> Result<Option<ImportSecretsPayload>> {
        let (tx, actor) = self.begin_long(actor).await?;
        let mut found = Vec::with_capacity(entries.len());
        let mut held = 0;
        for (index, entry) in entries.iter().enumerate() {
            require_sight(&actor, &entry.name)?;
            let mut one = store::secret::find_with_value(&tx, actor.team_id(), &entry.name).await?;
            // Values beyond the limit are dropped here and loaded again when they are compared.
            if let Some((_, old)) = &mut one
                && let Place::Here(sealed) = &mut old.place
            {
                held += sealed.len();
                if held > HELD_BYTES {
                    *sealed = Vec::new();
                }
            }
            if one.is_none() {
                entry.name.check_new().map_err(|rule| wrong(index, &rule.to_string()))?;
            }
            found.push(one);
        }
        if found.iter().any(Option::is_none) || found.is_empty() {
            actor.require(Permission::CreateSecret)?;
        }
        if found.iter().any(Option::is_some) {
            actor.require(Permission::UpdateSecret)?;
        }
        let state = state(entries, &found);
        if expected_state.is_some_and(|expected| expected != state) {
            return Ok(Some(ImportSecretsPayload::refused(
                "Some of these secrets have changed since the preview. Look again before you import.",
            )));
        }
        // All of those that are lacking are got at once.
        if tries.want(found.iter().flatten().map(|(_, old)| &old.place)) {
            return Ok(None);
        }

        let mut changes = Vec::with_capacity(entries.len());
        let mut events = Vec::with_capacity(entries.len());
        for (Entry { name, value }, mut found) in entries.iter().zip(found) {
            if matches!(&found, Some((_, old)) if old.place == Place::Here(Vec::new())) {
                found = store::secret::find_with_value(&tx, actor.team_id(), name).await?;
            }
            let change = SecretChange {
                name: name.as_str().to_owned(),
                change: match &found {
                    None => ImportChange::Created,
                    Some((secret, old)) if self.has_value(secret, old, value, tries).await? => {
                        ImportChange::Unchanged
                    }
                    Some(_) => ImportChange::Overwritten,
                },
            };
            let (action, secret) = match found {
                Some((secret, _)) if only_look || change.change == ImportChange::Unchanged => {
                    (AuditAction::CompareSecretValue, Some(secret))
                }
                None if only_look => (AuditAction::CompareSecretValue, None),
                Some((secret, _)) => {
                    let mut secret = self.touched(secret, &actor);
                    let sealed = self.seal_next(&tx, &mut secret, value, tries).await?;
                    store::secret::update(&tx, &secret).await?;
                    self.add_version(&tx, &secret, sealed).await?;
                    (AuditAction::UpdateSecret, Some(secret))
                }
                None => {
                    let mut secret = self.new_secret(&actor, name.clone(), tries);
                    let sealed = self.seal_next(&tx, &mut secret, value, tries).await?;
                    store::secret::add(&tx, &secret).await?;
                    self.add_version(&tx, &secret, sealed).await?;
                    (AuditAction::CreateSecret, Some(secret))
                }
            };
            events.extend(secret.map(|secret| AuditEvent::by(&actor, self.now(), action, object(&secret))));
            changes.push(change);
        }
        record_events(&tx, events).await?;
        let is_done = tries.commit(tx, self.now()).await?;
        Ok(is_done.then_some(ImportSecretsPayload {
            success: Some(true),
            error: None,
            changes,
            state: Some(state),
        }))
    }

    /// Checks what is given. What is wrong is told by its place, for a name that breaks a rule is not repeated.
    fn parse(&self, secrets: Vec<ImportedSecret>) -> Result<Vec<Entry>> {
        const MOST: usize = limit::IMPORTED_SECRETS;
        if secrets.len() > MOST {
            return Err(Error::Invalid(format!("An import has at most {MOST} secrets.").into()));
        }
        let mut names = HashSet::with_capacity(secrets.len());
        let mut entries = Vec::with_capacity(secrets.len());
        for (index, secret) in secrets.into_iter().enumerate() {
            let wrong = |rule: &str| wrong(index, rule);
            let name = SecretName::parse(secret.name).map_err(|error| wrong(&error.to_string()))?;
            if !names.insert(name.clone()) {
                return Err(wrong("its name is there twice."));
            }
            let value = secret.value.given().ok_or_else(|| wrong("a value is required. It may be null."))?;
            let value = self.encode(&value).map_err(|error| match error {
                Error::Invalid(rule) => wrong(&rule),
                other => other,
            })?;
            entries.push(Entry { name, value });
        }
        Ok(entries)
    }

    async fn has_value(
        &self,
        secret: &Secret,
        kept: &KeptValue,
        value: &[u8],
        tries: &mut Tries<'_>,
    ) -> Result<bool> {
        const LACKING: Error = Error::Broken("a value that was got is not there");
        let compared = async {
            let sealed = tries.sealed(&kept.place)?.ok_or(LACKING)?;
            let data_key = kept.data_key.clone();
            let plain = self.open_value(secret, secret.version, data_key, sealed).await?;
            Ok(*plain == value)
        };
        match compared.await {
            // What nobody can read is another value than the one that is given, which mends it.
            Err(Error::LostValue(_) | Error::Sealed(_)) => Ok(false),
            compared => compared,
        }
    }
}

/// An error that names a secret by its position.
fn wrong(index: usize, rule: &str) -> Error {
    Error::Invalid(format!("Secret {} of the import: {rule}", index + 1).into())
}

/// What the named secrets are like, as a text that changes when one of them does.
fn state(entries: &[Entry], found: &[Option<(Secret, KeptValue)>]) -> String {
    let mut texts = Vec::with_capacity(3 * entries.len());
    for (entry, found) in entries.iter().zip(found) {
        texts.push(entry.name.as_str().to_owned());
        if let Some((secret, _)) = found {
            texts.push(secret.id.0.to_string());
            texts.push(secret.version.to_string());
        }
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    digest::of_texts(&texts)
}
