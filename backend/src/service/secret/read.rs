//! Reads values. Each read is recorded before it is answered, refused or not.

use std::sync::Arc;

use futures_util::future::try_join_all;
use strongroom_shared::{Json, Permission, SecretName};

use super::object;
use super::write::{context, decode};
use crate::crypto::Sealed;
use crate::domain::key::is_outdated_use;
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject, Secret, TeamId};
use crate::service::audit::reads::Read;
use crate::service::batch::Loader;
use crate::service::read_cache::KnownValue;
use crate::service::{Error, Result, Service};
use crate::store::secret::KeptValue;
use crate::store::{self, Store};

/// How many values are fetched at a time, so that a request never holds all of its ciphertexts at once.
const VALUES_AT_ONCE: usize = 50;

/// Finds secrets by name, with the locations of their values.
pub struct FindValues(pub Store);

impl Loader for FindValues {
    type Request = (TeamId, SecretName);
    type Answer = Option<(Secret, KeptValue)>;
    const NAME: &str = "find_values";

    async fn run(&self, batch: &[Self::Request]) -> store::Result<Vec<Self::Answer>> {
        let found = store::secret::list_with_values(&self.0, batch).await?;
        Ok(batch.iter().map(|asked| found.get(asked).cloned()).collect())
    }
}

impl Service {
    /// Reads a value. It is recorded before it is answered, refused or not.
    pub async fn read_secret_value(&self, actor: &Actor, name: String) -> Result<Json> {
        actor.budget.charge_values(1)?;
        self.require_reading(actor, &name).await?;
        let found = self.find_readable(actor, name).await?;
        let known = found.ok_or(Error::NoValue)?;
        let value = self.read_value(actor, &known).await?;
        self.record_read(actor, &known.secret, None).await?;
        Ok(value)
    }

    /// Reads the values of the secrets among `names` that exist, in this order. Each read is recorded before any is answered.
    pub async fn read_secret_values(&self, actor: &Actor, names: Vec<String>) -> Result<Vec<(Secret, Json)>> {
        // Even a request for no value may be refused, and refusals are recorded.
        actor.budget.charge_values(names.len().max(1))?;
        self.require_reading(actor, names.first().map_or("", String::as_str)).await?;
        let mut values = Vec::with_capacity(names.len());
        for names in names.chunks(VALUES_AT_ONCE) {
            let find = |name: &String| self.find_readable(actor, name.clone());
            let found = try_join_all(names.iter().map(find)).await?;
            let read = async |known: Arc<KnownValue>| {
                let value = self.read_value(actor, &known).await?;
                Ok::<_, Error>((known.secret.clone(), value))
            };
            values.extend(try_join_all(found.into_iter().flatten().map(read)).await?);
        }
        // Together, so that they share a commit.
        try_join_all(values.iter().map(|(secret, _)| self.record_read(actor, secret, None))).await?;
        Ok(values)
    }

    /// Refuses callers without the permission to read values, and records it.
    pub(super) async fn require_reading(&self, actor: &Actor, name: &str) -> Result<()> {
        match actor.require(Permission::ReadSecretValue) {
            Ok(()) => Ok(()),
            Err(denied) => {
                self.record_refused_read(actor, name, None).await?;
                Err(denied.into())
            }
        }
    }

    pub(super) async fn record_refused_read(
        &self,
        actor: &Actor,
        name: &str,
        reason: Option<&str>,
    ) -> Result<()> {
        let object = AuditObject {
            // Records the requested text only if it is a valid name: it could be a value in the wrong field.
            name: SecretName::parse(name).ok().map(SecretName::into_string),
            detail: reason.map(str::to_owned),
            ..AuditObject::default()
        };
        let event = AuditEvent::by(actor, self.now(), AuditAction::RefusedReadSecretValue, object);
        self.record_refusal(event).await
    }

    pub(super) async fn record_read(
        &self,
        actor: &Actor,
        secret: &Secret,
        detail: Option<String>,
    ) -> Result<()> {
        let object = AuditObject { detail, ..object(secret) };
        let event = AuditEvent::by(actor, self.now(), AuditAction::ReadSecretValue, object);
        let time = event.time;
        // Reads should not become writes: repeated reads by the same reader are written once a minute.
        let is_outdated =
            secret.last_read_by.as_deref() != Some(actor.name()) || is_outdated_use(secret.last_read, time);
        let first = self.first_read(actor, secret).await?;
        let pair = first.as_ref().map(|first| first.pair);
        let read = Read { event: Some(event), secret: is_outdated.then_some(secret.id), first };
        self.reads.request(read).await?;
        if let Some(pair) = pair {
            self.note_first_read(pair);
        }
        if is_outdated {
            self.cache.note_read(secret, time, actor.name());
        }
        Ok(())
    }

    /// A secret with the location of its value, for a caller who may read values; `None` if it does not exist for them.
    pub(super) async fn find_readable(&self, actor: &Actor, name: String) -> Result<Option<Arc<KnownValue>>> {
        if !actor.sees(&name) {
            // For a limited key, other secrets don't exist; for the team, the attempt is recorded.
            self.record_refused_read(actor, &name, Some("beyond the key's limits")).await?;
            return Ok(None);
        }
        let Ok(name) = SecretName::parse(name) else { return Ok(None) };
        let cached = actor.as_of.and_then(|at| self.cache.value(at, actor.team_id(), &name));
        if cached.is_some() {
            return Ok(cached);
        }
        let Some((secret, kept)) = self.values_by_name.request((actor.team_id(), name)).await? else {
            return Ok(None);
        };
        let KeptValue { data_key, location, created } = kept;
        let data_key = match actor.as_of.and_then(|at| self.cache.data_key(at, data_key.id)) {
            Some(data_key) => data_key,
            None => Arc::new(self.unwrap_key(secret.team_id, data_key).await?),
        };
        let known = Arc::new(KnownValue { secret, created, location, data_key });
        if let Some(at) = actor.as_of {
            self.cache.add_value(at, &known);
        }
        Ok(Some(known))
    }

    /// The value of a secret, from either location. No transaction may be open.
    pub(super) async fn read_value(&self, actor: &Actor, known: &KnownValue) -> Result<Json> {
        let KnownValue { secret, location, data_key, .. } = known;
        let sealed = Sealed::from_bytes(self.values.find(location.clone()).await?);
        let plain = data_key.open(&context(secret, secret.version, data_key.id()), &sealed)?;
        actor.budget.charge_value(&plain)?;
        decode(&plain).ok_or(Error::Broken("a sealed value is not JSON"))
    }
}
