//! Secrets: set, update, delete, restore, list, and read.

use strongroom_shared::input::{SetSecretInput, UpdateSecretInput};
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{Json, Permission, SecretName};
use zeroize::Zeroizing;

use super::{Error, Result, Service};
use crate::crypto::{DataKey, Sealed, ValueContext};
use crate::domain::filter::{Filter, Listing, SecretColumn};
use crate::domain::secret::parse_description;
use crate::domain::{Actor, AuditAction, AuditObject, DataKeyId, Secret, SecretId, TeamId, Time};
use crate::store::data_key::WrappedDataKey;
use crate::store::secret::SealedValue;
use crate::store::{self, Executor, Transaction};

const MISSING: &str = "There is no secret with that name.";

impl Service {
    /// Creates or overwrites a secret. Doing it twice is doing it once, but for the version: clients try again.
    ///
    /// # Errors
    /// A rule is broken, or they may not.
    pub async fn set_secret(&self, actor: &Actor, input: SetSecretInput) -> Result<SuccessPayload> {
        let name = SecretName::parse(input.name)?;
        let value = input
            .value
            .given()
            .ok_or("A value is required. It may be null, if that is what you mean.")?;
        let value = self.encode(&value)?;
        let tx = self.store.begin().await?;
        if let Some((secret, _)) = store::secret::find(&tx, actor.team_id(), &name).await? {
            actor.require(Permission::UpdateSecret)?;
            let secret = Secret {
                version: secret.version + 1,
                ..self.touched(secret, actor)
            };
            let sealed = self.seal(&tx, &secret, &value).await?;
            store::secret::update(&tx, &secret, Some(sealed)).await?;
            self.record(&tx, actor, AuditAction::UpdateSecret, object(&secret))
                .await?;
        } else {
            actor.require(Permission::CreateSecret)?;
            let now = self.now();
            let secret = Secret {
                id: SecretId(self.new_id()),
                team_id: actor.team_id(),
                name,
                description: None,
                version: 1,
                created: now,
                updated: now,
                updated_by: actor.name().to_owned(),
                last_read: None,
                last_read_by: None,
                deleted: None,
            };
            let sealed = self.seal(&tx, &secret, &value).await?;
            store::secret::add(&tx, &secret, sealed).await?;
            self.record(&tx, actor, AuditAction::CreateSecret, object(&secret))
                .await?;
        }
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// Renames, describes and sets a secret: all of it, or nothing.
    ///
    /// # Errors
    /// A rule is broken, or they may not.
    pub async fn update_secret(&self, actor: &Actor, input: UpdateSecretInput) -> Result<SuccessPayload> {
        let UpdateSecretInput {
            name,
            new_name,
            value,
            description,
            overwrite,
        } = input;
        let name = SecretName::parse(name)?;
        let new_name = new_name
            .map(SecretName::parse)
            .transpose()?
            .filter(|new_name| *new_name != name);
        let value = value.given().map(|value| self.encode(&value)).transpose()?;
        let description = description.map(parse_description).transpose()?;

        let tx = self.store.begin().await?;
        actor.require(Permission::UpdateSecret)?;
        let Some((secret, _)) = store::secret::find(&tx, actor.team_id(), &name).await? else {
            return Ok(SuccessPayload::refused(MISSING));
        };
        if let Some(new_name) = &new_name
            && let Some((replaced, _)) = store::secret::find(&tx, actor.team_id(), new_name).await?
        {
            if overwrite != Some(true) {
                return Ok(SuccessPayload::refused(
                    "There is another secret with the new name.",
                ));
            }
            actor.require(Permission::DeleteSecret)?;
            self.bury(&tx, actor, replaced).await?;
        }
        let mut secret = self.touched(secret, actor);
        let old_name = secret.name.clone();
        if let Some(new_name) = new_name {
            secret.name = new_name;
        }
        if let Some(description) = description {
            secret.description = description;
        }
        let sealed = match value {
            None => None,
            Some(value) => {
                secret.version += 1;
                Some(self.seal(&tx, &secret, &value).await?)
            }
        };
        store::secret::update(&tx, &secret, sealed).await?;
        let was = (secret.name != old_name).then(|| format!("was {}", old_name.as_str()));
        let object = AuditObject {
            detail: was,
            ..object(&secret)
        };
        self.record(&tx, actor, AuditAction::UpdateSecret, object).await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// Deletes a secret. It can be restored for a while.
    ///
    /// # Errors
    /// They may not.
    pub async fn delete_secret(&self, actor: &Actor, name: String) -> Result<SuccessPayload> {
        let tx = self.store.begin().await?;
        actor.require(Permission::DeleteSecret)?;
        // What can't be a name is the name of nothing.
        let Ok(name) = SecretName::parse(name) else {
            return Ok(SuccessPayload::refused(MISSING));
        };
        let Some((secret, _)) = store::secret::find(&tx, actor.team_id(), &name).await? else {
            return Ok(SuccessPayload::refused(MISSING));
        };
        self.bury(&tx, actor, secret).await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// Brings the secret of that name back that was deleted last.
    ///
    /// # Errors
    /// They may not.
    pub async fn restore_secret(&self, actor: &Actor, name: String) -> Result<SuccessPayload> {
        let name = SecretName::parse(name)?;
        let tx = self.store.begin().await?;
        actor.require(Permission::CreateSecret)?;
        if store::secret::find(&tx, actor.team_id(), &name).await?.is_some() {
            return Ok(SuccessPayload::refused(
                "There is a secret with that name. Rename or delete it first.",
            ));
        }
        let since = self.restorable_since();
        let Some(secret) = store::secret::find_tombstone(&tx, actor.team_id(), &name, since).await? else {
            return Ok(SuccessPayload::refused(
                "There is no deleted secret with that name to restore.",
            ));
        };
        let secret = Secret {
            deleted: None,
            ..self.touched(secret, actor)
        };
        store::secret::update(&tx, &secret, None).await?;
        self.record(&tx, actor, AuditAction::RestoreSecret, object(&secret))
            .await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// The names of the team's secrets.
    ///
    /// # Errors
    /// They may not.
    pub async fn list_secret_names(&self, actor: &Actor) -> Result<Vec<String>> {
        actor.require(Permission::ReadSecret)?;
        Ok(store::secret::list_names(&self.store, actor.team_id()).await?)
    }

    /// Those of the team's secrets that are asked for, without values.
    ///
    /// # Errors
    /// They may not.
    pub async fn list_secrets(&self, actor: &Actor, listing: &Listing<SecretColumn>) -> Result<Vec<Secret>> {
        actor.require(Permission::ReadSecret)?;
        Ok(store::secret::list(&self.store, actor.team_id(), listing).await?)
    }

    /// How many of the team's secrets pass a filter.
    ///
    /// # Errors
    /// They may not.
    pub async fn count_secrets(&self, actor: &Actor, filter: &Filter<SecretColumn>) -> Result<u64> {
        actor.require(Permission::ReadSecret)?;
        Ok(store::secret::count(&self.store, actor.team_id(), filter).await?)
    }

    /// Reads a value: the one place that opens one. The entry in the audit log is on the disk before the value
    /// leaves, and so is the entry of a refusal.
    ///
    /// # Errors
    /// They may not, or there is none.
    pub async fn read_secret_value(&self, actor: &Actor, name: String) -> Result<Json> {
        let tx = self.store.begin().await?;
        if let Err(denied) = actor.require(Permission::ReadSecretValue) {
            let name = SecretName::parse(name).ok().map(SecretName::into_string);
            let object = AuditObject {
                name,
                ..AuditObject::default()
            };
            self.record(&tx, actor, AuditAction::RefusedReadSecretValue, object)
                .await?;
            tx.commit().await?;
            return Err(denied.into());
        }
        let name = SecretName::parse(name).map_err(|_| Error::NoValue)?;
        let (secret, value) = store::secret::find(&tx, actor.team_id(), &name)
            .await?
            .ok_or(Error::NoValue)?;
        let plain = self.open_value(&tx, &secret, value).await?;
        let value =
            serde_json::from_slice(&plain).map_err(|_| Error::Broken("a sealed value is not JSON"))?;
        let secret = Secret {
            last_read: Some(self.now()),
            last_read_by: Some(actor.name().to_owned()),
            ..secret
        };
        store::secret::update(&tx, &secret, None).await?;
        self.record(&tx, actor, AuditAction::ReadSecretValue, object(&secret))
            .await?;
        tx.commit().await?;
        Ok(Json::new(value))
    }

    /// Deletes a secret in a change in the making.
    async fn bury(&self, tx: &Transaction, actor: &Actor, secret: Secret) -> Result<()> {
        let secret = Secret {
            deleted: Some(self.now()),
            ..self.touched(secret, actor)
        };
        store::secret::update(tx, &secret, None).await?;
        self.record(tx, actor, AuditAction::DeleteSecret, object(&secret))
            .await
    }

    fn touched(&self, secret: Secret, actor: &Actor) -> Secret {
        Secret {
            updated: self.now(),
            updated_by: actor.name().to_owned(),
            ..secret
        }
    }

    /// Tombstones from then on can be restored.
    pub(super) fn restorable_since(&self) -> Time {
        chrono::TimeDelta::from_std(self.rules.restore_window)
            .ok()
            .and_then(|window| self.now().checked_sub_signed(window))
            .unwrap_or(Time::MIN_UTC)
    }

    /// A value as it is sealed: JSON, with every digit and in the order it came.
    fn encode(&self, value: &Json) -> Result<Zeroizing<Vec<u8>>> {
        let mut length = ByteCount(0);
        let broken = |_| Error::Broken("a JSON value can't be written");
        serde_json::to_writer(&mut length, value.value()).map_err(broken)?;
        if length.0 > self.rules.value_bytes {
            let limit = self.rules.value_bytes;
            return Err(Error::Invalid(
                format!("A value has at most {limit} bytes as JSON.").into(),
            ));
        }
        // Sized in advance, because a buffer that grows leaves pieces of the value behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *bytes, value.value()).map_err(broken)?;
        Ok(bytes)
    }

    /// Seals a value as that of the secret's version, with the team's newest data key.
    async fn seal(&self, tx: &Transaction, secret: &Secret, value: &[u8]) -> Result<SealedValue> {
        let wrapped = store::data_key::find_newest(tx, secret.team_id)
            .await?
            .ok_or(Error::Broken("a team has no data key"))?;
        let key = self.unwrap_key(wrapped)?;
        let sealed = key.seal(&context(secret, key.id()), value, &*self.entropy);
        Ok(SealedValue {
            data_key_id: key.id(),
            sealed: sealed.as_bytes().to_vec(),
        })
    }

    async fn open_value(
        &self,
        on: &impl Executor,
        secret: &Secret,
        value: SealedValue,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let wrapped = store::data_key::find(on, secret.team_id, value.data_key_id)
            .await?
            .ok_or(Error::Broken("a value's data key is missing"))?;
        let key = self.unwrap_key(wrapped)?;
        Ok(key.open(&context(secret, key.id()), &Sealed::from_bytes(value.sealed))?)
    }

    fn unwrap_key(&self, key: WrappedDataKey) -> Result<DataKey> {
        Ok(self
            .master_key
            .unwrap_data_key(key.team_id, key.id, &Sealed::from_bytes(key.wrapped))?)
    }
}

fn context(secret: &Secret, data_key_id: DataKeyId) -> ValueContext {
    let team_id: TeamId = secret.team_id;
    ValueContext {
        team_id,
        secret_id: secret.id,
        version: secret.version,
        data_key_id,
    }
}

fn object(secret: &Secret) -> AuditObject {
    AuditObject {
        id: Some(secret.id.0),
        name: Some(secret.name.as_str().to_owned()),
        detail: None,
    }
}

/// A writer that only counts.
struct ByteCount(usize);

impl std::io::Write for ByteCount {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
