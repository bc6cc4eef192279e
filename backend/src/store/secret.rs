//! Secrets: their rows, and their values, sealed.

use std::collections::HashMap;

use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait as _, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select,
};
use strongroom_shared::{SecretName, Uuid};

use super::data_key::WrappedDataKey;
use super::entity::{data_key, secret, secret_version};
use super::{Error, Executor, Result, Transaction, filled_up, filter};
use crate::domain::filter::{Filter, Listing, SecretColumn, Window};
use crate::domain::{DataKeyId, Secret, SecretId, SecretVersion, TeamId, Time, VaultId};

/// Where a sealed value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the database: this.
    Here(Vec<u8>),
    /// In Vault, under this id.
    Vault(VaultId),
}

impl Place {
    /// What stands in the columns `sealed` and `vault_id`.
    pub(super) fn columns(self) -> (Vec<u8>, Option<Uuid>) {
        match self {
            Self::Here(sealed) => (sealed, None),
            Self::Vault(VaultId(id)) => (Vec::new(), Some(id)),
        }
    }
}

/// A value as the store takes it.
#[derive(Clone, Debug)]
pub struct SealedValue {
    /// The data key that opens it.
    pub data_key_id: DataKeyId,
    /// The value, sealed.
    pub place: Place,
}

/// A value as the store has it, with the data key that opens it. They are found in one look, because both may be
/// replaced between two.
#[derive(Clone, Debug)]
pub struct KeptValue {
    /// The data key that opens it.
    pub data_key: WrappedDataKey,
    /// The value, sealed.
    pub place: Place,
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

impl KeptValue {
    fn new(version: secret_version::Model, data_key: Option<data_key::Model>) -> Result<Self> {
        Ok(Self {
            data_key: data_key.ok_or(Error::Corrupt("secret_versions"))?.into(),
            place: version.vault_id.map_or(Place::Here(version.sealed), |id| Place::Vault(VaultId(id))),
        })
    }
}

fn read_with_value(
    (secret, version, data_key): (secret::Model, Option<secret_version::Model>, Option<data_key::Model>),
) -> Result<(Secret, KeptValue)> {
    let version = version.ok_or(Error::Corrupt("secret_versions"))?;
    Ok((Secret::try_from(secret)?, KeptValue::new(version, data_key)?))
}

fn live(team: TeamId) -> Select<secret::Entity> {
    secret::Entity::find().filter(secret::Column::TeamId.eq(team.0)).filter(secret::Column::Deleted.is_null())
}

/// Adds a secret; its value is a version, added apart.
///
/// # Errors
/// The database failed.
pub async fn add(tx: &Transaction, secret: &Secret) -> Result<()> {
    let row = secret::Model {
        id: secret.id.0,
        team_id: secret.team_id.0,
        name: secret.name.as_str().to_owned(),
        description: secret.description.clone(),
        version: secret.version,
        created: secret.created,
        updated: secret.updated,
        updated_by: secret.updated_by.clone(),
        last_read: secret.last_read,
        last_read_by: secret.last_read_by.clone(),
        deleted: secret.deleted,
    };
    let insert = secret::Entity::insert(row.into_active_model());
    tx.put_off(insert.as_query()).await
}

/// Adds a secret's current version.
///
/// # Errors
/// The database failed. That there is one of that number shows at the next question or the commit.
pub async fn add_version(tx: &Transaction, secret: &Secret, value: SealedValue) -> Result<()> {
    let (sealed, vault_id) = value.place.columns();
    let row = secret_version::Model {
        secret_id: secret.id.0,
        version: secret.version,
        data_key_id: value.data_key_id.0,
        sealed,
        vault_id,
        created: secret.updated,
        created_by: secret.updated_by.clone(),
    };
    let insert = secret_version::Entity::insert(row.into_active_model());
    tx.put_off(insert.as_query()).await
}

/// The team's secret of that name.
///
/// # Errors
/// The database failed.
pub async fn find(on: &impl Executor, team: TeamId, name: &SecretName) -> Result<Option<Secret>> {
    live(team)
        .filter(secret::Column::Name.eq(name.as_str()))
        .one(on.connection())
        .await?
        .map(Secret::try_from)
        .transpose()
}

/// Teams' secrets of those names and their current values, in one look.
///
/// # Errors
/// The database failed.
pub async fn list_with_values(
    on: &impl Executor,
    names: &[(TeamId, SecretName)],
) -> Result<HashMap<(TeamId, SecretName), (Secret, KeptValue)>> {
    let mut teams: HashMap<TeamId, Vec<&str>> = HashMap::new();
    for (team, name) in names {
        teams.entry(*team).or_default().push(name.as_str());
    }
    let mut asked = Condition::any();
    for (team, names) in teams {
        let of_team = secret::Column::TeamId.eq(team.0);
        asked = asked.add(of_team.and(secret::Column::Name.is_in(filled_up(names))));
    }
    let rows = secret::Entity::find()
        .find_also_related(secret_version::Entity)
        .and_also_related(data_key::Entity)
        .filter(secret::Column::Deleted.is_null())
        .filter(asked)
        .all(on.connection())
        .await?;
    let found = rows.into_iter().map(|row| {
        let (secret, kept) = read_with_value(row)?;
        Ok(((secret.team_id, secret.name.clone()), (secret, kept)))
    });
    found.collect()
}

/// The team's secret of that name and its current value, in one look.
///
/// # Errors
/// The database failed.
pub async fn find_with_value(
    on: &impl Executor,
    team: TeamId,
    name: &SecretName,
) -> Result<Option<(Secret, KeptValue)>> {
    let row = live(team)
        .find_also_related(secret_version::Entity)
        .and_also_related(data_key::Entity)
        .filter(secret::Column::Name.eq(name.as_str()))
        .one(on.connection())
        .await?;
    row.map(read_with_value).transpose()
}

/// The value of a secret's version.
///
/// # Errors
/// The database failed.
pub async fn find_value(on: &impl Executor, id: SecretId, version: i64) -> Result<Option<KeptValue>> {
    let row = secret_version::Entity::find_by_id((id.0, version))
        .find_also_related(data_key::Entity)
        .one(on.connection())
        .await?;
    row.map(|(version, data_key)| KeptValue::new(version, data_key)).transpose()
}

/// Which versions of which secrets are sealed with a data key, deleted secrets included: so many at most, in order, from
/// behind `after`.
///
/// # Errors
/// The database failed.
pub async fn list_sealed_with(
    on: &impl Executor,
    data_key: DataKeyId,
    after: Option<(SecretId, i64)>,
    limit: u64,
) -> Result<Vec<(SecretId, i64)>> {
    use secret_version::Column::{DataKeyId, SecretId as Id, Version};
    let behind = after.map(|(id, version)| {
        let place = Expr::tuple([Expr::col(Id), Expr::col(Version)]);
        place.gt(Expr::tuple([Expr::value(id.0), Expr::value(version)]))
    });
    let rows: Vec<(Uuid, i64)> = secret_version::Entity::find()
        .select_only()
        .column(Id)
        .column(Version)
        .filter(DataKeyId.eq(data_key.0))
        .filter(Condition::all().add_option(behind))
        .order_by_asc(Id)
        .order_by_asc(Version)
        .limit(limit)
        .into_tuple()
        .all(on.connection())
        .await?;
    let place = |(id, version)| (SecretId(id), version);
    Ok(rows.into_iter().map(place).collect())
}

/// How many values are sealed with a data key, those of deleted secrets included.
///
/// # Errors
/// The database failed.
pub async fn count_sealed_with(on: &impl Executor, data_key: DataKeyId) -> Result<u64> {
    Ok(secret_version::Entity::find()
        .filter(secret_version::Column::DataKeyId.eq(data_key.0))
        .count(on.connection())
        .await?)
}

/// Writes the value of a version, sealed anew or in another place, if it is `old` still; nothing else of it changes. Whether
/// it was: a version that is gone stays gone.
///
/// # Errors
/// The database failed.
pub async fn update_value(
    on: &impl Executor,
    id: SecretId,
    version: i64,
    old: &KeptValue,
    value: SealedValue,
) -> Result<bool> {
    let was = match &old.place {
        Place::Here(_) => secret_version::Column::VaultId.is_null(),
        Place::Vault(VaultId(id)) => secret_version::Column::VaultId.eq(*id),
    };
    let (sealed, vault_id) = value.place.columns();
    let updated = secret_version::Entity::update_many()
        .col_expr(secret_version::Column::DataKeyId, Expr::value(value.data_key_id.0))
        .col_expr(secret_version::Column::Sealed, Expr::value(sealed))
        .col_expr(secret_version::Column::VaultId, Expr::value(vault_id))
        .filter(secret_version::Column::SecretId.eq(id.0))
        .filter(secret_version::Column::Version.eq(version))
        .filter(secret_version::Column::DataKeyId.eq(old.data_key.id.0))
        .filter(was)
        .exec(on.connection())
        .await?;
    Ok(updated.rows_affected > 0)
}

/// The versions of a secret that are kept, the current one first, at most `limit` of them if that is given.
///
/// # Errors
/// The database failed.
pub async fn list_versions(
    on: &impl Executor,
    id: SecretId,
    limit: Option<u64>,
) -> Result<Vec<SecretVersion>> {
    let rows: Vec<(i64, Time, String)> = secret_version::Entity::find()
        .select_only()
        .column(secret_version::Column::Version)
        .column(secret_version::Column::Created)
        .column(secret_version::Column::CreatedBy)
        .filter(secret_version::Column::SecretId.eq(id.0))
        .order_by_desc(secret_version::Column::Version)
        .limit(limit)
        .into_tuple()
        .all(on.connection())
        .await?;
    let version = |(version, created, created_by)| SecretVersion { version, created, created_by };
    Ok(rows.into_iter().map(version).collect())
}

/// Removes the versions of a secret before `first`, ciphertext and all.
///
/// # Errors
/// The database failed.
pub async fn remove_versions(tx: &Transaction, id: SecretId, first: i64) -> Result<()> {
    let removal = secret_version::Entity::delete_many()
        .filter(secret_version::Column::SecretId.eq(id.0))
        .filter(secret_version::Column::Version.lt(first));
    tx.put_off(removal.as_query()).await
}

/// The team's secrets that were deleted since, the last one first.
///
/// # Errors
/// The database failed.
pub async fn list_tombstones(
    on: &impl Executor,
    team: TeamId,
    scope: &Filter<SecretColumn>,
    since: Time,
    window: Window,
) -> Result<Vec<Secret>> {
    let tombstones = secret::Entity::find()
        .filter(secret::Column::TeamId.eq(team.0))
        .filter(secret::Column::Deleted.gte(since))
        .filter(filter::condition(scope))
        .order_by_desc(secret::Column::Deleted)
        .order_by_desc(secret::Column::Id);
    filter::window(tombstones, window).all(on.connection()).await?.into_iter().map(Secret::try_from).collect()
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

/// The names of the team's secrets that pass a filter, in order.
///
/// # Errors
/// The database failed.
pub async fn list_names(
    on: &impl Executor,
    team: TeamId,
    filter: &Filter<SecretColumn>,
    window: Window,
) -> Result<Vec<String>> {
    let names = live(team)
        .filter(filter::condition(filter))
        .select_only()
        .column(secret::Column::Name)
        .order_by_asc(secret::Column::Name);
    Ok(filter::window(names, window).into_tuple().all(on.connection()).await?)
}

/// Those of the team's secrets that are asked for.
///
/// # Errors
/// The database failed.
pub async fn list(on: &impl Executor, team: TeamId, listing: &Listing<SecretColumn>) -> Result<Vec<Secret>> {
    filter::apply(live(team), listing).all(on.connection()).await?.into_iter().map(Secret::try_from).collect()
}

/// How many of the team's secrets pass a filter.
///
/// # Errors
/// The database failed.
pub async fn count(on: &impl Executor, team: TeamId, filter: &Filter<SecretColumn>) -> Result<u64> {
    Ok(live(team).filter(filter::condition(filter)).count(on.connection()).await?)
}

/// Writes what is known of a secret.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &Transaction, secret: &Secret) -> Result<()> {
    let update = secret::Entity::update_many()
        .col_expr(secret::Column::Name, Expr::value(secret.name.as_str()))
        .col_expr(secret::Column::Description, Expr::value(secret.description.clone()))
        .col_expr(secret::Column::Version, Expr::value(secret.version))
        .col_expr(secret::Column::Updated, Expr::value(secret.updated))
        .col_expr(secret::Column::UpdatedBy, Expr::value(secret.updated_by.as_str()))
        .col_expr(secret::Column::Deleted, Expr::value(secret.deleted))
        .filter(secret::Column::Id.eq(secret.id.0));
    tx.put_off(update.as_query()).await
}

/// Notes that secrets' values were read, each when and by whom: in one statement, so at most a thousand of them.
///
/// # Errors
/// The database failed.
pub async fn update_last_read(tx: &Transaction, reads: Vec<(SecretId, Time, &str)>) -> Result<()> {
    let reads = filled_up(reads);
    let mut time = CaseStatement::new();
    let mut by = CaseStatement::new();
    for (id, read, reader) in &reads {
        let is_it = secret::Column::Id.eq(id.0);
        time = time.case(is_it.clone(), *read);
        by = by.case(is_it, *reader);
    }
    let update = secret::Entity::update_many()
        .col_expr(secret::Column::LastRead, time.into())
        .col_expr(secret::Column::LastReadBy, by.into())
        .filter(secret::Column::Id.is_in(reads.iter().map(|(id, ..)| id.0)));
    tx.put_off(update.as_query()).await
}

/// How many tombstones of each team are older than `before`; teams without one are left out.
///
/// # Errors
/// The database failed.
pub async fn count_tombstones(on: &impl Executor, before: Time) -> Result<Vec<(TeamId, i64)>> {
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

/// Removes tombstones, ciphertext and all, that are older than `before`, and says how many.
///
/// # Errors
/// The database failed.
pub async fn remove_tombstones(on: &impl Executor, before: Time) -> Result<u64> {
    let old = secret::Column::Deleted.lt(before);
    let ids =
        secret::Entity::find().select_only().column(secret::Column::Id).filter(old.clone()).into_query();
    secret_version::Entity::delete_many()
        .filter(secret_version::Column::SecretId.in_subquery(ids))
        .exec(on.connection())
        .await?;
    let removed = secret::Entity::delete_many().filter(old).exec(on.connection()).await?;
    Ok(removed.rows_affected)
}
