//! The one who asks, and what they may do.

use strongroom_shared::{Permission, Role, Uuid};

use super::id::{SessionId, TeamId};
use super::key::ApiKey;
use super::person::User;
use super::team::Team;

/// Someone known, acting in one team.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub principal: Principal,
    /// In which team. Every query is scoped by it.
    pub team: Team,
    /// As what.
    pub role: Role,
    /// From where: the peer's address.
    pub address: String,
}

/// Who acts.
#[derive(Clone, Debug)]
pub enum Principal {
    /// A person in a browser.
    Person {
        /// The person.
        user: User,
        /// The session that says so.
        session: SessionId,
    },
    /// A program with a key.
    Key(ApiKey),
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The role lacks the permission.
    Lacks(Role, Permission),
    /// Values are for programs: a session never reads one, whatever its role.
    NotAKey,
}

impl Actor {
    /// The team's id.
    pub fn team_id(&self) -> TeamId {
        self.team.id
    }

    /// Whether it may.
    ///
    /// # Errors
    /// Why not.
    pub fn require(&self, permission: Permission) -> Result<(), Denied> {
        if permission == Permission::ReadSecretValue && !matches!(self.principal, Principal::Key(_)) {
            Err(Denied::NotAKey)
        } else if self.role.may(permission) {
            Ok(())
        } else {
            Err(Denied::Lacks(self.role, permission))
        }
    }

    /// Whether it may hand out `role`. Nobody grants more than they hold, with one exception: an administrator makes
    /// runner keys without being able to read a value in person. Each such key is in the audit log.
    pub fn may_grant(&self, role: Role) -> bool {
        self.role == Role::Administrator || role.permissions().iter().all(|p| self.role.may(*p))
    }

    /// The id Prefect calls `user_id`: the person's, also behind their key; a program's key is its own.
    pub fn user_id(&self) -> Uuid {
        match &self.principal {
            Principal::Person { user, .. } => user.id.0,
            Principal::Key(key) => key.user_id.map_or(key.id.0, |user| user.0),
        }
    }

    /// The name that people read in lists: an address, or what a key is called.
    pub fn name(&self) -> &str {
        match &self.principal {
            Principal::Person { user, .. } => user.email.as_str(),
            Principal::Key(key) => &key.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ApiKeyId, EmailAddress, Slug, TeamName, Time, UserId};
    use super::*;

    fn actor(role: Role, principal: Principal) -> Actor {
        Actor {
            principal,
            team: Team {
                id: TeamId(Uuid::nil()),
                slug: Slug::parse("t").expect("valid"),
                name: TeamName::parse("T").expect("valid"),
            },
            role,
            address: "127.0.0.1".to_owned(),
        }
    }

    fn person() -> Principal {
        let email = EmailAddress::parse("ada@example.com").expect("valid");
        let user = User {
            id: UserId(Uuid::nil()),
            email,
            created: Time::UNIX_EPOCH,
        };
        Principal::Person {
            user,
            session: SessionId(Uuid::nil()),
        }
    }

    fn key(role: Role) -> Principal {
        Principal::Key(ApiKey {
            id: ApiKeyId(Uuid::nil()),
            team_id: TeamId(Uuid::nil()),
            user_id: None,
            name: "job".to_owned(),
            role,
            created: Time::UNIX_EPOCH,
            expires: None,
            last_used: None,
        })
    }

    #[test]
    fn a_session_never_reads_values_even_if_its_role_did() {
        assert_eq!(
            actor(Role::Runner, person()).require(Permission::ReadSecretValue),
            Err(Denied::NotAKey)
        );
        assert_eq!(
            actor(Role::Runner, key(Role::Runner)).require(Permission::ReadSecretValue),
            Ok(())
        );
    }

    #[test]
    fn nobody_grants_more_than_they_hold_but_an_administrator_makes_runners() {
        for role in Role::ALL {
            assert!(
                actor(Role::Administrator, key(Role::Administrator)).may_grant(role),
                "{role}"
            );
        }
        let user = actor(Role::User, key(Role::User));
        assert!(user.may_grant(Role::ReadOnly) && user.may_grant(Role::User));
        assert!(!user.may_grant(Role::Runner) && !user.may_grant(Role::Administrator));
    }
}
