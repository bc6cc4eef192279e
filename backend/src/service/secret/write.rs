//! Writes secrets, and encodes and encrypts their values.

use std::slice;

use strongroom_shared::webhook::EventKind;
use strongroom_shared::{Json, SecretName};
use zeroize::Zeroizing;

use crate::crypto::{Sealed, ValueContext};
use crate::domain::{DataKeyId, ExpiryNotice, Rule, Secret, VersionKey, WrappedDataKey};
use crate::service::change::Attempt;
use crate::service::{Error, Result, Service};
use crate::store;
use crate::store::secret::SealedValue;

const UNREADABLE: &str = "A value must be JSON that nests at most 127 levels deep.";

impl Service {
    /// Encodes a value as JSON text, with every digit and the order of its keys.
    pub(super) fn encode(&self, value: &Json) -> Result<Zeroizing<Vec<u8>>> {
        let limit = self.rules.value_bytes;
        if value.text_bytes() > limit {
            return Err(Error::Rule(Rule::new(format!("A value can have at most {limit} bytes as JSON."))));
        }
        let bytes = value.to_text();
        // An acknowledged value must be readable, so decode it with the function that reads use.
        Rule::require(decode(&bytes).is_some_and(|decoded| decoded == *value), UNREADABLE)?;
        Ok(bytes)
    }

    pub(super) async fn open_value(
        &self,
        secret: &Secret,
        version: i64,
        data_key: WrappedDataKey,
        sealed: Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.unwrap_key(secret.team_id, data_key).await?;
        let context = context(secret, version, key.id());
        Ok(key.open(&context, &Sealed::from_bytes(sealed))?)
    }
}

impl Attempt<'_> {
    pub(super) fn new_secret(&mut self, name: SecretName) -> Secret {
        let now = self.service.now();
        Secret {
            id: self.staged.secret_id(&name, || self.service.new_id()),
            team_id: self.actor.team_id(),
            name,
            description: None,
            version: 0,
            created: now,
            updated: now,
            updated_by: self.actor.name().to_owned(),
            last_read: None,
            last_read_by: None,
            expires_at: None,
            expiry_notice: ExpiryNotice::None,
            deleted: None,
            is_shown: false,
        }
    }

    /// Writes a secret, with its next value, if there is one, and the event of that, and drops versions that are too old to be
    /// kept. `before` is the stored secret, if there is one.
    pub(super) async fn write(
        &mut self,
        before: Option<&Secret>,
        secret: &mut Secret,
        value: Option<&[u8]>,
    ) -> Result<()> {
        self.write_from(before, secret, value, None).await
    }

    /// The same with the version that the value is restored from.
    pub(super) async fn write_from(
        &mut self,
        before: Option<&Secret>,
        secret: &mut Secret,
        value: Option<&[u8]>,
        restored_from: Option<i64>,
    ) -> Result<()> {
        self.write_without_event(before, secret, value, restored_from).await?;
        if value.is_some() {
            self.service
                .add_events(self.tx, self.actor, EventKind::SecretSet, slice::from_ref(secret))
                .await?;
        }
        Ok(())
    }

    /// The same without an event, for a change of many, which adds all of theirs together.
    pub(super) async fn write_without_event(
        &mut self,
        before: Option<&Secret>,
        secret: &mut Secret,
        value: Option<&[u8]>,
        restored_from: Option<i64>,
    ) -> Result<()> {
        let (service, tx) = (self.service, self.tx);
        let sealed = match value {
            None => None,
            Some(value) => Some(self.seal_next(secret, value).await?),
        };
        match before {
            Some(before) => store::secret::update(tx, before, secret).await?,
            None => store::secret::add(tx, secret).await?,
        }
        let Some(sealed) = sealed else { return Ok(()) };
        store::secret::add_version(tx, secret, sealed, restored_from).await?;
        let first_kept = secret.version - i64::from(service.rules.keep_versions);
        if first_kept <= 1 {
            return Ok(());
        }
        if service.values.uses_vault() {
            store::vault_value::add_removed_versions(tx, secret.id, first_kept, service.now()).await?;
        }
        Ok(store::secret::remove_versions(tx, secret.id, first_kept).await?)
    }

    /// Encrypts a value as the secret's next version, with the team's newest data key.
    async fn seal_next(&mut self, secret: &mut Secret, value: &[u8]) -> Result<SealedValue> {
        let service = self.service;
        secret.version += 1;
        let wrapped = store::data_key::find_newest(self.tx, secret.team_id).await?;
        let wrapped = wrapped.ok_or(Error::Broken("a team has no data key"))?;
        let key = service.unwrap_key(secret.team_id, wrapped).await?;
        let seal = || {
            let sealed = key.seal(&context(secret, secret.version, key.id()), value, &*service.entropy);
            sealed.as_bytes().to_vec()
        };
        let slot = (VersionKey { secret_id: secret.id, version: secret.version }, key.id());
        let location = self.staged.stage(slot, || service.new_id(), seal);
        Ok(SealedValue { data_key_id: key.id(), location })
    }
}

/// The detail of a change in the audit log: which parts of a secret changed, and `further`.
pub(super) fn change_detail(
    before: &Secret,
    after: &Secret,
    further: impl IntoIterator<Item = String>,
) -> Option<String> {
    let was = (after.name != before.name).then(|| format!("was {}", before.name.as_str()));
    let version = (after.version != before.version).then(|| format!("version {}", after.version));
    let description = (after.description != before.description).then(|| "description".to_owned());
    let parts = was.into_iter().chain(further).chain(version).chain(description);
    parts.reduce(|all, part| format!("{all}; {part}"))
}

pub(super) fn decode(bytes: &[u8]) -> Option<Json> {
    serde_json::from_slice(bytes).ok()
}

pub(super) fn context(secret: &Secret, version: i64, data_key_id: DataKeyId) -> ValueContext {
    ValueContext { team_id: secret.team_id, secret_id: secret.id, version, data_key_id }
}
