//! Members, and those who are invited.

use async_graphql::{Context, Object, Result};

use crate::graphql::Nullable;
use crate::graphql::caller::{actor, service};
use crate::graphql::input::list::window;
use crate::graphql::object::{InvitationInfoObject, InvitationObject, MemberObject};

#[derive(Default)]
pub struct MemberQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl MemberQuery {
    /// The people in the team, by address.
    async fn member(
        &self,
        ctx: &Context<'_>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<MemberObject>> {
        let window = window(limit, offset)?;
        let members = service(ctx).list_members(actor(ctx)?, window).await?;
        Ok(members.into_iter().map(MemberObject).collect())
    }

    /// The invitations whose links still work, by address.
    async fn invitation(
        &self,
        ctx: &Context<'_>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<InvitationObject>> {
        let window = window(limit, offset)?;
        let invitations = service(ctx).list_invitations(actor(ctx)?, window).await?;
        Ok(invitations.into_iter().map(InvitationObject).collect())
    }

    /// The invitation of a link; null when the link does not work (any more). For whoever has the link.
    async fn invitation_info(&self, ctx: &Context<'_>, token: String) -> Nullable<InvitationInfoObject> {
        match service(ctx).find_invitation(&token).await {
            Ok(found) => found.map(|found| Ok(found.into())),
            Err(error) => Some(Err(error.into())),
        }
    }
}
