//! Who may do what: the one table, which the server enforces and the page hides by and shows.
//!
//! To add a permission: a variant, its text, what it lets one do, and its place in [`BuiltInRole::permissions`].

use std::fmt;

use enumset::{EnumSet, EnumSetType, enum_set};

/// A set of permissions: what a role is made of.
pub type Permissions = EnumSet<Permission>;

/// One thing that may be done, written `operation:resource` as the Prefect family does.
#[derive(EnumSetType, Debug, Hash)]
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
    /// Change a person's role and end their sessions.
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
    /// Make roles of the team's own.
    CreateRole,
    /// Change a role of the team's own.
    UpdateRole,
    /// Remove a role of the team's own.
    DeleteRole,
    /// Make another team, and be its administrator.
    CreateTeam,
    /// Rename the team.
    UpdateTeam,
    /// Read the audit log.
    ReadAuditLog,
}

impl Permission {
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
            Self::CreateRole => "create:role",
            Self::UpdateRole => "update:role",
            Self::DeleteRole => "delete:role",
            Self::CreateTeam => "create:team",
            Self::UpdateTeam => "update:team",
            Self::ReadAuditLog => "read:audit_log",
        }
    }

    /// What it lets one do, in words for people.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::CreateSecret => "Set new secrets, restore deleted ones",
            Self::ReadSecret => "See the names of secrets",
            Self::UpdateSecret => "Overwrite, rename and describe secrets",
            Self::DeleteSecret => "Delete secrets",
            Self::ReadSecretValue => "Read values, with an API key",
            Self::CreateMember => "Invite people",
            Self::ReadMember => "See members and roles",
            Self::UpdateMember => "Change members' roles and end their sessions",
            Self::DeleteMember => "Remove members",
            Self::CreateApiKey => "Make API keys",
            Self::ReadApiKey => "See API keys",
            Self::UpdateApiKey => "Rename and limit API keys",
            Self::DeleteApiKey => "Revoke API keys",
            Self::CreateRole => "Make roles",
            Self::UpdateRole => "Change roles",
            Self::DeleteRole => "Remove roles",
            Self::CreateTeam => "Make other teams",
            Self::UpdateTeam => "Rename the team",
            Self::ReadAuditLog => "Read and export the audit log",
        }
    }

    /// Reads the text on the wire; `None` for a permission this version does not know.
    pub fn parse(text: &str) -> Option<Self> {
        Permissions::all().iter().find(|permission| permission.as_str() == text)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A role that every team has. Teams make more of their own, out of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltInRole {
    /// Runs the team: everything but reading values.
    Administrator,
    /// Manages secrets, sees members.
    User,
    /// Sees names.
    ReadOnly,
    /// A program: reads values and names, changes nothing. Only for keys.
    Runner,
}

impl BuiltInRole {
    /// Every built-in role.
    pub const ALL: [Self; 4] = [Self::Administrator, Self::User, Self::ReadOnly, Self::Runner];

    /// Its name, on the wire and for people: `read-only`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::User => "user",
            Self::ReadOnly => "read-only",
            Self::Runner => "runner",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What it is for, in words for people.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Administrator => "Runs the team: everything but reading values.",
            Self::User => "Manages secrets.",
            Self::ReadOnly => "Sees the names of secrets.",
            Self::Runner => "A program: reads values, changes nothing. Only for API keys.",
        }
    }

    /// What it may do.
    pub const fn permissions(self) -> Permissions {
        use Permission as P;
        match self {
            Self::Administrator => enum_set!(
                P::CreateSecret
                    | P::ReadSecret
                    | P::UpdateSecret
                    | P::DeleteSecret
                    | P::CreateMember
                    | P::ReadMember
                    | P::UpdateMember
                    | P::DeleteMember
                    | P::CreateApiKey
                    | P::ReadApiKey
                    | P::UpdateApiKey
                    | P::DeleteApiKey
                    | P::CreateRole
                    | P::UpdateRole
                    | P::DeleteRole
                    | P::CreateTeam
                    | P::UpdateTeam
                    | P::ReadAuditLog
            ),
            Self::User => {
                enum_set!(P::CreateSecret | P::ReadSecret | P::UpdateSecret | P::DeleteSecret | P::ReadMember)
            }
            Self::ReadOnly => enum_set!(P::ReadSecret | P::ReadMember),
            Self::Runner => enum_set!(P::ReadSecret | P::ReadSecretValue),
        }
    }
}

impl fmt::Display for BuiltInRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a program needs that only reads.
pub const READING: Permissions = BuiltInRole::Runner.permissions();

/// Whether a person can have a role of these permissions. Nobody reads values in a browser, so whoever does is a key.
pub fn fit_person(permissions: Permissions) -> bool {
    !permissions.contains(Permission::ReadSecretValue)
}

/// What one who holds `held` may hand out. Nobody grants more than they hold, with one exception: whoever holds all
/// that an administrator does makes runner keys without being able to read a value in person, and each such key is in
/// the audit log.
pub fn grantable(held: Permissions) -> Permissions {
    if held.is_superset(BuiltInRole::Administrator.permissions()) {
        held | Permission::ReadSecretValue
    } else {
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back() {
        for permission in Permissions::all() {
            assert_eq!(Permission::parse(permission.as_str()), Some(permission));
        }
        for role in BuiltInRole::ALL {
            assert_eq!(BuiltInRole::parse(role.as_str()), Some(role));
        }
        assert_eq!(BuiltInRole::parse("owner"), None);
    }

    #[test]
    fn only_a_runner_reads_values_and_it_changes_nothing() {
        for role in BuiltInRole::ALL {
            let permissions = role.permissions();
            assert_eq!(
                permissions.contains(Permission::ReadSecretValue),
                role == BuiltInRole::Runner,
                "{role}"
            );
            assert_eq!(fit_person(permissions), role != BuiltInRole::Runner, "{role}");
        }
        assert_eq!(BuiltInRole::Runner.permissions(), Permission::ReadSecret | Permission::ReadSecretValue);
    }

    #[test]
    fn an_administrator_holds_everything_but_reading_values() {
        assert_eq!(BuiltInRole::Administrator.permissions(), !Permissions::only(Permission::ReadSecretValue));
    }

    #[test]
    fn nobody_grants_more_than_they_hold_but_an_administrator_makes_runners() {
        assert_eq!(grantable(BuiltInRole::Administrator.permissions()), Permissions::all());
        for role in [BuiltInRole::User, BuiltInRole::ReadOnly, BuiltInRole::Runner] {
            assert_eq!(grantable(role.permissions()), role.permissions(), "{role}");
        }
    }
}
