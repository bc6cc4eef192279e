//! Teams.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::entity::team::{Column, Entity, Model};
use super::{Error, Executor, Result, filter, insert, set};
use crate::domain::filter::{Listing, TeamColumn};
use crate::domain::{Slug, Team, TeamId, TeamName, Time};

pub(super) fn read(row: Model) -> Result<Team> {
    Ok(Team {
        id: TeamId(row.id),
        slug: Slug::parse(&row.slug).map_err(|_| Error::Corrupt("teams"))?,
        name: TeamName::stored(row.name),
    })
}

pub async fn add(on: &impl Executor, team: &Team, created: Time) -> Result<()> {
    let (slug, name) = (team.slug.as_str().to_owned(), team.name.as_str().to_owned());
    insert(on, Model { id: team.id.0, slug, name, created }).await
}

pub async fn count(on: &impl Executor) -> Result<u64> {
    Ok(Entity::find().count(on.connection()).await?)
}

/// The team that was created first.
pub async fn find_oldest(on: &impl Executor) -> Result<Option<Team>> {
    let teams = Entity::find().order_by_asc(Column::Created).order_by_asc(Column::Id);
    teams.one(on.connection()).await?.map(read).transpose()
}

pub async fn find(on: &impl Executor, id: TeamId) -> Result<Option<Team>> {
    Entity::find_by_id(id.0).one(on.connection()).await?.map(read).transpose()
}

pub async fn find_by_slug(on: &impl Executor, slug: &Slug) -> Result<Option<Team>> {
    let row = Entity::find().filter(Column::Slug.eq(slug.as_str())).one(on.connection()).await?;
    row.map(read).transpose()
}

pub async fn update(on: &impl Executor, team: &Team) -> Result<()> {
    let columns = [(Column::Slug, team.slug.as_str().into()), (Column::Name, team.name.as_str().into())];
    set::<Entity>(on, Column::Id.eq(team.id.0), columns).await
}

/// Every team, by slug.
pub async fn list_all(on: &impl Executor) -> Result<Vec<Team>> {
    let rows = Entity::find().order_by_asc(Column::Slug).all(on.connection()).await?;
    rows.into_iter().map(read).collect()
}

pub async fn list(on: &impl Executor, ids: &[TeamId], listing: &Listing<TeamColumn>) -> Result<Vec<Team>> {
    let teams = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.0)));
    filter::apply(teams, listing).all(on.connection()).await?.into_iter().map(read).collect()
}
