//! Teams.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::entity::team;
use super::{Error, Executor, Result, filter};
use crate::domain::filter::{Listing, TeamColumn};
use crate::domain::{Slug, Team, TeamId, TeamName, Time};

impl TryFrom<team::Model> for Team {
    type Error = Error;

    fn try_from(row: team::Model) -> Result<Self> {
        Ok(Self {
            id: TeamId(row.id),
            slug: Slug::parse(&row.slug).map_err(|_| Error::Corrupt("teams"))?,
            name: TeamName::stored(row.name),
        })
    }
}

pub async fn add(on: &impl Executor, team: &Team, created: Time) -> Result<()> {
    let row = team::Model {
        id: team.id.0,
        slug: team.slug.as_str().to_owned(),
        name: team.name.as_str().to_owned(),
        created,
    };
    team::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

pub async fn count(on: &impl Executor) -> Result<u64> {
    Ok(team::Entity::find().count(on.connection()).await?)
}

pub async fn find(on: &impl Executor, id: TeamId) -> Result<Option<Team>> {
    team::Entity::find_by_id(id.0).one(on.connection()).await?.map(Team::try_from).transpose()
}

pub async fn find_by_slug(on: &impl Executor, slug: &Slug) -> Result<Option<Team>> {
    team::Entity::find()
        .filter(team::Column::Slug.eq(slug.as_str()))
        .one(on.connection())
        .await?
        .map(Team::try_from)
        .transpose()
}

pub async fn update(on: &impl Executor, team: &Team) -> Result<()> {
    team::Entity::update_many()
        .col_expr(team::Column::Slug, Expr::value(team.slug.as_str()))
        .col_expr(team::Column::Name, Expr::value(team.name.as_str()))
        .filter(team::Column::Id.eq(team.id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// Every team, by slug.
pub async fn list_all(on: &impl Executor) -> Result<Vec<Team>> {
    team::Entity::find()
        .order_by_asc(team::Column::Slug)
        .all(on.connection())
        .await?
        .into_iter()
        .map(Team::try_from)
        .collect()
}

pub async fn list(on: &impl Executor, ids: &[TeamId], listing: &Listing<TeamColumn>) -> Result<Vec<Team>> {
    let teams = team::Entity::find().filter(team::Column::Id.is_in(ids.iter().map(|id| id.0)));
    filter::apply(teams, listing).all(on.connection()).await?.into_iter().map(Team::try_from).collect()
}
