//! Roles.

use uuid::Uuid;

use crate::input::{CreateRoleInput, DeleteRoleInput, UpdateRoleInput};
use crate::payload::SuccessPayload;
use crate::scalar::RoleName;
use crate::schema;

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Roles {
    pub role: Vec<Role>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "role", rename_all = "None")]
pub struct Role {
    /// A built-in role has none.
    pub id: Option<Uuid>,
    pub name: RoleName,
    pub description: Option<String>,
    /// As [`crate::Permission`] writes them.
    pub permissions: Vec<String>,
    /// Whether a member can have it. A role that reads values is for keys only.
    pub fits_person: bool,
}

mutations! {
    CreateRole(CreateRoleVariables: CreateRoleInput) = "create_role";
    UpdateRole(UpdateRoleVariables: UpdateRoleInput) = "update_role";
    DeleteRole(DeleteRoleVariables: DeleteRoleInput) = "delete_role";
}
