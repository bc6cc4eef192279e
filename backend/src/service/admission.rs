//! What someone may do: an API key or a person becomes an [`Actor`], for a request and again for each of its changes.
//!
//! Not here: whose credential it is (`identity::authentication`).

use std::sync::Arc;

use strongroom_shared::permission::READING;
use strongroom_shared::{Permission, Permissions};

use super::{Error, Result};
use crate::domain::{Actor, ApiKey, Budget, Principal, SessionId, Team, TeamId, User};
use crate::store::{self, Executor, Transaction};

/// What a key that is limited to some secrets may do at most. Whatever reaches further, to members, keys or the log, would
/// reach around its limits.
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

/// Finds out what someone is now who was let in before.
pub(super) async fn admit_again(tx: &Transaction, actor: &Actor) -> Result<Actor> {
    let origin = Origin { address: actor.address.clone(), budget: Arc::clone(&actor.budget) };
    match &actor.principal {
        Principal::Key(key) => {
            let found = store::api_key::find_with_team(tx, key.id).await?;
            let (key, team) = found.ok_or(Error::UnknownCredential)?;
            admit_key(tx, key, team, origin).await
        }
        Principal::Person { user, session } => {
            if !store::session::exists(tx, *session).await? {
                return Err(Error::UnknownCredential);
            }
            admit_person(tx, user.clone(), *session, actor.team_id(), origin).await
        }
    }
}

pub(super) async fn admit_key(on: &impl Executor, key: ApiKey, team: Team, origin: Origin) -> Result<Actor> {
    let permissions = permissions_of_key(on, &key).await?;
    Ok(Actor {
        permissions: permissions.ok_or(Error::UnknownCredential)?,
        role: key.role.clone(),
        principal: Principal::Key(key),
        team,
        address: origin.address,
        budget: origin.budget,
    })
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
    })
}

/// What a key may do: what its role says, within its limits and its owner's; `None` when its owner has left.
pub(super) async fn permissions_of_key(on: &impl Executor, key: &ApiKey) -> Result<Option<Permissions>> {
    let mut permissions = key.role.permissions;
    if key.secrets.is_some() {
        permissions &= LIMITED;
    }
    if let Some(owner) = key.user_id {
        match store::membership::find(on, key.team_id, owner).await? {
            None => return Ok(None),
            // Reading goes on: it was given to a program, by someone who might.
            Some(role) => permissions &= role.permissions | READING,
        }
    }
    Ok(Some(permissions))
}
