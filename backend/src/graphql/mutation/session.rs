//! Browser sessions: begun by log-in or set-up, ended by log-out.

use async_graphql::{Context, Object, Result};
use strongroom_shared::input::{
    AcceptInvitationInput, ChangePasswordInput, EndSessionInput, LogInInput, SetUpInput,
};
use strongroom_shared::payload::SuccessPayload;

use crate::graphql::Nullable;
use crate::graphql::caller::{SessionChange, actor, caller, service};
use crate::service::{Credential, LoggedIn};

/// Hands a new session to whoever writes the cookie.
fn begin(ctx: &Context<'_>, outcome: std::result::Result<LoggedIn, SuccessPayload>) -> SuccessPayload {
    match outcome {
        Ok(logged_in) => {
            caller(ctx).change_session(SessionChange::Started(logged_in));
            SuccessPayload::done()
        }
        Err(refused) => refused,
    }
}

async fn log_in(ctx: &Context<'_>, input: LogInInput) -> Result<SuccessPayload> {
    caller(ctx).try_password()?;
    let LogInInput { email, password } = input;
    let caller = caller(ctx);
    let outcome = service(ctx).log_in(&email, password, &caller.device, caller.replaced_session()?);
    Ok(begin(ctx, outcome.await?))
}

async fn set_up(ctx: &Context<'_>, input: SetUpInput) -> Result<SuccessPayload> {
    // There is no session to replace yet, but a planted cookie must not stay beside the new one.
    let caller = caller(ctx);
    caller.replaced_session()?;
    Ok(begin(ctx, service(ctx).set_up(input, &caller.device).await?))
}

async fn accept_invitation(ctx: &Context<'_>, input: AcceptInvitationInput) -> Result<SuccessPayload> {
    caller(ctx).try_password()?;
    let caller = caller(ctx);
    let replaced = caller.replaced_session()?;
    let outcome = service(ctx).accept_invitation(caller.actor.as_ref().ok(), input, &caller.device, replaced);
    Ok(begin(ctx, outcome.await?))
}

async fn log_out(ctx: &Context<'_>) -> Result<SuccessPayload> {
    let caller = caller(ctx);
    // The browser drops its cookie even if the session had expired. Of two cookies it would keep the planted one.
    if !matches!(caller.credential, Credential::Ambiguous) {
        caller.change_session(SessionChange::Ended);
    }
    // A key has no session, but it has to be one.
    match &caller.credential {
        Credential::Session(Some(token)) => service(ctx).log_out(token, &caller.device).await?,
        _ => _ = actor(ctx)?,
    }
    Ok(SuccessPayload::done())
}

async fn log_out_everywhere(ctx: &Context<'_>) -> Result<SuccessPayload> {
    service(ctx).log_out_everywhere(actor(ctx)?).await?;
    caller(ctx).change_session(SessionChange::Ended);
    Ok(SuccessPayload::done())
}

async fn end_session(ctx: &Context<'_>, input: EndSessionInput) -> Result<SuccessPayload> {
    Ok(service(ctx).end_session(actor(ctx)?, input.id).await?)
}

async fn change_password(ctx: &Context<'_>, input: ChangePasswordInput) -> Result<SuccessPayload> {
    caller(ctx).try_password()?;
    Ok(service(ctx).change_password(actor(ctx)?, input).await?)
}

#[derive(Default)]
pub struct SessionMutation;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl SessionMutation {
    /// Start a browser session: the answer sets a cookie.
    async fn log_in(&self, ctx: &Context<'_>, input: LogInInput) -> Nullable<SuccessPayload> {
        Some(log_in(ctx, input).await)
    }

    /// End the browser session.
    async fn log_out(&self, ctx: &Context<'_>) -> Nullable<SuccessPayload> {
        Some(log_out(ctx).await)
    }

    /// Make the first team and its administrator, and log them in.
    async fn set_up(&self, ctx: &Context<'_>, input: SetUpInput) -> Nullable<SuccessPayload> {
        Some(set_up(ctx, input).await)
    }

    /// Join a team by an invitation's link, and start a session there.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        input: AcceptInvitationInput,
    ) -> Nullable<SuccessPayload> {
        Some(accept_invitation(ctx, input).await)
    }

    /// Change one's own password. One's other sessions end.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        input: ChangePasswordInput,
    ) -> Nullable<SuccessPayload> {
        Some(change_password(ctx, input).await)
    }

    /// End all of one's own sessions, this one as well.
    async fn log_out_everywhere(&self, ctx: &Context<'_>) -> Nullable<SuccessPayload> {
        Some(log_out_everywhere(ctx).await)
    }

    /// End one of one's own sessions.
    async fn end_session(&self, ctx: &Context<'_>, input: EndSessionInput) -> Nullable<SuccessPayload> {
        Some(end_session(ctx, input).await)
    }
}
