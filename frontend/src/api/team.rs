//! Teams.

use cynic::MutationBuilder;
use strongroom_shared::Uuid;
use strongroom_shared::input::{CreateTeamInput, SwitchTeamInput, UpdateTeamInput};
use strongroom_shared::operation;

use super::{Reply, change, change_as_person, send};

pub fn create(input: CreateTeamInput) -> Reply<Uuid> {
    send(operation::CreateTeam::build(operation::CreateTeamVariables { input }), |answer| {
        Some(answer.payload?.id)
    })
}

pub fn update(input: UpdateTeamInput) -> Reply<()> {
    change(operation::UpdateTeam::build(operation::UpdateTeamVariables { input }))
}

/// Lets the session act in another team from now on. Not in the name of the present one, which may be lost.
pub fn switch(team_id: Uuid) -> Reply<()> {
    let input = SwitchTeamInput { team_id };
    change_as_person(operation::SwitchTeam::build(operation::SwitchTeamVariables { input }))
}
