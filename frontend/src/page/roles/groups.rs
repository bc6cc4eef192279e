//! The permissions, in the order and the groups that people read them in.
//!
//! To add a permission: its place in the table.

use strongroom_shared::Permission;

pub struct Group {
    pub label: &'static str,
    pub permissions: &'static [Permission],
}

/// Every permission, once.
pub const GROUPS: [Group; 5] = [
    Group {
        label: "Secrets",
        permissions: &[
            Permission::ReadSecret,
            Permission::CreateSecret,
            Permission::UpdateSecret,
            Permission::DeleteSecret,
            Permission::ReadSecretValue,
        ],
    },
    Group {
        label: "Members",
        permissions: &[
            Permission::ReadMember,
            Permission::CreateMember,
            Permission::UpdateMember,
            Permission::DeleteMember,
        ],
    },
    Group {
        label: "API keys",
        permissions: &[
            Permission::ReadApiKey,
            Permission::CreateApiKey,
            Permission::UpdateApiKey,
            Permission::DeleteApiKey,
        ],
    },
    Group {
        label: "Roles",
        permissions: &[Permission::CreateRole, Permission::UpdateRole, Permission::DeleteRole],
    },
    Group {
        label: "Team",
        permissions: &[Permission::ReadAuditLog, Permission::UpdateTeam, Permission::CreateTeam],
    },
];

#[cfg(test)]
mod tests {
    use strongroom_shared::Permissions;

    use super::*;

    #[test]
    fn every_permission_has_its_place_and_no_other() {
        let listed = || GROUPS.iter().flat_map(|group| group.permissions);
        assert_eq!(listed().copied().collect::<Permissions>(), Permissions::all());
        assert_eq!(listed().count(), Permissions::all().len());
    }
}
