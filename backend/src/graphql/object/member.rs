//! Members of a team, and those who are invited.

use async_graphql::SimpleObject;
use strongroom_shared::{DateTime, RoleName, Uuid};

use super::date_time;
use crate::domain::{Invitation, Member};
use crate::service::InvitationFor;

object! {
    /// A person in the team.
    MemberObject(member: Member) as "member" {
        /// The person's id.
        user_id: Uuid = member.user.id.0,
        /// Their address.
        email: &str = member.user.email.as_str(),
        /// What they are in the team.
        role: RoleName = member.role.name.clone(),
        /// When they joined.
        joined: DateTime = date_time(member.joined),
        /// When they last logged in; null: never.
        last_login: Option<DateTime> = member.last_login.map(date_time),
    }
}

object! {
    /// An invitation that has been neither accepted nor withdrawn, and whose link still works.
    InvitationObject(invitation: Invitation) as "invitation" {
        /// Its id.
        id: Uuid = invitation.id.0,
        /// Who is invited.
        email: &str = invitation.email.as_str(),
        /// What they will be.
        role: RoleName = invitation.role.name.clone(),
        /// When it was made.
        created: DateTime = date_time(invitation.created),
        /// Who made it.
        created_by: &str = &invitation.created_by,
        /// When its link stops working.
        expires_at: DateTime = date_time(invitation.expires),
    }
}

/// An invitation, as the one who has its link sees it.
#[derive(SimpleObject)]
#[graphql(name = "invitation_info", rename_fields = "snake_case")]
pub struct InvitationInfoObject {
    /// The team's name.
    team_name: String,
    /// Who is invited.
    email: String,
    /// What they will be.
    role: RoleName,
    /// Whether they have a password already, which they then join with.
    has_password: bool,
}

impl From<InvitationFor> for InvitationInfoObject {
    fn from(found: InvitationFor) -> Self {
        Self {
            team_name: found.team.name.as_str().to_owned(),
            email: found.invitation.email.as_str().to_owned(),
            role: found.invitation.role.name,
            has_password: found.has_password,
        }
    }
}
