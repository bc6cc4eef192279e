//! Roles.

use uuid::Uuid;

use crate::input::{CreateRoleInput, DeleteRoleInput, UpdateRoleInput};
use crate::payload::SuccessPayload;
use crate::scalar::RoleName;
use crate::schema;

/// The roles there are in the team: the built-in ones, then the team's own by name.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Roles {
    pub role: Vec<Role>,
}

/// A role: built in, or of the team's own making.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "role", rename_all = "None")]
pub struct Role {
    /// Its id; a built-in role has none.
    pub id: Option<Uuid>,
    pub name: RoleName,
    pub description: Option<String>,
    /// What it may do, as [`crate::Permission`] writes it.
    pub permissions: Vec<String>,
    /// Whether a person can have it. One that reads values is for keys alone.
    pub fits_person: bool,
}

mutations! {
    /// Make a role of the team's own.
    CreateRole(CreateRoleVariables: CreateRoleInput) = "create_role";
    /// Change a role of the team's own.
    UpdateRole(UpdateRoleVariables: UpdateRoleInput) = "update_role";
    /// Remove a role of the team's own.
    DeleteRole(DeleteRoleVariables: DeleteRoleInput) = "delete_role";
}
