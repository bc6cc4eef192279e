//! Who asks, and browser sessions. What leads in or concerns the person alone names no team.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{
    AcceptInvitationInput, ChangePasswordInput, EndSessionInput, LogInInput, SetUpInput,
};
use strongroom_shared::operation::{self, BrowserSession, Entrance};

use super::{Reply, change_as_person, send_as};

/// Who is asking, in `team` or, without one, in the session's own.
pub fn current(team: Option<Uuid>) -> Reply<operation::Session> {
    send_as(team, operation::Session::build(()), Some)
}

/// Whether the store still waits for its first team, and how people log in.
pub fn entrance() -> Reply<Entrance> {
    send_as(None, Entrance::build(()), Some)
}

pub fn log_in(input: LogInInput) -> Reply<()> {
    change_as_person(operation::LogIn::build(operation::LogInVariables { input }))
}

pub fn set_up(input: SetUpInput) -> Reply<()> {
    change_as_person(operation::SetUp::build(operation::SetUpVariables { input }))
}

pub fn accept_invitation(input: AcceptInvitationInput) -> Reply<()> {
    change_as_person(operation::AcceptInvitation::build(operation::AcceptInvitationVariables { input }))
}

pub fn log_out() -> Reply<()> {
    change_as_person(operation::LogOut::build(()))
}

/// Ends all of one's own sessions, this one included.
pub fn log_out_everywhere() -> Reply<()> {
    change_as_person(operation::LogOutEverywhere::build(()))
}

/// One's own sessions, the one last used first.
pub fn list() -> Reply<Vec<BrowserSession>> {
    send_as(None, operation::Sessions::build(()), |answer| Some(answer.session))
}

pub fn end(id: Uuid) -> Reply<()> {
    let input = EndSessionInput { id };
    change_as_person(operation::EndSession::build(operation::EndSessionVariables { input }))
}

/// Changes one's own password; the other sessions end.
pub fn change_password(input: ChangePasswordInput) -> Reply<()> {
    change_as_person(operation::ChangePassword::build(operation::ChangePasswordVariables { input }))
}
