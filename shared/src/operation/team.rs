//! Teams.

use crate::input::{CreateTeamInput, SwitchTeamInput, UpdateTeamInput};
use crate::payload::{CreateTeamPayload, SuccessPayload};
use crate::schema;

mutations! {
    /// Make a team, and be its administrator.
    CreateTeam(CreateTeamVariables: CreateTeamInput) = "create_team" -> CreateTeamPayload;
    /// Rename the team.
    UpdateTeam(UpdateTeamVariables: UpdateTeamInput) = "update_team";
    /// Act in another team from now on.
    SwitchTeam(SwitchTeamVariables: SwitchTeamInput) = "switch_team";
}
