//! Who may do what: the one table, which the server enforces and the page hides by.
//!
//! To add a permission: a variant, its text, and its place in [`Role::permissions`].

use std::fmt;

#[cfg(feature = "client")]
use crate::schema;

/// One thing that may be done, written `operation:resource` as the Prefect family does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Set a secret that does not exist yet, or restore a deleted one.
    CreateSecret,
    /// See the names of secrets and what is known about them, never a value.
    ReadSecret,
    /// Overwrite, rename or describe a secret.
    UpdateSecret,
    /// Delete a secret.
    DeleteSecret,
    /// Read a value. Only a key can hold it.
    ReadSecretValue,
    /// Add people to the team.
    CreateMember,
    /// See who is in the team.
    ReadMember,
    /// Change a person's role.
    UpdateMember,
    /// Take people out of the team.
    DeleteMember,
    /// Make API keys.
    CreateApiKey,
    /// See the team's API keys, never a key itself.
    ReadApiKey,
    /// Change an API key's name or scope.
    UpdateApiKey,
    /// Revoke an API key.
    DeleteApiKey,
    /// Read the audit log.
    ReadAuditLog,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 14] = [
        Self::CreateSecret,
        Self::ReadSecret,
        Self::UpdateSecret,
        Self::DeleteSecret,
        Self::ReadSecretValue,
        Self::CreateMember,
        Self::ReadMember,
        Self::UpdateMember,
        Self::DeleteMember,
        Self::CreateApiKey,
        Self::ReadApiKey,
        Self::UpdateApiKey,
        Self::DeleteApiKey,
        Self::ReadAuditLog,
    ];

    /// The text on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateSecret => "create:secret",
            Self::ReadSecret => "read:secret",
            Self::UpdateSecret => "update:secret",
            Self::DeleteSecret => "delete:secret",
            Self::ReadSecretValue => "read:secret-value",
            Self::CreateMember => "create:member",
            Self::ReadMember => "read:member",
            Self::UpdateMember => "update:member",
            Self::DeleteMember => "delete:member",
            Self::CreateApiKey => "create:api_key",
            Self::ReadApiKey => "read:api_key",
            Self::UpdateApiKey => "update:api_key",
            Self::DeleteApiKey => "delete:api_key",
            Self::ReadAuditLog => "read:audit_log",
        }
    }

    /// Reads the text on the wire; `None` for a permission this version does not know.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a person or a key is in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::Enum),
    graphql(name = "role", rename_items = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::Enum),
    cynic(graphql_type = "role", rename_all = "snake_case")
)]
pub enum Role {
    /// Runs the team: everything but reading values.
    Administrator,
    /// Manages secrets, sees members.
    User,
    /// Sees names.
    ReadOnly,
    /// A program: reads values and names, changes nothing. Only for keys.
    Runner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Administrator, Self::User, Self::ReadOnly, Self::Runner];

    /// The name people read and type: `read-only`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::User => "user",
            Self::ReadOnly => "read-only",
            Self::Runner => "runner",
        }
    }

    /// Reads the name people type.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What the role may do.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Administrator => &[
                P::CreateSecret,
                P::ReadSecret,
                P::UpdateSecret,
                P::DeleteSecret,
                P::CreateMember,
                P::ReadMember,
                P::UpdateMember,
                P::DeleteMember,
                P::CreateApiKey,
                P::ReadApiKey,
                P::UpdateApiKey,
                P::DeleteApiKey,
                P::ReadAuditLog,
            ],
            Self::User => &[
                P::CreateSecret,
                P::ReadSecret,
                P::UpdateSecret,
                P::DeleteSecret,
                P::ReadMember,
            ],
            Self::ReadOnly => &[P::ReadSecret, P::ReadMember],
            Self::Runner => &[P::ReadSecret, P::ReadSecretValue],
        }
    }

    /// Whether the role may do it.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Whether a person can have the role. Nobody reads values in a browser, so a runner is always a key.
    pub const fn fits_person(self) -> bool {
        !matches!(self, Self::Runner)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("owner"), None);
    }

    #[test]
    fn only_a_runner_reads_values_and_it_changes_nothing() {
        for role in Role::ALL {
            assert_eq!(
                role.may(Permission::ReadSecretValue),
                role == Role::Runner,
                "{role}"
            );
            assert_eq!(role.fits_person(), role != Role::Runner, "{role}");
        }
        assert_eq!(
            Role::Runner.permissions(),
            [Permission::ReadSecret, Permission::ReadSecretValue]
        );
    }
}
