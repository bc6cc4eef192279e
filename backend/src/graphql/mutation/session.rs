//! Browser sessions: begun by log-in or set-up, ended by log-out.

use async_graphql::Context;
use strongroom_shared::input::{
    AcceptInvitationInput, ChangePasswordInput, EndSessionInput, LogInInput, SetUpInput,
};
use strongroom_shared::payload::SuccessPayload;

use super::payload;
use crate::graphql::caller::{SessionChange, actor, caller, service};
use crate::service::{Answer, Credential, LoggedIn};

/// Hands a new session to whoever writes the cookie.
fn begin(ctx: &Context<'_>, outcome: Answer<LoggedIn>) -> SuccessPayload {
    payload::success(outcome.map(|logged_in| caller(ctx).change_session(SessionChange::Started(logged_in))))
}

mutations! { SessionMutation {
    /// Start a browser session: the answer sets a cookie.
    log_in(ctx, input: LogInInput) -> SuccessPayload {
        let caller = caller(ctx);
        caller.try_password()?;
        let LogInInput { email, password } = input;
        let outcome = service(ctx).log_in(&email, password, &caller.device, caller.replaced_session()?);
        Ok(begin(ctx, outcome.await?))
    }

    /// End the browser session.
    log_out(ctx) -> SuccessPayload {
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

    /// Make the first team and its administrator, and log them in.
    set_up(ctx, input: SetUpInput) -> SuccessPayload {
        // There is no session to replace yet, but a planted cookie must not stay beside the new one.
        let caller = caller(ctx);
        caller.replaced_session()?;
        Ok(begin(ctx, service(ctx).set_up(input, &caller.device).await?))
    }

    /// Join a team by an invitation's link, and start a session there.
    accept_invitation(ctx, input: AcceptInvitationInput) -> SuccessPayload {
        let caller = caller(ctx);
        caller.try_password()?;
        let replaced = caller.replaced_session()?;
        let actor = caller.actor.as_ref().ok();
        let outcome = service(ctx).accept_invitation(actor, input, &caller.device, replaced);
        Ok(begin(ctx, outcome.await?))
    }

    /// Change one's own password. One's other sessions end.
    change_password(ctx, input: ChangePasswordInput) -> SuccessPayload {
        caller(ctx).try_password()?;
        Ok(payload::success(service(ctx).change_password(actor(ctx)?, input).await?))
    }

    /// End all of one's own sessions, this one as well.
    log_out_everywhere(ctx) -> SuccessPayload {
        service(ctx).log_out_everywhere(actor(ctx)?).await?;
        caller(ctx).change_session(SessionChange::Ended);
        Ok(SuccessPayload::done())
    }

    /// End one of one's own sessions.
    end_session(ctx, input: EndSessionInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).end_session(actor(ctx)?, input.id).await?))
    }
} }
