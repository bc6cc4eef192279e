//! Who asks, and browser sessions. What leads in or concerns the person alone names no team.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{
    AcceptInvitationInput, ChangePasswordInput, EndSessionInput, LogInInput, SetUpInput,
};
use strongroom_shared::operation::{self, BrowserSession, Entrance};

use super::{ApiError, done, send_as};

/// Who is asking, in `team` or, without one, in the session's own.
pub async fn current(team: Option<Uuid>) -> Result<operation::Session, ApiError> {
    send_as(team, operation::Session::build(())).await
}

/// Whether the store still waits for its first team, and how people log in.
pub async fn entrance() -> Result<Entrance, ApiError> {
    send_as(None, Entrance::build(())).await
}

/// Starts a session.
pub async fn log_in(input: LogInInput) -> Result<(), ApiError> {
    let operation = operation::LogIn::build(operation::LogInVariables { input });
    done(send_as(None, operation).await?.payload)
}

/// Makes the first team and its administrator, and starts their session.
pub async fn set_up(input: SetUpInput) -> Result<(), ApiError> {
    let operation = operation::SetUp::build(operation::SetUpVariables { input });
    done(send_as(None, operation).await?.payload)
}

/// Joins a team, and starts a session there.
pub async fn accept_invitation(input: AcceptInvitationInput) -> Result<(), ApiError> {
    let operation = operation::AcceptInvitation::build(operation::AcceptInvitationVariables { input });
    done(send_as(None, operation).await?.payload)
}

/// Ends the session.
pub async fn log_out() -> Result<(), ApiError> {
    done(send_as(None, operation::LogOut::build(())).await?.payload)
}

/// Ends all of one's own sessions, this one included.
pub async fn log_out_everywhere() -> Result<(), ApiError> {
    done(
        send_as(None, operation::LogOutEverywhere::build(()))
            .await?
            .payload,
    )
}

/// One's own sessions, the one last used first.
pub async fn list() -> Result<Vec<BrowserSession>, ApiError> {
    send_as(None, operation::Sessions::build(()))
        .await
        .map(|answer| answer.session)
}

/// Ends one of one's own sessions.
pub async fn end(id: Uuid) -> Result<(), ApiError> {
    let input = EndSessionInput { id };
    let operation = operation::EndSession::build(operation::EndSessionVariables { input });
    done(send_as(None, operation).await?.payload)
}

/// Changes one's own password; the other sessions end.
pub async fn change_password(input: ChangePasswordInput) -> Result<(), ApiError> {
    let operation = operation::ChangePassword::build(operation::ChangePasswordVariables { input });
    done(send_as(None, operation).await?.payload)
}
