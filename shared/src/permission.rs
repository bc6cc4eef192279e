//! Permissions and the built-in roles: one table, which the server enforces and the page shows.
//!
//! To add a permission: a line in [`Permission`], and its place in [`BuiltInRole::permissions`]. An administrator gets it.

use enumset::{EnumSet, EnumSetType, enum_set, enum_set_complement};

/// A set of permissions, such as those of a role.
pub type Permissions = EnumSet<Permission>;

text_enum! {
    /// A permission, written `operation:resource` as in Prefect's APIs.
    #[derive(EnumSetType, Debug, Hash)]
    Permission {
        CreateSecret = "create:secret", "Add secrets, restore deleted ones";
        /// Never a value.
        ReadSecret = "read:secret", "See the names of secrets";
        UpdateSecret = "update:secret", "Overwrite, rename and describe secrets";
        DeleteSecret = "delete:secret", "Delete secrets";
        /// Only a key can hold it.
        ReadSecretValue = "read:secret-value", "Read values, with an API key";
        CreateMember = "create:member", "Invite people";
        ReadMember = "read:member", "See members and roles";
        UpdateMember = "update:member", "Change members' roles and end their sessions";
        DeleteMember = "delete:member", "Remove members";
        CreateApiKey = "create:api_key", "Create API keys, trust workloads";
        /// Never a key itself.
        ReadApiKey = "read:api_key", "See API keys and trusted workloads";
        UpdateApiKey = "update:api_key", "Rename and limit API keys, change trusts";
        DeleteApiKey = "delete:api_key", "Revoke API keys, remove trusts";
        CreateRole = "create:role", "Create roles";
        UpdateRole = "update:role", "Change roles";
        DeleteRole = "delete:role", "Delete roles";
        /// The creator is its administrator.
        CreateTeam = "create:team", "Create other teams";
        UpdateTeam = "update:team", "Rename the team; set its webhook (needs secrets and the audit log, too)";
        ReadAuditLog = "read:audit_log", "Read and export the audit log";
    }
}

text_enum! {
    /// A role that every team has; teams can create others. Its text is also its display name.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    BuiltInRole {
        Administrator = "administrator", "Runs the team: everything but reading values.";
        User = "user", "Manages secrets.";
        ReadOnly = "read-only", "Sees the names of secrets.";
        Runner = "runner", "A program: reads values, changes nothing. Only for API keys.";
    }
}

impl BuiltInRole {
    /// The role's permissions.
    pub const fn permissions(self) -> Permissions {
        use Permission as P;
        match self {
            Self::Administrator => enum_set_complement!(P::ReadSecretValue),
            Self::User => {
                enum_set!(P::CreateSecret | P::ReadSecret | P::UpdateSecret | P::DeleteSecret | P::ReadMember)
            }
            Self::ReadOnly => enum_set!(P::ReadSecret | P::ReadMember),
            Self::Runner => enum_set!(P::ReadSecret | P::ReadSecretValue),
        }
    }
}

/// The permissions of a program that only reads.
pub const READING: Permissions = BuiltInRole::Runner.permissions();

/// The permissions for a team's webhook, all of which are needed: its events name secrets, and who sets and reads them.
pub const WEBHOOK: Permissions =
    enum_set!(Permission::UpdateTeam | Permission::ReadSecret | Permission::ReadAuditLog);

/// Whether a member can have a role with these permissions. Values can't be read in a browser, only with a key.
pub fn fit_person(permissions: Permissions) -> bool {
    !permissions.contains(Permission::ReadSecretValue)
}

/// The permissions that a holder of `held` may grant: their own, with one exception. An administrator creates runner keys
/// without being able to read a value in person, and the audit log records each such key.
pub fn grantable(held: Permissions) -> Permissions {
    let is_administrator = held.is_superset(BuiltInRole::Administrator.permissions());
    if is_administrator { held | Permission::ReadSecretValue } else { held }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_runner_reads_values_and_it_changes_nothing() {
        for role in BuiltInRole::ALL {
            let permissions = role.permissions();
            assert_eq!(fit_person(permissions), role != BuiltInRole::Runner, "{role}");
        }
        assert_eq!(BuiltInRole::Runner.permissions(), Permission::ReadSecret | Permission::ReadSecretValue);
    }

    #[test]
    fn only_an_administrator_grants_more_than_they_hold() {
        assert_eq!(grantable(BuiltInRole::Administrator.permissions()), Permissions::all());
        for role in [BuiltInRole::User, BuiltInRole::ReadOnly, BuiltInRole::Runner] {
            assert_eq!(grantable(role.permissions()), role.permissions(), "{role}");
        }
    }
}
