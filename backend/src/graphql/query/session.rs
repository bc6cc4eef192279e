//! Browser sessions, and how one begins.

use async_graphql::{Context, Object, Result};

use crate::domain::Session;
use crate::graphql::caller::{actor, service};
use crate::graphql::object::{SessionObject, SingleSignOnObject};
use crate::service::SINGLE_SIGN_ON_PATH;

#[derive(Default)]
pub struct SessionQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl SessionQuery {
    /// One's own sessions, the one last used first.
    async fn session(&self, ctx: &Context<'_>) -> Result<Vec<SessionObject>> {
        let actor = actor(ctx)?;
        let sessions = service(ctx).list_sessions(actor).await?;
        let (_, current) = actor.require_person().map_err(crate::service::Error::from)?;
        let object = |session: Session| {
            let is_current = session.id == current;
            SessionObject(session, is_current)
        };
        Ok(sessions.into_iter().map(object).collect())
    }

    /// The provider through which people log in; null where there is none. Anybody may know.
    async fn single_sign_on(&self, ctx: &Context<'_>) -> Option<SingleSignOnObject> {
        let name = service(ctx).single_sign_on_name()?.to_owned();
        Some(SingleSignOnObject { name, path: SINGLE_SIGN_ON_PATH })
    }
}
