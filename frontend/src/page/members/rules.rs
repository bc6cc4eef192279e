//! The actions that the user may take on each member. The server checks them again.

use strongroom_shared::operation::{Member, Role};
use strongroom_shared::{BuiltInRole, Permission, Permissions, Uuid};

use crate::{role, text};

pub const LAST_ADMINISTRATOR: &str =
    "The team needs an administrator. Make someone else an administrator first.";

const MAY_DO_MORE: &str = "You can't change a member with permissions that you don't have.";

/// Whether a button is shown, and works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    Hidden,
    Enabled,
    /// Visible but disabled, with the reason.
    Disabled(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    pub me: Uuid,
    pub held: Permissions,
    /// Empty until they are known.
    pub roles: Vec<Role>,
    pub members: Vec<Member>,
}

impl Rules {
    pub fn change(&self, member: &Member) -> Availability {
        if self.held.contains(Permission::UpdateMember) { self.touch(member) } else { Availability::Hidden }
    }

    /// The user's own sessions end on the account page.
    pub fn end_sessions(&self, member: &Member) -> Availability {
        if member.user_id == self.me || !self.held.contains(Permission::UpdateMember) {
            Availability::Hidden
        } else if self.may_do_more(member) {
            Availability::Disabled(MAY_DO_MORE)
        } else {
            Availability::Enabled
        }
    }

    pub fn remove(&self, member: &Member) -> Availability {
        if member.user_id == self.me {
            self.keep_administrator(member)
        } else if self.held.contains(Permission::DeleteMember) {
            self.touch(member)
        } else {
            Availability::Hidden
        }
    }

    fn touch(&self, member: &Member) -> Availability {
        if self.may_do_more(member) {
            Availability::Disabled(MAY_DO_MORE)
        } else {
            self.keep_administrator(member)
        }
    }

    fn keep_administrator(&self, member: &Member) -> Availability {
        if is_last_administrator(&self.members, member) {
            Availability::Disabled(LAST_ADMINISTRATOR)
        } else {
            Availability::Enabled
        }
    }

    fn may_do_more(&self, member: &Member) -> bool {
        let role = self.roles.iter().find(|role| role.name == member.role);
        role.is_some_and(|role| !role::is_grantable(role, self.held))
    }
}

pub fn is_last_administrator(members: &[Member], member: &Member) -> bool {
    let is_administrator = |member: &Member| member.role.0 == BuiltInRole::Administrator.as_str();
    is_administrator(member) && members.iter().filter(|other| is_administrator(other)).count() == 1
}

/// Searches email addresses and roles.
pub fn find(members: &[Member], search: &str) -> Vec<Member> {
    let wanted = text::lower(search.trim());
    members
        .iter()
        .filter(|member| {
            text::lower(&member.email).contains(&wanted)
                || text::lower(&role::label(&member.role)).contains(&wanted)
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use strongroom_shared::{DateTime, RoleName};

    use super::*;

    fn member(id: u128, role: &str) -> Member {
        Member {
            user_id: Uuid::from_u128(id),
            email: format!("person{id}@example.com"),
            role: RoleName(role.into()),
            joined: DateTime("2026-01-01T00:00:00Z".into()),
            last_login: None,
        }
    }

    fn rules(me: u128, held: Permissions, members: &[Member]) -> Rules {
        let roles = BuiltInRole::ALL.map(|role| Role {
            id: None,
            name: role.into(),
            description: None,
            permissions: role.permissions().iter().map(|held| held.to_string()).collect(),
            fits_person: true,
        });
        Rules { me: Uuid::from_u128(me), held, roles: roles.to_vec(), members: members.to_vec() }
    }

    #[test]
    fn last_administrator_stays() {
        use Availability::{Disabled, Enabled};
        for (second, expected) in [("user", Disabled(LAST_ADMINISTRATOR)), ("administrator", Enabled)] {
            let members = [member(1, "administrator"), member(2, second)];
            let rules = rules(1, BuiltInRole::Administrator.permissions(), &members);
            assert_eq!(
                (rules.change(&members[0]), rules.remove(&members[0])),
                (expected, expected),
                "{second}"
            );
            assert_eq!(
                (rules.change(&members[1]), rules.remove(&members[1])),
                (Enabled, Enabled),
                "{second}"
            );
        }
    }

    #[test]
    fn members_with_more_permissions_are_disabled() {
        let members = [member(1, "administrator"), member(2, "user"), member(3, "read-only")];
        let held = BuiltInRole::ReadOnly.permissions() | Permission::UpdateMember | Permission::DeleteMember;
        let rules = rules(3, held, &members);
        assert_eq!(rules.change(&members[1]), Availability::Disabled(MAY_DO_MORE));
        assert_eq!(rules.remove(&members[0]), Availability::Disabled(MAY_DO_MORE));
        assert_eq!(rules.change(&members[2]), Availability::Enabled);
        assert_eq!(rules.end_sessions(&members[0]), Availability::Disabled(MAY_DO_MORE));
        assert_eq!(rules.end_sessions(&members[2]), Availability::Hidden);
    }

    #[test]
    fn everybody_can_leave_but_removing_needs_a_permission() {
        let members = [member(1, "administrator"), member(2, "user")];
        let rules = rules(2, BuiltInRole::User.permissions(), &members);
        assert_eq!(rules.remove(&members[1]), Availability::Enabled);
        assert_eq!(rules.remove(&members[0]), Availability::Hidden);
        assert_eq!(rules.change(&members[1]), Availability::Hidden);
        assert_eq!(rules.end_sessions(&members[0]), Availability::Hidden);
    }

    #[test]
    fn members_are_found_by_address_and_role() {
        let members = [member(1, "administrator"), member(2, "read-only")];
        assert_eq!(find(&members, " PERSON2 "), vec![members[1].clone()]);
        assert_eq!(find(&members, "admin"), vec![members[0].clone()]);
        assert_eq!(find(&members, "").len(), 2);
    }
}
