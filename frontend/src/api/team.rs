//! Teams.

use cynic::MutationBuilder;
use strongroom_shared::Uuid;
use strongroom_shared::input::{CreateTeamInput, SwitchTeamInput, UpdateTeamInput};
use strongroom_shared::operation;

use super::{ApiError, done, nonsense, send, send_as};

/// Makes a team, and answers its id.
pub async fn create(input: CreateTeamInput) -> Result<Uuid, ApiError> {
    let operation = operation::CreateTeam::build(operation::CreateTeamVariables { input });
    let payload = send(operation).await?.payload;
    payload.map(|payload| payload.id).ok_or_else(nonsense)
}

/// Renames the team.
pub async fn update(input: UpdateTeamInput) -> Result<(), ApiError> {
    let operation = operation::UpdateTeam::build(operation::UpdateTeamVariables { input });
    done(send(operation).await?.payload)
}

/// Lets the session act in another team from now on. Not in the name of the present one, which may be lost.
pub async fn switch(team_id: Uuid) -> Result<(), ApiError> {
    let input = SwitchTeamInput { team_id };
    let operation = operation::SwitchTeam::build(operation::SwitchTeamVariables { input });
    done(send_as(None, operation).await?.payload)
}
