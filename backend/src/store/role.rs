//! Teams' own roles, and the meaning of the `role` column.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use strongroom_shared::{Permission, Permissions, RoleName};

use super::entity::role::{Column, Entity, Model};
use super::entity::{api_key, invitation, membership};
use super::{Error, Executor, Result, insert, set};
use crate::domain::role::permission_texts;
use crate::domain::{CustomRoleId, Role, RoleId, TeamId, Time};

fn read_row(row: Model) -> Role {
    let permissions = row.permissions.split_whitespace().map(Permission::parse);
    Role {
        id: RoleId::Custom(CustomRoleId(row.id)),
        name: RoleName(row.name),
        description: row.description,
        // A permission that only a newer version knows can't be granted by this one.
        permissions: permissions.flatten().collect::<Permissions>(),
    }
}

/// The roles of a team, for rows that refer to one.
pub struct Roles(Vec<Role>);

impl Roles {
    pub async fn of_team(on: &impl Executor, team: TeamId) -> Result<Self> {
        list(on, team, None).await.map(Self)
    }

    /// The role that a row of `table` has.
    pub fn read(&self, text: &str, table: &'static str) -> Result<Role> {
        match RoleId::parse(text) {
            Some(RoleId::BuiltIn(role)) => Ok(role.into()),
            id => self.0.iter().find(|role| Some(role.id) == id).cloned().ok_or(Error::Corrupt(table)),
        }
    }
}

pub(super) async fn read(on: &impl Executor, team: TeamId, text: &str, table: &'static str) -> Result<Role> {
    match RoleId::parse(text).ok_or(Error::Corrupt(table))? {
        RoleId::BuiltIn(role) => Ok(role.into()),
        RoleId::Custom(id) => find(on, team, id).await?.ok_or(Error::Corrupt(table)),
    }
}

pub async fn add(
    on: &impl Executor,
    team: TeamId,
    id: CustomRoleId,
    role: &Role,
    created: Time,
) -> Result<()> {
    let row = Model {
        id: id.0,
        team_id: team.0,
        name: role.name.0.clone(),
        description: role.description.clone(),
        permissions: permission_texts(role.permissions).join(" "),
        created,
    };
    insert(on, row).await
}

/// A team's own roles, by name, at most `limit` of them if given.
pub async fn list(on: &impl Executor, team: TeamId, limit: Option<u64>) -> Result<Vec<Role>> {
    let roles = Entity::find().filter(Column::TeamId.eq(team.0)).order_by_asc(Column::Name).limit(limit);
    Ok(roles.all(on.connection()).await?.into_iter().map(read_row).collect())
}

pub async fn find(on: &impl Executor, team: TeamId, id: CustomRoleId) -> Result<Option<Role>> {
    let role = Entity::find_by_id(id.0).filter(Column::TeamId.eq(team.0));
    Ok(role.one(on.connection()).await?.map(read_row))
}

pub async fn find_by_name(on: &impl Executor, team: TeamId, name: &RoleName) -> Result<Option<Role>> {
    let role = Entity::find().filter(Column::TeamId.eq(team.0)).filter(Column::Name.eq(name.0.as_str()));
    Ok(role.one(on.connection()).await?.map(read_row))
}

/// Whether a member or an invitation of the team has the role.
pub async fn is_given_to_people(on: &impl Executor, team: TeamId, id: RoleId) -> Result<bool> {
    let members = membership::Entity::find()
        .filter(membership::Column::TeamId.eq(team.0))
        .filter(membership::Column::Role.eq(id.to_string()))
        .count(on.connection());
    let invitations = invitation::Entity::find()
        .filter(invitation::Column::TeamId.eq(team.0))
        .filter(invitation::Column::Role.eq(id.to_string()))
        .count(on.connection());
    Ok(members.await? + invitations.await? > 0)
}

pub async fn is_given_to_keys(on: &impl Executor, team: TeamId, id: RoleId) -> Result<bool> {
    let keys = api_key::Entity::find()
        .filter(api_key::Column::TeamId.eq(team.0))
        .filter(api_key::Column::Role.eq(id.to_string()))
        .count(on.connection());
    Ok(keys.await? > 0)
}

pub async fn update(on: &impl Executor, id: CustomRoleId, role: &Role) -> Result<()> {
    let columns = [
        (Column::Name, role.name.0.as_str().into()),
        (Column::Description, role.description.clone().into()),
        (Column::Permissions, permission_texts(role.permissions).join(" ").into()),
    ];
    set::<Entity>(on, Column::Id.eq(id.0), columns).await
}

/// Removes a role that no member, invitation or key has.
pub async fn remove(on: &impl Executor, id: CustomRoleId) -> Result<()> {
    Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}
