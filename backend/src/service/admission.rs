//! Makes an [`Actor`] with permissions of an API key or a person, for a request and again for each of its changes.

use std::sync::Arc;

use strongroom_shared::permission::READING;
use strongroom_shared::{Permission, Permissions};

use super::read_cache::KnownKey;
use super::{Error, Result};
use crate::domain::{Actor, ApiKey, Budget, Principal, Role, SessionId, TeamId, User};
use crate::store::{self, Executor, Transaction};

/// The permissions that a limited key can have. Others, such as those on members, keys or the log, could circumvent its
/// limits.
const LIMITED: Permissions = enumset::enum_set!(
    Permission::CreateSecret
        | Permission::ReadSecret
        | Permission::UpdateSecret
        | Permission::DeleteSecret
        | Permission::ReadSecretValue
);

#[derive(Clone)]
pub(super) struct Origin {
    pub address: String,
    pub budget: Arc<Budget>,
}

/// Admits an actor again, with their current permissions.
pub(super) async fn admit_again(tx: &Transaction, actor: &Actor) -> Result<Actor> {
    let origin = Origin { address: actor.address.clone(), budget: Arc::clone(&actor.budget) };
    match &actor.principal {
        Principal::Key(key) => {
            let found = store::api_key::find_with_team(tx, key.id).await?;
            let (mut key, team) = found.ok_or(Error::UnknownCredential)?;
            let mut login = None;
            if let Some(before) = &actor.login {
                let found = store::login::find(tx, before.id).await?.ok_or(Error::UnknownCredential)?;
                key = found.limit(key);
                login = Some(Arc::new(found));
            }
            let permissions = permissions_of_key(tx, &key).await?.ok_or(Error::UnknownCredential)?;
            Ok(actor_of_key(&KnownKey { key, team, permissions, login }, origin))
        }
        Principal::Person { user, session } => {
            if !store::session::exists(tx, *session).await? {
                return Err(Error::UnknownCredential);
            }
            admit_person(tx, user.clone(), *session, actor.team_id(), origin).await
        }
    }
}

pub(super) fn actor_of_key(known: &KnownKey, origin: Origin) -> Actor {
    let KnownKey { key, team, permissions, login } = known;
    Actor {
        permissions: *permissions,
        role: key.role.clone(),
        principal: Principal::Key(key.clone()),
        team: team.clone(),
        address: origin.address,
        budget: origin.budget,
        login: login.clone(),
        as_of: None,
    }
}

pub(super) async fn admit_person(
    on: &impl Executor,
    user: User,
    session: SessionId,
    team: TeamId,
    origin: Origin,
) -> Result<Actor> {
    let found = store::membership::find_with_team(on, team, user.id).await?;
    let (role, team) = found.ok_or(Error::OtherTeam)?;
    Ok(Actor {
        permissions: role.permissions,
        role,
        principal: Principal::Person { user, session },
        team,
        address: origin.address,
        budget: origin.budget,
        login: None,
        as_of: None,
    })
}

/// Whether keys with a role read values. Neither limits nor a demoted owner take that from a key.
pub(super) fn reads_values(role: &Role) -> bool {
    role.permissions.contains(Permission::ReadSecretValue)
}

/// The permissions of a key: those of its role, within its limits and those of its owner; `None` if the owner has left.
pub(super) async fn permissions_of_key(on: &impl Executor, key: &ApiKey) -> Result<Option<Permissions>> {
    let mut permissions = key.role.permissions;
    if key.secrets.is_some() {
        permissions &= LIMITED;
    }
    if let Some(owner) = key.user_id {
        match store::membership::find(on, key.team_id, owner).await? {
            None => return Ok(None),
            // A key keeps reading after its owner is demoted, because a program depends on it.
            Some(role) => permissions &= role.permissions | READING,
        }
    }
    Ok(Some(permissions))
}
