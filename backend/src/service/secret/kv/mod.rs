//! Secrets as Vault's KV engines have them: `http::kv` speaks the protocol, the rules are here.
//!
//! Versions count on through a deletion made here, and such a tombstone is shown until it expires, is hidden, or another
//! secret takes its name. Everything else is as elsewhere: permissions, limits, budgets, and the audit log.
//!
//! To add an operation: a case of [`KvOperation`], a function in the file of its kind, and a row in the tables of `tests/kv`.

mod delete;
mod read;
mod write;

pub use self::delete::KvDeletion;
pub use self::read::KvMetadata;

use strongroom_shared::{Json, Permission, SecretName};

use crate::domain::{Actor, Denied, Secret, Time};
use crate::service::{Result, Service};
use crate::store::{self, Executor};

/// The operations of this API, with the permissions of the same operations in GraphQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvOperation {
    ReadValue,
    ReadMetadata,
    List,
    Create,
    Update,
    Describe,
    Delete,
    Undelete,
}

impl KvOperation {
    const fn permission(self) -> Permission {
        match self {
            Self::ReadValue => Permission::ReadSecretValue,
            Self::ReadMetadata | Self::List => Permission::ReadSecret,
            Self::Create | Self::Undelete => Permission::CreateSecret,
            Self::Update | Self::Describe => Permission::UpdateSecret,
            Self::Delete => Permission::DeleteSecret,
        }
    }

    fn require(self, actor: &Actor) -> std::result::Result<(), Denied> {
        actor.require(self.permission())
    }

    pub fn is_allowed(self, actor: &Actor) -> bool {
        self.require(actor).is_ok()
    }
}

/// A version of a secret, which may be a tombstone. Made with what its reader may know.
#[derive(Clone, Debug)]
pub struct KvVersion {
    pub secret: Secret,
    pub version: i64,
    /// When the version was set.
    pub created: Time,
}

impl KvVersion {
    /// A version for an actor, without the description if they may not read it.
    fn new(actor: &Actor, mut secret: Secret, version: i64, created: Time) -> Self {
        if !KvOperation::ReadMetadata.is_allowed(actor) {
            secret.description = None;
        }
        Self { secret, version, created }
    }
}

/// The result of a lookup.
#[derive(Debug)]
pub enum KvFound<T> {
    Live(KvVersion, T),
    /// A tombstone that is shown.
    Deleted(KvVersion),
    Missing,
}

pub type KvRead = KvFound<Json>;

/// The current version is not the expected one.
#[derive(Clone, Copy, Debug)]
pub struct KvUnexpected;

/// The outcome of a write.
pub type KvWritten = std::result::Result<KvFound<()>, KvUnexpected>;

impl Service {
    /// The tombstone of a name, if it is shown. There must be no secret with that name.
    async fn find_shown(
        &self,
        on: &impl Executor,
        actor: &Actor,
        name: &SecretName,
    ) -> Result<Option<Secret>> {
        let since = self.restorable_since();
        let found = store::tombstone::list_named(on, actor.team_id(), &[name], since).await?.remove(name);
        Ok(found.filter(|tombstone| tombstone.is_shown))
    }

    /// A kept version of a tombstone, the last one by default. For an actor who can't list secrets, there is none.
    async fn find_deleted_version<T>(
        &self,
        on: &impl Executor,
        actor: &Actor,
        tombstone: Secret,
        version: Option<i64>,
    ) -> Result<KvFound<T>> {
        if !KvOperation::ReadMetadata.is_allowed(actor) {
            return Ok(KvFound::Missing);
        }
        let version = version.unwrap_or(tombstone.version);
        let kept = store::secret::list_versions(on, tombstone.id, None).await?;
        Ok(match kept.into_iter().find(|kept| kept.version == version) {
            None => KvFound::Missing,
            Some(kept) => KvFound::Deleted(KvVersion::new(actor, tombstone, version, kept.created)),
        })
    }
}
