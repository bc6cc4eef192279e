//! The permissions, grouped and in the order of display.

use strongroom_shared::Permission::{
    self, CreateApiKey, CreateMember, CreateRole, CreateSecret, CreateTeam, DeleteApiKey, DeleteMember,
    DeleteRole, DeleteSecret, ReadApiKey, ReadAuditLog, ReadMember, ReadSecret, ReadSecretValue,
    UpdateApiKey, UpdateMember, UpdateRole, UpdateSecret, UpdateTeam,
};

pub struct Group {
    pub label: &'static str,
    pub permissions: &'static [Permission],
}

/// Every permission, once.
pub const GROUPS: [Group; 5] = [
    Group {
        label: "Secrets",
        permissions: &[ReadSecret, CreateSecret, UpdateSecret, DeleteSecret, ReadSecretValue],
    },
    Group { label: "Members", permissions: &[ReadMember, CreateMember, UpdateMember, DeleteMember] },
    Group { label: "API keys", permissions: &[ReadApiKey, CreateApiKey, UpdateApiKey, DeleteApiKey] },
    Group { label: "Roles", permissions: &[CreateRole, UpdateRole, DeleteRole] },
    Group { label: "Team", permissions: &[ReadAuditLog, UpdateTeam, CreateTeam] },
];

#[cfg(test)]
mod tests {
    use strongroom_shared::Permissions;

    use super::*;

    #[test]
    fn every_permission_is_in_one_group() {
        let listed = || GROUPS.iter().flat_map(|group| group.permissions);
        assert_eq!(listed().copied().collect::<Permissions>(), Permissions::all());
        assert_eq!(listed().count(), Permissions::all().len());
    }
}
