//! What the store knows of values in Vault: which versions have one, which are to be removed from it, and which part of it
//! is this store's.
//!
//! A value that no version has any more is noted in the same change, and removed from Vault some time later: whoever has
//! just read its row still finds it, and none is forgotten when Vault is out of order.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use strongroom_shared::Uuid;

use super::entity::{removed_vault_value, secret, secret_version, vault_store};
use super::{Executor, Result};
use crate::domain::{SecretId, Time, VaultId};

/// Which part of Vault is this store's; `None` where it has none yet.
pub async fn find_store(on: &impl Executor) -> Result<Option<Uuid>> {
    let row = vault_store::Entity::find().one(on.connection()).await?;
    Ok(row.map(|row| row.id))
}

pub async fn add_store(on: &impl Executor, id: Uuid) -> Result<()> {
    let row = vault_store::Model { id };
    vault_store::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// Notes the values in Vault of a secret's versions before `first`, which are about to be removed.
pub async fn add_removed_versions(on: &impl Executor, id: SecretId, first: i64, now: Time) -> Result<()> {
    let of = Condition::all()
        .add(secret_version::Column::SecretId.eq(id.0))
        .add(secret_version::Column::Version.lt(first));
    add_removed_of(on, of, now).await
}

/// Notes the values in Vault of tombstones older than `before`, which are about to be removed.
pub async fn add_removed_tombstones(on: &impl Executor, before: Time, now: Time) -> Result<()> {
    let ids = secret::Entity::find()
        .select_only()
        .column(secret::Column::Id)
        .filter(secret::Column::Deleted.lt(before))
        .into_query();
    let of = Condition::all().add(secret_version::Column::SecretId.in_subquery(ids));
    add_removed_of(on, of, now).await
}

async fn add_removed_of(on: &impl Executor, of: Condition, now: Time) -> Result<()> {
    let values = Query::select()
        .column(secret_version::Column::VaultId)
        .expr(Expr::value(now))
        .from(secret_version::Entity)
        .cond_where(of.add(secret_version::Column::VaultId.is_not_null()))
        .take();
    let mut insert = Query::insert();
    insert
        .into_table(removed_vault_value::Entity)
        .columns([removed_vault_value::Column::Id, removed_vault_value::Column::Removed]);
    insert.select_from(values).map_err(|_| super::Error::Corrupt("removed_vault_values"))?;
    on.connection().execute(&insert).await?;
    Ok(())
}

/// Notes a value in Vault that no version has any more.
pub async fn add_removed(on: &impl Executor, id: VaultId, now: Time) -> Result<()> {
    let row = removed_vault_value::Model { id: id.0, removed: now };
    removed_vault_value::Entity::insert(row.into_active_model())
        .exec_without_returning(on.connection())
        .await?;
    Ok(())
}

/// Values in Vault that no version has any more since before a time: so many at most.
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

/// Which of the ids are known: of a version, or of a value to be removed.
pub async fn list_known(on: &impl Executor, ids: &[VaultId]) -> Result<HashSet<VaultId>> {
    let ids = || ids.iter().map(|id| id.0);
    let of_versions: Vec<Uuid> = secret_version::Entity::find()
        .select_only()
        .column(secret_version::Column::VaultId)
        .filter(secret_version::Column::VaultId.is_in(ids()))
        .into_tuple()
        .all(on.connection())
        .await?;
    let removed: Vec<Uuid> = removed_vault_value::Entity::find()
        .select_only()
        .column(removed_vault_value::Column::Id)
        .filter(removed_vault_value::Column::Id.is_in(ids()))
        .into_tuple()
        .all(on.connection())
        .await?;
    Ok(of_versions.into_iter().chain(removed).map(VaultId).collect())
}
