//! Roles.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{CreateRoleInput, DeleteRoleInput, UpdateRoleInput};
use strongroom_shared::operation::{self, Role};

use super::{Reply, change, send};

/// The roles there are in the team: the built-in ones, then the team's own by name.
pub fn list() -> Reply<Vec<Role>> {
    send(operation::Roles::build(()), |answer| Some(answer.role))
}

pub fn create(input: CreateRoleInput) -> Reply<()> {
    change(operation::CreateRole::build(operation::CreateRoleVariables { input }))
}

pub fn update(input: UpdateRoleInput) -> Reply<()> {
    change(operation::UpdateRole::build(operation::UpdateRoleVariables { input }))
}

pub fn delete(id: Uuid) -> Reply<()> {
    let input = DeleteRoleInput { id };
    change(operation::DeleteRole::build(operation::DeleteRoleVariables { input }))
}
