//! The labels of roles, and the rules for granting them. The server checks these again.

use strongroom_shared::operation::Role;
use strongroom_shared::permission::grantable;
use strongroom_shared::{BuiltInRole, Permission, Permissions, RoleName};

use crate::text::shown;

/// Built-in roles have a capital; the team's own are spelt as the team did.
pub fn label(role: &RoleName) -> String {
    match BuiltInRole::parse(&role.0) {
        Some(BuiltInRole::Administrator) => "Administrator".to_owned(),
        Some(BuiltInRole::User) => "User".to_owned(),
        Some(BuiltInRole::ReadOnly) => "Read-only".to_owned(),
        Some(BuiltInRole::Runner) => "Runner".to_owned(),
        None => shown(&role.0),
    }
}

/// `None` if the role has a permission that this version does not know.
pub fn permissions(role: &Role) -> Option<Permissions> {
    role.permissions.iter().map(|text| Permission::parse(text)).collect()
}

pub fn is_grantable(role: &Role, held: Permissions) -> bool {
    permissions(role).is_some_and(|wanted| grantable(held).is_superset(wanted))
}

pub fn description(role: &Role) -> Option<String> {
    role.description.as_deref().filter(|text| !text.is_empty()).map(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(permissions: &[&str]) -> Role {
        Role {
            id: None,
            name: RoleName("x".into()),
            description: None,
            permissions: permissions.iter().map(ToString::to_string).collect(),
            fits_person: true,
        }
    }

    #[test]
    fn roles_with_more_or_unknown_permissions_are_not_grantable() {
        let held = BuiltInRole::User.permissions();
        assert!(is_grantable(&role(&["read:secret", "read:member"]), held));
        assert!(!is_grantable(&role(&["read:audit_log"]), held));
        assert!(!is_grantable(&role(&["fly:rocket"]), Permissions::all()));
        assert!(is_grantable(&role(&["read:secret-value"]), BuiltInRole::Administrator.permissions()));
    }

    #[test]
    fn custom_roles_keep_their_spelling() {
        assert_eq!(label(&RoleName("read-only".into())), "Read-only");
        assert_eq!(label(&RoleName("on-call".into())), "on-call");
    }
}
