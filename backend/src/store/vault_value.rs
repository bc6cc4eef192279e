//! This store's namespace in Vault, and the values to be removed from it.
//!
//! A value that no version refers to any more is noted in the same change, and removed from Vault some time later: a
//! caller that has just read its row still finds it, and an outage of Vault leaves none behind.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use strongroom_shared::Uuid;

use super::entity::{removed_vault_value, secret, secret_version, vault_store};
use super::{Executor, Result, insert};
use crate::domain::{SecretId, Time, VaultId};

/// The id of this store's namespace in Vault, if it has one yet.
pub async fn find_store(on: &impl Executor) -> Result<Option<Uuid>> {
    Ok(vault_store::Entity::find().one(on.connection()).await?.map(|row| row.id))
}

pub async fn add_store(on: &impl Executor, id: Uuid) -> Result<()> {
    insert(on, vault_store::Model { id }).await
}

/// Notes the values in Vault of a secret's versions before `first`, which are about to be removed.
pub async fn add_removed_versions(on: &impl Executor, id: SecretId, first: i64, now: Time) -> Result<()> {
    let versions = secret_version::Column::SecretId.eq(id.0).and(secret_version::Column::Version.lt(first));
    add_removed_of(on, versions, now).await
}

/// Notes the values in Vault of tombstones older than `before`, which are about to be removed.
pub async fn add_removed_tombstones(on: &impl Executor, before: Time, now: Time) -> Result<()> {
    let ids = secret::Entity::find()
        .select_only()
        .column(secret::Column::Id)
        .filter(secret::Column::Deleted.lt(before))
        .into_query();
    add_removed_of(on, secret_version::Column::SecretId.in_subquery(ids), now).await
}

async fn add_removed_of(on: &impl Executor, versions: Expr, now: Time) -> Result<()> {
    let values = Query::select()
        .column(secret_version::Column::VaultId)
        .expr(Expr::value(now))
        .from(secret_version::Entity)
        .and_where(versions)
        .and_where(secret_version::Column::VaultId.is_not_null())
        .take();
    let mut insert = Query::insert();
    insert
        .into_table(removed_vault_value::Entity)
        .columns([removed_vault_value::Column::Id, removed_vault_value::Column::Removed]);
    insert.select_from(values).map_err(|_| super::Error::Corrupt("removed_vault_values"))?;
    on.connection().execute(&insert).await?;
    Ok(())
}

/// Notes a value in Vault that no version refers to any more.
pub async fn add_removed(on: &impl Executor, id: VaultId, now: Time) -> Result<()> {
    insert(on, removed_vault_value::Model { id: id.0, removed: now }).await
}

/// The values in Vault that no version has referred to since before a time, at most `limit` of them.
pub async fn list_removed(on: &impl Executor, before: Time, limit: u64) -> Result<Vec<VaultId>> {
    let rows: Vec<Uuid> = removed_vault_value::Entity::find()
        .select_only()
        .column(removed_vault_value::Column::Id)
        .filter(removed_vault_value::Column::Removed.lt(before))
        .order_by_asc(removed_vault_value::Column::Removed)
        .limit(limit)
        .into_tuple()
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().map(VaultId).collect())
}

pub async fn count_removed(on: &impl Executor) -> Result<u64> {
    Ok(removed_vault_value::Entity::find().count(on.connection()).await?)
}

pub async fn forget_removed(on: &impl Executor, ids: &[VaultId]) -> Result<()> {
    removed_vault_value::Entity::delete_many()
        .filter(removed_vault_value::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// The ids that the store knows: of a version, or of a value to be removed.
pub async fn list_known(on: &impl Executor, ids: &[VaultId]) -> Result<HashSet<VaultId>> {
    use {removed_vault_value::Column::Id, secret_version::Column::VaultId as OfVersion};
    let ids = || ids.iter().map(|id| id.0);
    let versions = secret_version::Entity::find().select_only().column(OfVersion);
    let removed = removed_vault_value::Entity::find().select_only().column(Id);
    let versions = versions.filter(OfVersion.is_in(ids())).into_tuple::<Uuid>();
    let removed = removed.filter(Id.is_in(ids())).into_tuple::<Uuid>();
    let known = versions.all(on.connection()).await?.into_iter().chain(removed.all(on.connection()).await?);
    Ok(known.map(VaultId).collect())
}
