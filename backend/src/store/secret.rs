//! Secrets and their encrypted values.

use std::collections::HashMap;

use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait as _, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
};
use strongroom_shared::{SecretName, Uuid};

use super::entity::{data_key, secret, secret_version};
use super::{Error, Executor, Result, Transaction, filled_up, filter};
use crate::domain::filter::{Filter, Listing, SecretColumn, Window};
use crate::domain::secret_listing::{Keys, search_text};
use crate::domain::{
    DataKeyId, ExpiryNotice, Secret, SecretId, SecretVersion, TeamId, Time, VaultId, VersionKey,
    WrappedDataKey,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueLocation {
    Here(Vec<u8>),
    Vault(VaultId),
}

impl ValueLocation {
    pub(super) fn columns(self) -> (Vec<u8>, Option<Uuid>) {
        match self {
            Self::Here(sealed) => (sealed, None),
            Self::Vault(VaultId(id)) => (Vec::new(), Some(id)),
        }
    }
}

#[derive(Clone, Debug)]
pub struct SealedValue {
    pub data_key_id: DataKeyId,
    pub location: ValueLocation,
}

/// A stored value and its data key. One query finds both, because a rotation may replace both between two queries.
#[derive(Clone, Debug)]
pub struct KeptValue {
    pub data_key: WrappedDataKey,
    pub location: ValueLocation,
    pub created: Time,
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
            expires_at: row.expires_at,
            expiry_notice: match row.expiry_notice {
                0 => ExpiryNotice::None,
                1 => ExpiryNotice::Soon,
                _ => ExpiryNotice::Expired,
            },
            is_shown: row.shown != 0,
        })
    }
}

impl KeptValue {
    fn new(version: secret_version::Model, data_key: Option<data_key::Model>) -> Result<Self> {
        Ok(Self {
            data_key: data_key.ok_or(Error::Corrupt("secret_versions"))?.into(),
            created: version.created,
            location: version
                .vault_id
                .map_or(ValueLocation::Here(version.sealed), |id| ValueLocation::Vault(VaultId(id))),
        })
    }
}

pub(super) fn is_named(names: &[&SecretName]) -> Expr {
    secret::Column::Name.is_in(filled_up(names.iter().map(|name| name.as_str()).collect()))
}

pub(super) fn live(team: TeamId) -> Select<secret::Entity> {
    secret::Entity::find().filter(secret::Column::TeamId.eq(team.0)).filter(secret::Column::Deleted.is_null())
}

/// Adds a secret; its value is a version, which is added separately.
pub async fn add(tx: &Transaction, secret: &Secret) -> Result<()> {
    let keys = Keys::of(secret.name.as_str());
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
        expires_at: secret.expires_at,
        expiry_notice: secret.expiry_notice as i64,
        shown: secret.is_shown.into(),
        sort_key: keys.sort,
        group_key: keys.group,
        look: keys.look,
        search: search_text(secret.name.as_str(), secret.description.as_deref()),
    };
    let insert = secret::Entity::insert(row.into_active_model());
    tx.defer(insert.as_query()).await
}

/// Adds a secret's current version. A duplicate number fails at the next query or the commit.
pub async fn add_version(
    tx: &Transaction,
    secret: &Secret,
    value: SealedValue,
    restored_from: Option<i64>,
) -> Result<()> {
    let (sealed, vault_id) = value.location.columns();
    let row = secret_version::Model {
        secret_id: secret.id.0,
        version: secret.version,
        data_key_id: value.data_key_id.0,
        sealed,
        vault_id,
        created: secret.updated,
        created_by: secret.updated_by.clone(),
        restored_from,
    };
    let insert = secret_version::Entity::insert(row.into_active_model());
    tx.defer(insert.as_query()).await
}

pub async fn find(on: &impl Executor, team: TeamId, name: &SecretName) -> Result<Option<Secret>> {
    live(team)
        .filter(secret::Column::Name.eq(name.as_str()))
        .one(on.connection())
        .await?
        .map(Secret::try_from)
        .transpose()
}

/// The team's secrets with these ids, at most some hundred, even if they were deleted.
pub async fn list_by_id(
    on: &impl Executor,
    team: TeamId,
    ids: Vec<SecretId>,
) -> Result<HashMap<SecretId, Secret>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = secret::Entity::find()
        .filter(secret::Column::TeamId.eq(team.0))
        .filter(secret::Column::Id.is_in(filled_up(ids).into_iter().map(|id| id.0)))
        .all(on.connection())
        .await?;
    let by_id = |row| Secret::try_from(row).map(|secret| (secret.id, secret));
    rows.into_iter().map(by_id).collect()
}

/// The team's secrets with these names, at most some hundred.
pub async fn list_named(
    on: &impl Executor,
    team: TeamId,
    names: &[&SecretName],
) -> Result<HashMap<SecretName, Secret>> {
    by_name(live(team).filter(is_named(names)).all(on.connection()).await?)
}

/// The first row of each name.
pub(super) fn by_name(rows: Vec<secret::Model>) -> Result<HashMap<SecretName, Secret>> {
    let mut secrets = HashMap::with_capacity(rows.len());
    for row in rows {
        let secret = Secret::try_from(row)?;
        secrets.entry(secret.name.clone()).or_insert(secret);
    }
    Ok(secrets)
}

/// The secrets of some names in some teams, and their current values. One query.
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
    let found = rows.into_iter().map(|(secret, version, data_key)| {
        let version = version.ok_or(Error::Corrupt("secret_versions"))?;
        let (secret, kept) = (Secret::try_from(secret)?, KeptValue::new(version, data_key)?);
        Ok(((secret.team_id, secret.name.clone()), (secret, kept)))
    });
    found.collect()
}

/// A secret and the location of its current value.
#[derive(Clone, Debug)]
pub struct Head {
    pub secret: Secret,
    /// Its id in Vault, if the value is stored there.
    pub vault_id: Option<VaultId>,
    /// Its bytes in the database.
    pub bytes: usize,
}

/// The team's secrets with these names, at most some hundred, without their values.
pub async fn list_heads(
    on: &impl Executor,
    team: TeamId,
    names: &[&SecretName],
) -> Result<HashMap<SecretName, Head>> {
    let secrets = live(team).filter(is_named(names));
    let places: Vec<(Uuid, Option<Uuid>, i64)> = secrets
        .clone()
        .inner_join(secret_version::Entity)
        .select_only()
        .column(secret::Column::Id)
        .column(secret_version::Column::VaultId)
        .expr(Expr::cust("CAST(length(sealed) AS bigint)"))
        .into_tuple()
        .all(on.connection())
        .await?;
    let mut places: HashMap<_, _> =
        places.into_iter().map(|(id, vault, bytes)| (id, (vault, bytes))).collect();
    let rows = secrets.all(on.connection()).await?;
    let head = |row: secret::Model| {
        let (vault_id, bytes) = places.remove(&row.id).ok_or(Error::Corrupt("secret_versions"))?;
        let bytes = usize::try_from(bytes).unwrap_or_default();
        let secret = Secret::try_from(row)?;
        Ok((secret.name.clone(), Head { secret, vault_id: vault_id.map(VaultId), bytes }))
    };
    rows.into_iter().map(head).collect()
}

pub async fn find_value(on: &impl Executor, key: VersionKey) -> Result<Option<KeptValue>> {
    let row = secret_version::Entity::find_by_id((key.secret_id.0, key.version))
        .find_also_related(data_key::Entity)
        .one(on.connection())
        .await?;
    row.map(|(version, data_key)| KeptValue::new(version, data_key)).transpose()
}

/// A selection of values, those of deleted secrets included.
#[derive(Clone, Copy)]
pub enum Which {
    SealedWith(DataKeyId),
    InVault,
    InDatabase,
}

impl Which {
    fn condition(self) -> Expr {
        use secret_version::Column::{DataKeyId as Key, VaultId};
        match self {
            Self::SealedWith(DataKeyId(id)) => Key.eq(id),
            Self::InVault => VaultId.is_not_null(),
            Self::InDatabase => VaultId.is_null(),
        }
    }
}

/// The keys of values, in order: those after `after`, at most `limit` of them.
pub async fn list_keys(
    on: &impl Executor,
    which: Which,
    after: Option<VersionKey>,
    limit: u64,
) -> Result<Vec<VersionKey>> {
    use secret_version::Column::{SecretId as Id, Version};
    let after = after.map(|VersionKey { secret_id, version }| {
        let key = Expr::tuple([Expr::col(Id), Expr::col(Version)]);
        key.gt(Expr::tuple([Expr::value(secret_id.0), Expr::value(version)]))
    });
    let rows: Vec<(Uuid, i64)> = secret_version::Entity::find()
        .select_only()
        .columns([Id, Version])
        .filter(which.condition())
        .filter(Condition::all().add_option(after))
        .order_by_asc(Id)
        .order_by_asc(Version)
        .limit(limit)
        .into_tuple()
        .all(on.connection())
        .await?;
    let key = |(id, version)| VersionKey { secret_id: SecretId(id), version };
    Ok(rows.into_iter().map(key).collect())
}

pub async fn count_values(on: &impl Executor, which: Which) -> Result<u64> {
    Ok(secret_version::Entity::find().filter(which.condition()).count(on.connection()).await?)
}

/// Replaces the value of a version, if it is still `old`; returns whether it was. A removed version stays removed.
pub async fn update_value(
    on: &impl Executor,
    key: VersionKey,
    old: &KeptValue,
    value: SealedValue,
) -> Result<bool> {
    let was = match &old.location {
        ValueLocation::Here(_) => secret_version::Column::VaultId.is_null(),
        ValueLocation::Vault(VaultId(id)) => secret_version::Column::VaultId.eq(*id),
    };
    let (sealed, vault_id) = value.location.columns();
    let updated = secret_version::Entity::update_many()
        .col_expr(secret_version::Column::DataKeyId, Expr::value(value.data_key_id.0))
        .col_expr(secret_version::Column::Sealed, Expr::value(sealed))
        .col_expr(secret_version::Column::VaultId, Expr::value(vault_id))
        .filter(secret_version::Column::SecretId.eq(key.secret_id.0))
        .filter(secret_version::Column::Version.eq(key.version))
        .filter(secret_version::Column::DataKeyId.eq(old.data_key.id.0))
        .filter(was)
        .exec(on.connection())
        .await?;
    Ok(updated.rows_affected > 0)
}

/// The stored versions of a secret, the current one first, at most `limit` of them if that is given.
pub async fn list_versions(
    on: &impl Executor,
    id: SecretId,
    limit: Option<u64>,
) -> Result<Vec<SecretVersion>> {
    use secret_version::Column::{Created, CreatedBy, RestoredFrom, SecretId as Id, Version};
    let rows: Vec<(i64, Time, String, Option<i64>)> = secret_version::Entity::find()
        .select_only()
        .columns([Version, Created, CreatedBy, RestoredFrom])
        .filter(Id.eq(id.0))
        .order_by_desc(Version)
        .limit(limit)
        .into_tuple()
        .all(on.connection())
        .await?;
    let version = |(version, created, created_by, restored_from)| SecretVersion {
        version,
        created,
        created_by,
        restored_from,
    };
    Ok(rows.into_iter().map(version).collect())
}

/// Removes the versions of a secret before `first` with their ciphertexts.
pub async fn remove_versions(tx: &Transaction, id: SecretId, first: i64) -> Result<()> {
    let removal = secret_version::Entity::delete_many()
        .filter(secret_version::Column::SecretId.eq(id.0))
        .filter(secret_version::Column::Version.lt(first));
    tx.defer(removal.as_query()).await
}

/// The names of the team's secrets that pass a filter, in order.
pub async fn list_names(
    on: &impl Executor,
    team: TeamId,
    filter: &Filter<SecretColumn>,
    window: Window,
) -> Result<Vec<String>> {
    Ok(filter::window(names(live(team), filter), window).into_tuple().all(on.connection()).await?)
}

pub(super) fn names(rows: Select<secret::Entity>, filter: &Filter<SecretColumn>) -> Select<secret::Entity> {
    rows.filter(filter::condition(filter))
        .select_only()
        .column(secret::Column::Name)
        .order_by_asc(secret::Column::Name)
}

pub async fn list(on: &impl Executor, team: TeamId, listing: &Listing<SecretColumn>) -> Result<Vec<Secret>> {
    filter::apply(live(team), listing).all(on.connection()).await?.into_iter().map(Secret::try_from).collect()
}

pub async fn count(on: &impl Executor, team: TeamId, filter: &Filter<SecretColumn>) -> Result<u64> {
    Ok(live(team).filter(filter::condition(filter)).count(on.connection()).await?)
}

/// Updates the columns of a secret that have changed, except for its deletion: SQLite writes every index that names an
/// updated column.
pub async fn update(tx: &Transaction, before: &Secret, secret: &Secret) -> Result<()> {
    use secret::Column::{
        Description, ExpiresAt, ExpiryNotice, GroupKey, Id, Look, Name, Search, SortKey, Updated, UpdatedBy,
        Version,
    };
    let name = secret.name.as_str();
    let description = secret.description.as_deref();
    let mut changed: Vec<(_, Value)> = vec![(Updated, secret.updated.into())];
    if secret.version != before.version {
        changed.push((Version, secret.version.into()));
    }
    if secret.updated_by != before.updated_by {
        changed.push((UpdatedBy, secret.updated_by.as_str().into()));
    }
    if secret.name != before.name {
        let keys = Keys::of(name);
        changed.extend([
            (Name, name.into()),
            (SortKey, keys.sort.into()),
            (GroupKey, keys.group.into()),
            (Look, keys.look.into()),
        ]);
    }
    if (&secret.name, &secret.description) != (&before.name, &before.description) {
        changed.push((Description, description.into()));
        changed.push((Search, search_text(name, description).into()));
    }
    if (secret.expires_at, secret.expiry_notice) != (before.expires_at, before.expiry_notice) {
        changed.push((ExpiresAt, secret.expires_at.into()));
        changed.push((ExpiryNotice, (secret.expiry_notice as i64).into()));
    }
    let update = secret::Entity::update_many().filter(Id.eq(secret.id.0));
    let update =
        changed.into_iter().fold(update, |update, (column, value)| update.col_expr(column, value.into()));
    tx.defer(update.as_query()).await
}

/// Updates the last reads of at most a thousand secrets, in one statement.
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
    tx.defer(update.as_query()).await
}

/// Secrets whose expiry before `soon` the log has not recorded yet, or only as a reminder; at most `limit`.
pub async fn list_expiring(on: &impl Executor, now: Time, soon: Time, limit: u64) -> Result<Vec<Secret>> {
    use secret::Column::{Deleted, ExpiresAt, ExpiryNotice as Notice};
    let is_due = |end: Time, notice: ExpiryNotice| ExpiresAt.lte(end).and(Notice.lt(notice as i64));
    let rows = secret::Entity::find()
        .filter(Deleted.is_null())
        .filter(ExpiresAt.lte(soon))
        .filter(is_due(soon, ExpiryNotice::Soon).or(is_due(now, ExpiryNotice::Expired)))
        .order_by_asc(ExpiresAt)
        .limit(limit)
        .all(on.connection())
        .await?;
    rows.into_iter().map(Secret::try_from).collect()
}
