//! Writes: a value, a merge patch, a description.

use serde_json::{Map, Value};
use strongroom_shared::{Json, SecretName};
use zeroize::Zeroizing;

use super::{KvFound, KvOperation, KvUnexpected, KvVersion, KvWritten};
use crate::domain::kv::{merged, value_of};
use crate::domain::secret::parse_description;
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject, Secret, VersionKey};
use crate::service::change::{Answer, Attempt, Attempted, Done, Recorded, Refused, ValueChange, change};
use crate::service::secret::write::{change_detail, decode};
use crate::service::secret::{object, require_visible};
use crate::service::{Error, Result, Service};
use crate::store;

struct SetMap {
    name: SecretName,
    value: Zeroizing<Vec<u8>>,
    /// 0 if there must be no current version.
    expected_version: Option<i64>,
}

struct MergeMap {
    name: SecretName,
    /// An object.
    patch: Json,
    expected_version: Option<i64>,
}

fn is_unexpected(found: Option<&Secret>, expected: Option<i64>) -> bool {
    expected.is_some_and(|expected| expected != found.map_or(0, |secret| secret.version))
}

fn written(actor: &Actor, secret: Secret) -> KvFound<()> {
    let (version, created) = (secret.version, secret.updated);
    KvFound::Live(KvVersion::new(actor, secret, version, created), ())
}

impl ValueChange for SetMap {
    type Output = KvWritten;

    async fn attempt(&self, mut attempt: Attempt<'_>) -> Attempted<KvWritten> {
        let Attempt { service, tx, actor, .. } = attempt;
        let Self { name, value, expected_version } = self;
        require_visible(actor, name)?;
        let live = store::secret::find(tx, actor.team_id(), name).await?;
        let operation = if live.is_some() { KvOperation::Update } else { KvOperation::Create };
        operation.require(actor)?;
        let tombstone = if live.is_none() { service.find_shown(tx, actor, name).await? } else { None };
        let current = live.as_ref().or(tombstone.as_ref());
        if is_unexpected(current, *expected_version) {
            return Ok(Some(Refused(Err(KvUnexpected))));
        }
        let before = current.cloned();
        let mut events = Vec::new();
        let (mut secret, action) = match (live, tombstone) {
            (Some(secret), _) => (service.touched(secret, actor), AuditAction::UpdateSecret),
            (None, Some(tombstone)) => {
                // The webhook gets only the event of the new value.
                let restored =
                    service.update_deleted_without_event(tx, actor, std::slice::from_ref(&tombstone), None);
                events = restored.await?;
                let secret = Secret { deleted: None, is_shown: false, ..tombstone };
                (service.touched(secret, actor), AuditAction::UpdateSecret)
            }
            (None, None) => {
                name.check_new()?;
                (attempt.new_secret(name.clone()), AuditAction::CreateSecret)
            }
        };
        attempt.write(before.as_ref(), &mut secret, Some(value)).await?;
        let detail = before.and_then(|before| change_detail(&before, &secret, None));
        let object = AuditObject { detail, ..object(&secret) };
        events.push(AuditEvent::by(actor, service.now(), action, object));
        let recorded = Recorded::events(tx, events).await?;
        Ok(Some(Done(Ok(written(actor, secret)), recorded)))
    }
}

impl ValueChange for MergeMap {
    type Output = Answer<KvWritten>;

    async fn attempt(&self, mut attempt: Attempt<'_>) -> Attempted<Answer<KvWritten>> {
        let Attempt { service, tx, actor, .. } = attempt;
        let Self { name, patch, expected_version } = self;
        require_visible(actor, name)?;
        KvOperation::Update.require(actor)?;
        let live = store::secret::find(tx, actor.team_id(), name).await?;
        let Some(secret) = live else {
            let found = match service.find_shown(tx, actor, name).await? {
                None => KvFound::Missing,
                Some(tombstone) => service.find_deleted_version(tx, actor, tombstone, None).await?,
            };
            return Ok(Some(Refused(Ok(Ok(found)))));
        };
        if is_unexpected(Some(&secret), *expected_version) {
            return Ok(Some(Refused(Ok(Err(KvUnexpected)))));
        }
        let key = VersionKey { secret_id: secret.id, version: secret.version };
        let kept = store::secret::find_value(tx, key).await?;
        let kept = kept.ok_or(Error::Broken("a secret has no value"))?;
        let Some(sealed) = attempt.staged.sealed(&kept.location)? else { return Ok(None) };
        let plain = service.open_value(&secret, secret.version, kept.data_key, sealed).await?;
        let value = decode(&plain).ok_or(Error::Broken("a sealed value is not JSON"))?;
        let merged = match patch.value() {
            Value::Object(patch) => merged(&value, patch),
            _ => return Err(Error::Broken("a patch is not an object")),
        };
        let value = match service.encode(&merged) {
            Err(Error::Rule(rule)) => return Ok(Some(Refused(Err(rule)))),
            encoded => encoded?,
        };
        let before = secret.clone();
        let mut secret = service.touched(secret, actor);
        attempt.write(Some(&before), &mut secret, Some(&value)).await?;
        let detail = change_detail(&before, &secret, ["merged".to_owned()]);
        let object = AuditObject { detail, ..object(&secret) };
        let recorded = service.record(tx, actor, AuditAction::UpdateSecret, object).await?;
        Ok(Some(Done(Ok(Ok(written(actor, secret))), recorded)))
    }
}

impl Service {
    /// Sets a secret to the value that a map stands for. A shown tombstone is restored, and its versions count on. With an
    /// expected version, 0 for none, it must be the current one, or the last one of a shown tombstone.
    pub async fn set_kv(
        &self,
        actor: &Actor,
        name: String,
        map: &Map<String, Value>,
        expected_version: Option<i64>,
    ) -> Result<KvWritten> {
        let name = SecretName::parse(name)?;
        let value = self.encode(&value_of(map))?;
        let set = SetMap { name: name.clone(), value, expected_version };
        self.change_values(actor, Some(&name), set).await
    }

    /// Merges a patch into a secret's map. The caller need not be able to read it. They learn of it only whether the result
    /// is too large, which is recorded as a refused read: patches of growing sizes would measure the value.
    pub async fn merge_kv(
        &self,
        actor: &Actor,
        name: String,
        patch: &Map<String, Value>,
        expected_version: Option<i64>,
    ) -> Result<KvWritten> {
        let name = SecretName::parse(name)?;
        let patch = Json::new(Value::Object(patch.clone()));
        let merge = MergeMap { name: name.clone(), patch, expected_version };
        match self.change_values(actor, Some(&name), merge).await? {
            Ok(written) => Ok(written),
            Err(rule) => {
                self.record_refused_read(actor, name.as_str(), Some("a merge that is too large")).await?;
                Err(rule.into())
            }
        }
    }

    /// Changes a secret's description, if one is given; empty removes it. Returns whether the secret exists.
    pub async fn describe_kv(
        &self,
        actor: &Actor,
        name: String,
        description: Option<String>,
    ) -> Result<bool> {
        let name = SecretName::parse(name)?;
        let description = description.map(parse_description).transpose()?;
        change!(self, actor, |service, tx, actor| {
            require_visible(&actor, &name)?;
            KvOperation::Describe.require(&actor)?;
            let Some(secret) = store::secret::find(tx, actor.team_id(), &name).await? else {
                return Ok(Refused(false));
            };
            let Some(description) = description.filter(|description| *description != secret.description)
            else {
                return Ok(Refused(true));
            };
            let before = secret.clone();
            let secret = Secret { description, ..service.touched(secret, &actor) };
            store::secret::update(tx, &before, &secret).await?;
            let object = AuditObject { detail: change_detail(&before, &secret, None), ..object(&secret) };
            let recorded = service.record(tx, &actor, AuditAction::UpdateSecret, object).await?;
            Ok(Done(true, recorded))
        })
    }
}
