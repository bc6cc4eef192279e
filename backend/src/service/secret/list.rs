//! Lists of secrets and of their versions, without values.

use strongroom_shared::{Permission, SecretName};

use crate::domain::filter::{Filter, Listing, SecretColumn, Window};
use crate::domain::{Actor, Secret, SecretVersion, Time};
use crate::service::{Result, Service, after, list};
use crate::store;

impl Service {
    pub async fn list_secret_names(&self, actor: &Actor) -> Result<Vec<String>> {
        actor.require(Permission::ReadSecret)?;
        let scope = actor.scope();
        let read = |window| store::secret::list_names(&self.store, actor.team_id(), &scope, window);
        list(actor, Window::default(), read).await
    }

    pub async fn list_secrets(&self, actor: &Actor, listing: Listing<SecretColumn>) -> Result<Vec<Secret>> {
        actor.require(Permission::ReadSecret)?;
        let Listing { filter, order, window } = listing;
        let filter = Filter::All(vec![actor.scope(), filter]);
        let read = |window| async move {
            store::secret::list(&self.store, actor.team_id(), &Listing { filter, order, window }).await
        };
        list(actor, window, read).await
    }

    pub async fn count_secrets(&self, actor: &Actor, filter: Filter<SecretColumn>) -> Result<u64> {
        actor.require(Permission::ReadSecret)?;
        self.count_of(actor, &Filter::All(vec![actor.scope(), filter])).await
    }

    /// The kept versions of a secret, newest first; none if it does not exist.
    pub async fn list_secret_versions(&self, actor: &Actor, name: String) -> Result<Vec<SecretVersion>> {
        actor.require(Permission::ReadSecret)?;
        let Some(name) = SecretName::parse(name).ok().filter(|name| actor.sees(name.as_str())) else {
            return Ok(Vec::new());
        };
        let read = |window: Window| async move {
            match store::secret::find(&self.store, actor.team_id(), &name).await? {
                None => Ok(Vec::new()),
                Some(secret) => store::secret::list_versions(&self.store, secret.id, window.limit).await,
            }
        };
        list(actor, Window::default(), read).await
    }

    /// The team's restorable secrets, each with the time until which it can be restored.
    pub async fn list_deleted_secrets(&self, actor: &Actor, window: Window) -> Result<Vec<(Secret, Time)>> {
        actor.require(Permission::ReadSecret)?;
        let since = self.restorable_since();
        let (team, scope) = (actor.team_id(), actor.scope());
        let read = |part| store::tombstone::list(&self.store, team, &scope, since, part);
        let secrets = list(actor, window, read).await?;
        let until = |secret: Secret| {
            let until = after(secret.deleted.unwrap_or(since), self.rules.restore_window);
            (secret, until.unwrap_or(Time::MAX_UTC))
        };
        Ok(secrets.into_iter().map(until).collect())
    }
}
