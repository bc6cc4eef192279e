//! Browser sessions: begun by log-in or set-up, ended by log-out.

use async_graphql::{Context, Object, Result};
use strongroom_shared::input::{LogInInput, SetUpInput};
use strongroom_shared::payload::SuccessPayload;

use crate::graphql::Nullable;
use crate::graphql::caller::{SessionChange, actor, caller, service};
use crate::service::LoggedIn;

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
    Ok(begin(
        ctx,
        service(ctx)
            .log_in(&email, password, &caller(ctx).address)
            .await?,
    ))
}

async fn set_up(ctx: &Context<'_>, input: SetUpInput) -> Result<SuccessPayload> {
    Ok(begin(
        ctx,
        service(ctx).set_up(input, &caller(ctx).address).await?,
    ))
}

async fn log_out(ctx: &Context<'_>) -> Result<SuccessPayload> {
    service(ctx).log_out(actor(ctx)?).await?;
    caller(ctx).change_session(SessionChange::Ended);
    Ok(SuccessPayload::done())
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
}
