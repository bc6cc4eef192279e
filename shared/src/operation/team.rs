//! Teams.

use crate::input::{CreateTeamInput, SwitchTeamInput, UpdateTeamInput};
use crate::payload::{CreateTeamPayload, SuccessPayload};
use crate::schema;

mutations! {
    CreateTeam(CreateTeamVariables: CreateTeamInput) = "create_team" -> CreateTeamPayload;
    UpdateTeam(UpdateTeamVariables: UpdateTeamInput) = "update_team";
    SwitchTeam(SwitchTeamVariables: SwitchTeamInput) = "switch_team";
}
