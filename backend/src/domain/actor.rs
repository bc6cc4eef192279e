//! Actors and their permissions.

use std::sync::Arc;

use strongroom_shared::{Permission, Permissions, RoleName, Uuid, permission};
use thiserror::Error;

use super::budget::Budget;
use super::filter::{Filter, SecretColumn};
use super::id::{Generation, SessionId, TeamId, UserId};
use super::key::ApiKey;
use super::login::Login;
use super::person::User;
use super::role::Role;
use super::team::Team;

/// An authenticated user or key, acting in one team.
#[derive(Clone, Debug)]
pub struct Actor {
    pub principal: Principal,
    /// Every query is scoped by it.
    pub team: Team,
    pub role: Role,
    /// The role's permissions: for a user's key at most the user's, and for a limited key only those for secrets.
    pub permissions: Permissions,
    /// The peer's address.
    pub address: String,
    pub budget: Arc<Budget>,
    /// The login of a program that does not use its key itself.
    pub login: Option<Arc<Login>>,
    /// The generation of the store at which a key was looked up for a request.
    pub as_of: Option<Generation>,
}

#[derive(Clone, Debug)]
pub enum Principal {
    Person { user: User, session: SessionId },
    Key(ApiKey),
}

/// Why an operation is forbidden. Clients see the texts after "Unauthorized: ".
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Denied {
    #[error("the role {} lacks the permission {permission}.", .role.0)]
    Lacks { role: RoleName, permission: Permission },
    /// The role has the permission, but the key is limited, or its owner has fewer permissions.
    #[error("the API key lacks the permission {0}: it is limited to some secrets, or its owner lacks it.")]
    Bounded(Permission),
    /// A session never reads a value, whatever its role.
    #[error("only an API key with the runner role can read values, not a session.")]
    NotAKey,
    /// A key has no account: no password, no session, no team of its own.
    #[error("that needs a session; an API key has no account.")]
    NotAPerson,
    /// It would outlive the login.
    #[error("a login of a program can't make keys, trusts or invitations, which would outlive it.")]
    ALogin,
    #[error("the API key is limited to other secrets.")]
    OutOfScope,
    #[error("you can't grant permissions you don't hold.")]
    BeyondOwn,
}

impl Denied {
    pub fn is_about_values(&self) -> bool {
        use Permission::ReadSecretValue as Read;
        matches!(self, Self::NotAKey | Self::Lacks { permission: Read, .. } | Self::Bounded(Read))
    }
}

impl Actor {
    pub fn team_id(&self) -> TeamId {
        self.team.id
    }

    pub(crate) fn require(&self, permission: Permission) -> Result<(), Denied> {
        if permission == Permission::ReadSecretValue && !matches!(self.principal, Principal::Key(_)) {
            Err(Denied::NotAKey)
        } else if self.permissions.contains(permission) {
            Ok(())
        } else if self.role.permissions.contains(permission) {
            Err(Denied::Bounded(permission))
        } else {
            Err(Denied::Lacks { role: self.role.name.clone(), permission })
        }
    }

    /// Whether it may grant or revoke `permissions`.
    pub(crate) fn require_holding(&self, permissions: Permissions) -> Result<(), Denied> {
        let is_held = permission::grantable(self.permissions).is_superset(permissions);
        if is_held { Ok(()) } else { Err(Denied::BeyondOwn) }
    }

    /// Whether it may make what others log in with.
    pub(crate) fn require_no_login(&self) -> Result<(), Denied> {
        if self.login.is_none() { Ok(()) } else { Err(Denied::ALogin) }
    }

    pub(crate) fn require_person(&self) -> Result<(&User, SessionId), Denied> {
        match &self.principal {
            Principal::Person { user, session } => Ok((user, *session)),
            Principal::Key(_) => Err(Denied::NotAPerson),
        }
    }

    pub fn sees(&self, name: &str) -> bool {
        match &self.principal {
            Principal::Person { .. } => true,
            Principal::Key(key) => key.sees(name),
        }
    }

    /// [`sees`](Self::sees) as a filter of lists.
    pub fn scope(&self) -> Filter<SecretColumn> {
        match &self.principal {
            Principal::Person { .. } => Filter::All(Vec::new()),
            Principal::Key(key) => key.scope(),
        }
    }

    /// The owner of a key that it makes: the user, or the owner of its own key.
    pub fn owner(&self) -> Option<UserId> {
        match &self.principal {
            Principal::Person { user, .. } => Some(user.id),
            Principal::Key(key) => key.user_id,
        }
    }

    /// Prefect's `user_id`: the user, or a key's owner; a key of the team owns itself.
    pub fn user_id(&self) -> Uuid {
        match &self.principal {
            Principal::Person { user, .. } => user.id.0,
            Principal::Key(key) => key.user_id.map_or(key.id.0, |user| user.0),
        }
    }

    /// A user's address, or a key's name.
    pub fn name(&self) -> &str {
        match &self.principal {
            Principal::Person { user, .. } => user.email.as_str(),
            Principal::Key(key) => &key.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::BuiltInRole;

    use super::super::{EmailAddress, Slug, TeamName, Time};
    use super::*;

    #[test]
    fn session_never_reads_values_whatever_its_role() {
        let email = EmailAddress::parse("ada@example.com").expect("valid");
        let user = User { id: UserId(Uuid::nil()), email, created: Time::UNIX_EPOCH };
        let (slug, name) = (Slug::parse("t").expect("valid"), TeamName::parse("T").expect("valid"));
        let actor = Actor {
            principal: Principal::Person { user, session: SessionId(Uuid::nil()) },
            team: Team { id: TeamId(Uuid::nil()), slug, name },
            role: BuiltInRole::Runner.into(),
            permissions: BuiltInRole::Runner.permissions(),
            address: String::new(),
            budget: Arc::default(),
            login: None,
            as_of: None,
        };
        assert_eq!(actor.require(Permission::ReadSecretValue), Err(Denied::NotAKey));
        assert_eq!(actor.require(Permission::ReadSecret), Ok(()));
    }
}
