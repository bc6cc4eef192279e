//! Roles.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{CreateRoleInput, DeleteRoleInput, UpdateRoleInput};
use strongroom_shared::operation::{self, Role};

use super::{ApiError, done, send};

/// The roles there are in the team: the built-in ones, then the team's own by name.
pub async fn list() -> Result<Vec<Role>, ApiError> {
    send(operation::Roles::build(())).await.map(|answer| answer.role)
}

/// Makes a role of the team's own.
pub async fn create(input: CreateRoleInput) -> Result<(), ApiError> {
    let operation = operation::CreateRole::build(operation::CreateRoleVariables { input });
    done(send(operation).await?.payload)
}

/// Changes a role of the team's own.
pub async fn update(input: UpdateRoleInput) -> Result<(), ApiError> {
    let operation = operation::UpdateRole::build(operation::UpdateRoleVariables { input });
    done(send(operation).await?.payload)
}

/// Removes a role of the team's own.
pub async fn delete(id: Uuid) -> Result<(), ApiError> {
    let input = DeleteRoleInput { id };
    let operation = operation::DeleteRole::build(operation::DeleteRoleVariables { input });
    done(send(operation).await?.payload)
}
