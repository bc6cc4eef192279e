//! Deletions and restorations. Deleting a missing secret succeeds.

use strongroom_shared::SecretName;

use super::KvOperation;
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject};
use crate::service::change::{Answer, Done, Recorded, Refused, change, refused};
use crate::service::secret::{object, require_visible};
use crate::service::{Result, Service};
use crate::store;

const OLDER: &str = "Only the current version can be deleted. Older values are removed as new ones are set.";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvDeletion {
    /// The tombstone is shown.
    Shown,
    /// The same, if the current version is one of these.
    Versions(Vec<i64>),
    /// The tombstone is not shown, even if it was.
    Hidden,
}

impl Service {
    pub async fn delete_kv(&self, actor: &Actor, name: String, deletion: KvDeletion) -> Result<Answer<()>> {
        let name = SecretName::parse(name)?;
        change!(self, actor, |service, tx, actor| {
            require_visible(&actor, &name)?;
            KvOperation::Delete.require(&actor)?;
            let Some(secret) = store::secret::find(tx, actor.team_id(), &name).await? else {
                let tombstone = service.find_shown(tx, &actor, &name).await?;
                let Some(tombstone) = tombstone.filter(|_| deletion == KvDeletion::Hidden) else {
                    return Ok(Refused(Ok(())));
                };
                store::tombstone::hide(tx, tombstone.id).await?;
                let object = AuditObject { detail: Some("hidden".to_owned()), ..object(&tombstone) };
                let event = AuditEvent::by(&actor, service.now(), AuditAction::DeleteSecret, object);
                return Ok(Done(Ok(()), Recorded::events(tx, vec![event]).await?));
            };
            if let KvDeletion::Versions(versions) = &deletion
                && !versions.contains(&secret.version)
            {
                let kept = store::secret::list_versions(tx, secret.id, None).await?;
                if kept.iter().any(|kept| versions.contains(&kept.version)) {
                    return refused(OLDER);
                }
                return Ok(Refused(Ok(())));
            }
            let is_shown = deletion != KvDeletion::Hidden;
            let events = service.bury(tx, &actor, &[secret], is_shown).await?;
            Ok(Done(Ok(()), Recorded::events(tx, events).await?))
        })
    }

    /// Restores a shown tombstone, if it has one of the versions.
    pub async fn undelete_kv(&self, actor: &Actor, name: String, versions: Vec<i64>) -> Result<()> {
        let name = SecretName::parse(name)?;
        change!(self, actor, |service, tx, actor| {
            require_visible(&actor, &name)?;
            KvOperation::Undelete.require(&actor)?;
            if store::secret::find(tx, actor.team_id(), &name).await?.is_some() {
                return Ok(Refused(()));
            }
            let Some(tombstone) = service.find_shown(tx, &actor, &name).await? else {
                return Ok(Refused(()));
            };
            let kept = store::secret::list_versions(tx, tombstone.id, None).await?;
            if !kept.iter().any(|kept| versions.contains(&kept.version)) {
                return Ok(Refused(()));
            }
            let events = service.update_deleted(tx, &actor, &[tombstone], None).await?;
            Ok(Done((), Recorded::events(tx, events).await?))
        })
    }
}
