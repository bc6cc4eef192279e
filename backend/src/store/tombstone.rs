//! Tombstones: deleted secrets, which can be restored for a while.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use strongroom_shared::{SecretName, Uuid};

use super::entity::{first_read, secret, secret_version};
use super::secret::{by_name, is_named, names};
use super::{Error, Executor, Result, Transaction, filled_up, filter, set};
use crate::domain::filter::{Filter, SecretColumn, Window};
use crate::domain::{Secret, SecretId, TeamId, Time};

#[derive(Clone, Copy, Debug)]
pub struct Deletion {
    pub at: Time,
    /// Whether Vault's API shows the tombstone.
    pub is_shown: bool,
}

/// The team's secrets that were deleted since, the last one first.
pub async fn list(
    on: &impl Executor,
    team: TeamId,
    scope: &Filter<SecretColumn>,
    since: Time,
    window: Window,
) -> Result<Vec<Secret>> {
    let rows = filter::window(tombstones(team, since).filter(filter::condition(scope)), window);
    rows.all(on.connection()).await?.into_iter().map(Secret::try_from).collect()
}

/// The names of the team's shown tombstones that were deleted since, sorted. One is there for each tombstone.
pub async fn list_shown_names(
    on: &impl Executor,
    team: TeamId,
    filter: &Filter<SecretColumn>,
    since: Time,
    window: Window,
) -> Result<Vec<SecretName>> {
    let names = filter::window(names(shown(team, since), filter), window);
    let names: Vec<String> = names.into_tuple().all(on.connection()).await?;
    names.into_iter().map(|name| SecretName::parse(name).map_err(|_| Error::Corrupt("secrets"))).collect()
}

pub(super) fn shown(team: TeamId, since: Time) -> Select<secret::Entity> {
    secret::Entity::find()
        .filter(secret::Column::TeamId.eq(team.0))
        // A constant, as the index has it.
        .filter(Expr::cust("shown = 1"))
        .filter(secret::Column::Deleted.gte(since))
}

fn tombstones(team: TeamId, since: Time) -> Select<secret::Entity> {
    secret::Entity::find()
        .filter(secret::Column::TeamId.eq(team.0))
        .filter(secret::Column::Deleted.gte(since))
        .order_by_desc(secret::Column::Deleted)
        .order_by_desc(secret::Column::Id)
}

/// For each of these names, at most some hundred, the team's secret that was deleted last, if that is not before `since`.
pub async fn list_named(
    on: &impl Executor,
    team: TeamId,
    names: &[&SecretName],
    since: Time,
) -> Result<HashMap<SecretName, Secret>> {
    by_name(tombstones(team, since).filter(is_named(names)).all(on.connection()).await?)
}

/// Deletes or, without a deletion, restores some hundred secrets, in one statement.
pub async fn update_deleted(
    tx: &Transaction,
    ids: Vec<SecretId>,
    deleted: Option<Deletion>,
    updated: Time,
    updated_by: &str,
) -> Result<()> {
    let update = secret::Entity::update_many()
        .col_expr(secret::Column::Updated, Expr::value(updated))
        .col_expr(secret::Column::UpdatedBy, Expr::value(updated_by))
        .col_expr(secret::Column::Deleted, Expr::value(deleted.map(|deleted| deleted.at)))
        .col_expr(
            secret::Column::Shown,
            Expr::value(i64::from(deleted.is_some_and(|deleted| deleted.is_shown))),
        )
        .filter(secret::Column::Id.is_in(filled_up(ids).into_iter().map(|id| id.0)));
    tx.defer(update.as_query()).await
}

/// Hides a tombstone from Vault's API.
pub async fn hide(tx: &Transaction, id: SecretId) -> Result<()> {
    let shown = [(secret::Column::Shown, Expr::value(0_i64))];
    set::<secret::Entity>(tx, secret::Column::Id.eq(id.0), shown).await
}

/// The number of tombstones older than `before`, for each team that has any.
pub async fn count(on: &impl Executor, before: Time) -> Result<Vec<(TeamId, i64)>> {
    let counts = secret::Entity::find()
        .select_only()
        .column(secret::Column::TeamId)
        .column_as(secret::Column::Id.count(), "count")
        .filter(secret::Column::Deleted.lt(before))
        .group_by(secret::Column::TeamId)
        .into_tuple::<(Uuid, i64)>()
        .all(on.connection())
        .await?;
    Ok(counts.into_iter().map(|(team, count)| (TeamId(team), count)).collect())
}

/// Removes tombstones older than `before` with their ciphertexts, and returns their number.
pub async fn remove(on: &impl Executor, before: Time) -> Result<u64> {
    let old = secret::Column::Deleted.lt(before);
    let ids =
        secret::Entity::find().select_only().column(secret::Column::Id).filter(old.clone()).into_query();
    secret_version::Entity::delete_many()
        .filter(secret_version::Column::SecretId.in_subquery(ids.clone()))
        .exec(on.connection())
        .await?;
    first_read::Entity::delete_many()
        .filter(first_read::Column::SecretId.in_subquery(ids))
        .exec(on.connection())
        .await?;
    Ok(secret::Entity::delete_many().filter(old).exec(on.connection()).await?.rows_affected)
}
