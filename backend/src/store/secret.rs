//! Secrets: their rows, and their values, sealed.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use strongroom_shared::SecretName;

use super::entity::secret;
use super::{Error, Executor, Result, filter};
use crate::domain::filter::{Filter, Listing, SecretColumn};
use crate::domain::{DataKeyId, Secret, SecretId, TeamId, Time};

/// A value as the store has it.
#[derive(Clone, Debug)]
pub struct SealedValue {
    /// The data key that opens it.
    pub data_key_id: DataKeyId,
    /// The value, sealed.
    pub sealed: Vec<u8>,
}

impl TryFrom<secret::Model> for Secret {
    type Error = Error;

    fn try_from(row: secret::Model) -> Result<Self> {
        Ok(Self {
            id: SecretId(row.id),
            team_id: TeamId(row.team_id),
            name: SecretName::parse(row.name).map_err(|_| Error::Corrupt("secrets"))?,
            description: row.description,
            version: row.version,
            created: row.created,
            updated: row.updated,
            updated_by: row.updated_by,
            last_read: row.last_read,
            last_read_by: row.last_read_by,
            deleted: row.deleted,
        })
    }
}

fn live(team: TeamId) -> Select<secret::Entity> {
    secret::Entity::find()
        .filter(secret::Column::TeamId.eq(team.0))
        .filter(secret::Column::Deleted.is_null())
}

/// Adds a secret.
///
/// # Errors
/// The database failed.
pub async fn add(on: &impl Executor, secret: &Secret, value: SealedValue) -> Result<()> {
    let row = secret::Model {
        id: secret.id.0,
        team_id: secret.team_id.0,
        name: secret.name.as_str().to_owned(),
        description: secret.description.clone(),
        version: secret.version,
        data_key_id: value.data_key_id.0,
        sealed: value.sealed,
        created: secret.created,
        updated: secret.updated,
        updated_by: secret.updated_by.clone(),
        last_read: secret.last_read,
        last_read_by: secret.last_read_by.clone(),
        deleted: secret.deleted,
    };
    row.into_active_model().insert(on.connection()).await?;
    Ok(())
}

/// The team's secret of that name, and its value.
///
/// # Errors
/// The database failed.
pub async fn find(
    on: &impl Executor,
    team: TeamId,
    name: &SecretName,
) -> Result<Option<(Secret, SealedValue)>> {
    let row = live(team)
        .filter(secret::Column::Name.eq(name.as_str()))
        .one(on.connection())
        .await?;
    row.map(|mut row| {
        let value = SealedValue {
            data_key_id: DataKeyId(row.data_key_id),
            sealed: std::mem::take(&mut row.sealed),
        };
        Ok((Secret::try_from(row)?, value))
    })
    .transpose()
}

/// The team's secret of that name that was deleted last, if that is not before `since`.
///
/// # Errors
/// The database failed.
pub async fn find_tombstone(
    on: &impl Executor,
    team: TeamId,
    name: &SecretName,
    since: Time,
) -> Result<Option<Secret>> {
    secret::Entity::find()
        .filter(secret::Column::TeamId.eq(team.0))
        .filter(secret::Column::Name.eq(name.as_str()))
        .filter(secret::Column::Deleted.gte(since))
        .order_by_desc(secret::Column::Deleted)
        .order_by_desc(secret::Column::Id)
        .one(on.connection())
        .await?
        .map(Secret::try_from)
        .transpose()
}

/// The names of the team's secrets, in order.
///
/// # Errors
/// The database failed.
pub async fn list_names(on: &impl Executor, team: TeamId) -> Result<Vec<String>> {
    Ok(live(team)
        .select_only()
        .column(secret::Column::Name)
        .order_by_asc(secret::Column::Name)
        .into_tuple()
        .all(on.connection())
        .await?)
}

/// Those of the team's secrets that are asked for.
///
/// # Errors
/// The database failed.
pub async fn list(on: &impl Executor, team: TeamId, listing: &Listing<SecretColumn>) -> Result<Vec<Secret>> {
    filter::apply(live(team), listing)
        .all(on.connection())
        .await?
        .into_iter()
        .map(Secret::try_from)
        .collect()
}

/// How many of the team's secrets pass a filter.
///
/// # Errors
/// The database failed.
pub async fn count(on: &impl Executor, team: TeamId, filter: &Filter<SecretColumn>) -> Result<u64> {
    Ok(live(team)
        .filter(filter::condition(filter))
        .count(on.connection())
        .await?)
}

/// Writes what is known of a secret, and its value where one is given.
///
/// # Errors
/// The database failed.
pub async fn update(on: &impl Executor, secret: &Secret, value: Option<SealedValue>) -> Result<()> {
    let mut update = secret::Entity::update_many()
        .col_expr(secret::Column::Name, Expr::value(secret.name.as_str()))
        .col_expr(
            secret::Column::Description,
            Expr::value(secret.description.clone()),
        )
        .col_expr(secret::Column::Version, Expr::value(secret.version))
        .col_expr(secret::Column::Updated, Expr::value(secret.updated))
        .col_expr(secret::Column::UpdatedBy, Expr::value(secret.updated_by.as_str()))
        .col_expr(secret::Column::LastRead, Expr::value(secret.last_read))
        .col_expr(
            secret::Column::LastReadBy,
            Expr::value(secret.last_read_by.clone()),
        )
        .col_expr(secret::Column::Deleted, Expr::value(secret.deleted));
    if let Some(value) = value {
        update = update
            .col_expr(secret::Column::DataKeyId, Expr::value(value.data_key_id.0))
            .col_expr(secret::Column::Sealed, Expr::value(value.sealed));
    }
    update
        .filter(secret::Column::Id.eq(secret.id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// Removes tombstones, ciphertext and all, that are older than `before`, and says how many.
///
/// # Errors
/// The database failed.
pub async fn remove_tombstones(on: &impl Executor, before: Time) -> Result<u64> {
    let removed = secret::Entity::delete_many()
        .filter(secret::Column::Deleted.lt(before))
        .exec(on.connection())
        .await?;
    Ok(removed.rows_affected)
}
