//! Who may read a secret, and who does. For callers who may read the audit log, which has all of it.

use strongroom_shared::{BuiltInRole, Permission, SecretName};

use crate::domain::filter::{ApiKeyColumn, AuditColumn, Direction, Filter, Listing, Scalar, Test, Window};
use crate::domain::reader::{SecretReader, first_day, last_entries, readers};
use crate::domain::{Actor, ApiKey, AuditEntry, Role, Secret};
use crate::service::admission::reads_values;
use crate::service::{Result, Service, list, read_one};
use crate::store;

/// A secret, for a caller who may know who reads it.
pub struct SecretAccess(Secret);

impl Service {
    /// The access to a secret; `None` if it does not exist.
    pub async fn find_secret_access(&self, actor: &Actor, name: String) -> Result<Option<SecretAccess>> {
        actor.require(Permission::ReadAuditLog)?;
        let Some(name) = SecretName::parse(name).ok().filter(|name| actor.sees(name.as_str())) else {
            return Ok(None);
        };
        let found = read_one(actor, store::secret::find(&self.store, actor.team_id(), &name)).await?;
        Ok(found.map(SecretAccess))
    }

    /// The keys that can read a secret's value now, by name.
    pub async fn list_keys_with_access(&self, actor: &Actor, of: &SecretAccess) -> Result<Vec<ApiKey>> {
        let (now, name) = (self.now(), of.0.name.as_str());
        let read = |window: Window| async move {
            let order = vec![(ApiKeyColumn::Name, Direction::Ascending)];
            let every = Listing { filter: Filter::All(Vec::new()), order, window: Window::default() };
            let keys = store::api_key::list(&self.store, actor.team_id(), &every).await?.into_iter();
            let keys = keys.filter(|key| reads_values(&key.role) && key.sees(name) && !key.has_expired(now));
            let most = window.limit.and_then(|limit| usize::try_from(limit).ok());
            Ok(keys.take(most.unwrap_or(usize::MAX)).collect())
        };
        list(actor, Window::default(), read).await
    }

    /// The roles whose keys read values, the built-in one first.
    pub async fn list_roles_with_access(&self, actor: &Actor) -> Result<Vec<Role>> {
        actor.require(Permission::ReadAuditLog)?;
        let read = |window: Window| async move {
            let own = store::role::list(&self.store, actor.team_id(), window.limit).await?;
            let roles = BuiltInRole::ALL.into_iter().map(Role::from).chain(own);
            Ok(roles.filter(reads_values).collect())
        };
        list(actor, Window::default(), read).await
    }

    /// The keys that have read a secret within the counted days, the last one first.
    pub async fn list_secret_readers(&self, actor: &Actor, of: &SecretAccess) -> Result<Vec<SecretReader>> {
        let now = self.now();
        let read = |_| async move {
            let days = store::secret_read::list(&self.store, of.0.id, first_day(now)).await?;
            Ok(readers(days, now))
        };
        list(actor, Window::default(), read).await
    }

    /// The entries of a secret's last reads that are not archived, newest first.
    pub async fn list_last_reads(&self, actor: &Actor, of: &SecretAccess) -> Result<Vec<AuditEntry>> {
        let now = self.now();
        let read = |_| async move {
            let days = store::secret_read::list(&self.store, of.0.id, first_day(now)).await?;
            let numbers = last_entries(&days).into_iter().map(Scalar::Integer).collect();
            let filter = Filter::Column(AuditColumn::Sequence, Test::In(numbers));
            let order = vec![(AuditColumn::Sequence, Direction::Descending)];
            let listing = Listing { filter, order, window: Window::default() };
            store::audit::list(&self.store, actor.team_id(), &listing).await
        };
        list(actor, Window::default(), read).await
    }
}
