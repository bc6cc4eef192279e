//! Roles of teams' own, and what rows that have a role mean by it.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use strongroom_shared::{Permission, Permissions, RoleName};

use super::entity::{api_key, invitation, membership, role};
use super::{Error, Executor, Result};
use crate::domain::role::permission_texts;
use crate::domain::{CustomRoleId, Role, RoleId, TeamId, Time};

impl TryFrom<role::Model> for Role {
    type Error = Error;

    fn try_from(row: role::Model) -> Result<Self> {
        let permissions = row.permissions.split_whitespace().map(Permission::parse);
        Ok(Self {
            id: RoleId::Custom(CustomRoleId(row.id)),
            name: RoleName(row.name),
            description: row.description,
            // A permission that a newer version knew is one that this version can't give.
            permissions: permissions.flatten().collect::<Permissions>(),
        })
    }
}

/// The roles there are in a team, to make sense of rows that have one.
pub struct Roles(Vec<Role>);

impl Roles {
    /// Those of a team's own; the built-in ones are known.
    pub async fn of_team(on: &impl Executor, team: TeamId) -> Result<Self> {
        list(on, team, None).await.map(Self)
    }

    /// The role that a row of `table` has.
    pub fn read(&self, text: &str, table: &'static str) -> Result<Role> {
        match RoleId::parse(text).ok_or(Error::Corrupt(table))? {
            RoleId::BuiltIn(role) => Ok(role.into()),
            id @ RoleId::Custom(_) => {
                let found = self.0.iter().find(|role| role.id == id);
                found.cloned().ok_or(Error::Corrupt(table))
            }
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
    let row = role::Model {
        id: id.0,
        team_id: team.0,
        name: role.name.0.clone(),
        description: role.description.clone(),
        permissions: permission_texts(role.permissions).join(" "),
        created,
    };
    role::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// The team's own roles, by name, at most `limit` of them if that is given.
pub async fn list(on: &impl Executor, team: TeamId, limit: Option<u64>) -> Result<Vec<Role>> {
    role::Entity::find()
        .filter(role::Column::TeamId.eq(team.0))
        .order_by_asc(role::Column::Name)
        .limit(limit)
        .all(on.connection())
        .await?
        .into_iter()
        .map(Role::try_from)
        .collect()
}

pub async fn find(on: &impl Executor, team: TeamId, id: CustomRoleId) -> Result<Option<Role>> {
    role::Entity::find_by_id(id.0)
        .filter(role::Column::TeamId.eq(team.0))
        .one(on.connection())
        .await?
        .map(Role::try_from)
        .transpose()
}

pub async fn find_by_name(on: &impl Executor, team: TeamId, name: &RoleName) -> Result<Option<Role>> {
    role::Entity::find()
        .filter(role::Column::TeamId.eq(team.0))
        .filter(role::Column::Name.eq(name.0.as_str()))
        .one(on.connection())
        .await?
        .map(Role::try_from)
        .transpose()
}

/// Whether a member of the team has the role, or someone invited.
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
    role::Entity::update_many()
        .col_expr(role::Column::Name, Expr::value(role.name.0.as_str()))
        .col_expr(role::Column::Description, Expr::value(role.description.clone()))
        .col_expr(role::Column::Permissions, Expr::value(permission_texts(role.permissions).join(" ")))
        .filter(role::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// Removes a role that nobody has.
pub async fn remove(on: &impl Executor, id: CustomRoleId) -> Result<()> {
    role::Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}
