//! Imports: many secrets set in one step, or previewed.
//!
//! An import tells a caller who may overwrite a secret whether its value is the given one. That allows one guess per name
//! and request, because a request makes one import; each comparison is recorded, in previews as well.

use std::collections::HashSet;
use std::ops::Range;

use strongroom_shared::error_code::CHANGED_SINCE_PREVIEW;
use strongroom_shared::input::{ImportSecretsInput, ImportedSecret};
use strongroom_shared::payload::ImportChange;
use strongroom_shared::webhook::EventKind;
use strongroom_shared::{Permission, SecretName, limit};
use zeroize::Zeroizing;

use super::write::change_detail;
use super::{NAMES, object, require_visible};
use crate::crypto::digest;
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject, Rule, Secret};
use crate::service::change::{Answer, Attempt, Attempted, Done, Recorded, ValueChange, refused};
use crate::service::{Error, Result, Service};
use crate::store::secret::{Head, KeptValue, ValueLocation};
use crate::store::{self, Transaction};

/// The maximum number of bytes of stored values that an import holds at once.
const HELD_BYTES: usize = 8 * 1024 * 1024;

struct Entry {
    name: SecretName,
    /// `None` if the secret is skipped.
    value: Option<Zeroizing<Vec<u8>>>,
}

#[derive(Debug)]
pub struct Imported {
    /// In the order of the input, without skipped secrets.
    pub changes: Vec<(SecretName, ImportChange)>,
    /// A digest of the secrets before the import. The import that follows a preview expects it.
    pub state: String,
}

struct Import {
    entries: Vec<Entry>,
    is_preview: bool,
    expected_state: Option<String>,
}

impl ValueChange for Import {
    type Output = Answer<Imported>;
    const IS_LONG: bool = true;

    async fn attempt(&self, mut attempt: Attempt<'_>) -> Attempted<Answer<Imported>> {
        let Attempt { service, tx, actor, .. } = attempt;
        let mut heads = self.heads(tx, actor).await?;
        if heads.iter().any(Option::is_none) || heads.is_empty() {
            actor.require(Permission::CreateSecret)?;
        }
        if heads.iter().any(Option::is_some) {
            actor.require(Permission::UpdateSecret)?;
        }
        let state = self.state(&heads);
        if self.expected_state.as_ref().is_some_and(|expected| *expected != state) {
            return refused(CHANGED_SINCE_PREVIEW).map(Some);
        }
        let mut entries = self.entries.iter();
        heads.retain(|_| entries.next().is_some_and(|entry| entry.value.is_some()));
        let entries: Vec<_> =
            self.entries.iter().filter_map(|entry| Some((&entry.name, entry.value.as_ref()?))).collect();
        let in_vault = heads.iter().flatten().filter_map(|head| head.vault_id).map(ValueLocation::Vault);
        if attempt.staged.prefetch(in_vault.collect::<Vec<_>>().iter()) {
            return Ok(None);
        }
        let event = |action, secret: &Secret, detail| {
            let object = AuditObject { detail, ..object(secret) };
            AuditEvent::by(actor, service.now(), action, object)
        };
        let mut changes = Vec::with_capacity(heads.len());
        let mut events = Vec::with_capacity(heads.len());
        let mut set = Vec::with_capacity(heads.len());
        for part in parts(&heads) {
            let names = entries[part.clone()].iter();
            let names: Vec<_> = names.map(|(name, _)| (actor.team_id(), (*name).clone())).collect();
            let mut found = store::secret::list_with_values(tx, &names).await?;
            for (key, &(name, value)) in names.iter().zip(&entries[part]) {
                let found = found.remove(key);
                let change = match &found {
                    None => ImportChange::Created,
                    Some((secret, old)) if attempt.has_value(secret, old, value).await? => {
                        ImportChange::Unchanged
                    }
                    Some(_) => ImportChange::Overwritten,
                };
                let changes_nothing = self.is_preview || change == ImportChange::Unchanged;
                changes.push((name.clone(), change));
                let before = found.as_ref().map(|(secret, _)| secret.clone());
                let (action, mut secret) = match found {
                    Some((secret, _)) if changes_nothing => {
                        events.push(event(AuditAction::CompareSecretValue, &secret, None));
                        continue;
                    }
                    None if self.is_preview => continue,
                    Some((secret, _)) => (AuditAction::UpdateSecret, service.touched(secret, actor)),
                    None => (AuditAction::CreateSecret, attempt.new_secret(name.clone())),
                };
                attempt.write_without_event(before.as_ref(), &mut secret, Some(value), None).await?;
                let detail = before.and_then(|before| change_detail(&before, &secret, None));
                events.push(event(action, &secret, detail));
                set.push(secret);
            }
        }
        service.add_events(tx, actor, EventKind::SecretSet, &set).await?;
        let recorded = Recorded::events(tx, events).await?;
        Ok(Some(Done(Ok(Imported { changes, state }), recorded)))
    }
}

impl Import {
    /// The named secrets that exist, in the order of the input.
    async fn heads(&self, tx: &Transaction, actor: &Actor) -> Result<Vec<Option<Head>>> {
        let mut heads = Vec::with_capacity(self.entries.len());
        for entries in self.entries.chunks(NAMES) {
            let names: Vec<_> = entries.iter().map(|entry| &entry.name).collect();
            let mut found = store::secret::list_heads(tx, actor.team_id(), &names).await?;
            for name in names {
                require_visible(actor, name)?;
                let head = found.remove(name);
                if head.is_none() {
                    name.check_new().map_err(|rule| wrong(heads.len(), &rule.to_string()))?;
                }
                heads.push(head);
            }
        }
        Ok(heads)
    }

    /// A digest of the named secrets and their versions.
    fn state(&self, heads: &[Option<Head>]) -> String {
        let mut texts = Vec::with_capacity(3 * heads.len());
        for (entry, head) in self.entries.iter().zip(heads) {
            texts.push(entry.name.as_str().to_owned());
            if let Some(Head { secret, .. }) = head {
                texts.extend([secret.id.0.to_string(), secret.version.to_string()]);
            }
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        digest::of_texts(&texts)
    }
}

/// Divides the secrets into parts whose values are loaded at once.
fn parts(heads: &[Option<Head>]) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (index, head) in heads.iter().enumerate() {
        bytes += head.as_ref().map_or(0, |head| head.bytes);
        if index > start && (bytes > HELD_BYTES || index - start == NAMES) {
            parts.push(start..index);
            (start, bytes) = (index, head.as_ref().map_or(0, |head| head.bytes));
        }
    }
    parts.push(start..heads.len());
    parts
}

impl Service {
    /// Sets many secrets, all or none. A preview changes nothing and returns what would be done.
    pub async fn import_secrets(&self, actor: &Actor, input: ImportSecretsInput) -> Result<Answer<Imported>> {
        actor.budget.charge_import()?;
        let entries = self.parse(input.secrets)?;
        let is_preview = input.preview == Some(true);
        let import = Import { entries, is_preview, expected_state: input.expected_state };
        self.change_values(actor, None, import).await
    }

    /// Parses the input. Errors give the position of a secret, because an invalid name is not repeated.
    fn parse(&self, secrets: Vec<ImportedSecret>) -> Result<Vec<Entry>> {
        const MOST: usize = limit::IMPORTED_SECRETS;
        if secrets.len() > MOST {
            return Err(Error::Rule(Rule::new(format!("An import can have at most {MOST} secrets."))));
        }
        let mut names = HashSet::with_capacity(secrets.len());
        let mut entries = Vec::with_capacity(secrets.len());
        for (index, secret) in secrets.into_iter().enumerate() {
            let wrong = |rule: &str| wrong(index, rule);
            let name = SecretName::parse(secret.name).map_err(|error| wrong(&error.to_string()))?;
            if !names.insert(name.clone()) {
                return Err(wrong("its name occurs twice."));
            }
            if secret.skip == Some(true) {
                entries.push(Entry { name, value: None });
                continue;
            }
            let value = secret.value.0.ok_or_else(|| wrong("a value is required. It may be null."))?;
            let value = self.encode(&value).map_err(|error| match error {
                Error::Rule(rule) => wrong(rule.as_str()),
                other => other,
            })?;
            entries.push(Entry { name, value: Some(value) });
        }
        Ok(entries)
    }
}

impl Attempt<'_> {
    async fn has_value(&mut self, secret: &Secret, kept: &KeptValue, value: &[u8]) -> Result<bool> {
        let sealed = match self.staged.sealed(&kept.location) {
            Ok(sealed) => sealed.ok_or(Error::Broken("a fetched value is missing"))?,
            Err(Error::LostValue(_)) => return Ok(false),
            Err(error) => return Err(error),
        };
        match self.service.open_value(secret, secret.version, kept.data_key.clone(), sealed).await {
            Ok(plain) => Ok(*plain == value),
            // An unreadable value differs from the given one, which replaces it.
            Err(Error::Sealed(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn wrong(index: usize, rule: &str) -> Error {
    Error::Rule(Rule::new(format!("Secret {} of the import: {rule}", index + 1)))
}
