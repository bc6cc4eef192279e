//! Roles as people read them, and who may hand them out. The server checks each again.

use strongroom_shared::operation::Role;
use strongroom_shared::permission::grantable;
use strongroom_shared::{BuiltInRole, Permission, Permissions, RoleName};

use crate::text::shown;

/// A role's name as people read it: built-in ones with a capital, the team's own as they wrote them.
pub fn label(role: &RoleName) -> String {
    match BuiltInRole::parse(&role.0) {
        Some(BuiltInRole::Administrator) => "Administrator".to_owned(),
        Some(BuiltInRole::User) => "User".to_owned(),
        Some(BuiltInRole::ReadOnly) => "Read-only".to_owned(),
        Some(BuiltInRole::Runner) => "Runner".to_owned(),
        None => shown(&role.0),
    }
}

/// What a role may do; `None` when that includes something this version does not know, and so can't judge.
pub fn permissions(role: &Role) -> Option<Permissions> {
    role.permissions.iter().map(|text| Permission::parse(text)).collect()
}

pub fn is_grantable(role: &Role, held: Permissions) -> bool {
    permissions(role).is_some_and(|wanted| grantable(held).is_superset(wanted))
}

/// What a role is for, in a sentence; `None` when nobody said.
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
    fn nobody_hands_out_more_than_they_hold_or_what_they_do_not_know() {
        let held = BuiltInRole::User.permissions();
        assert!(is_grantable(&role(&["read:secret", "read:member"]), held));
        assert!(!is_grantable(&role(&["read:audit_log"]), held));
        assert!(!is_grantable(&role(&["fly:rocket"]), Permissions::all()));
        assert!(is_grantable(&role(&["read:secret-value"]), BuiltInRole::Administrator.permissions()));
    }

    #[test]
    fn the_team_s_own_roles_are_called_what_the_team_calls_them() {
        assert_eq!(label(&RoleName("read-only".into())), "Read-only");
        assert_eq!(label(&RoleName("on-call".into())), "on-call");
    }
}
