//! Members of a team, and those who are invited.

use async_graphql::{Object, SimpleObject};
use strongroom_shared::{DateTime, RoleName, Uuid};

use super::date_time;
use crate::domain::{Invitation, Member};
use crate::service::InvitationFor;

/// A member.
pub struct MemberObject(pub Member);

/// A person in the team.
#[Object(name = "member", rename_fields = "snake_case")]
impl MemberObject {
    /// The person's id.
    async fn user_id(&self) -> Uuid {
        self.0.user.id.0
    }

    /// Their address.
    async fn email(&self) -> &str {
        self.0.user.email.as_str()
    }

    /// What they are in the team.
    async fn role(&self) -> RoleName {
        self.0.role.name.clone()
    }

    /// When they joined.
    async fn joined(&self) -> DateTime {
        date_time(self.0.joined)
    }

    /// When they last logged in; null: never.
    async fn last_login(&self) -> Option<DateTime> {
        self.0.last_login.map(date_time)
    }
}

/// An invitation.
pub struct InvitationObject(pub Invitation);

/// An invitation that has been neither accepted nor withdrawn, and whose link still works.
#[Object(name = "invitation", rename_fields = "snake_case")]
impl InvitationObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.id.0
    }

    /// Who is invited.
    async fn email(&self) -> &str {
        self.0.email.as_str()
    }

    /// What they will be.
    async fn role(&self) -> RoleName {
        self.0.role.name.clone()
    }

    /// When it was made.
    async fn created(&self) -> DateTime {
        date_time(self.0.created)
    }

    /// Who made it.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    /// When its link stops working.
    async fn expires_at(&self) -> DateTime {
        date_time(self.0.expires)
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
