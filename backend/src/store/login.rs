//! Logins of programs, by the hashes of their tokens. Ended ones are kept for a while, to be listed.

use std::collections::HashMap;

use chrono::TimeDelta;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait as _, QueryFilter, QueryOrder as _, QuerySelect as _};
use strongroom_shared::limit;

use super::entity::login::{Column, Entity, Model};
use super::{Executor, Result, api_key, filled_up, insert, set};
use crate::domain::{ApiKey, ApiKeyId, Login, LoginId, Team, Time};

/// The logins that one statement ends.
const STEP: usize = 500;

fn read(row: Model) -> Login {
    Login {
        id: LoginId(row.id),
        key_id: ApiKeyId(row.api_key_id),
        parent: row.parent_id.map(LoginId),
        path: row.path,
        subject: row.subject,
        address: row.address,
        created: row.created,
        expires: row.expires,
        lifetime: TimeDelta::seconds(row.lifetime),
        latest: row.latest,
        is_ended: row.ended.is_some(),
    }
}

pub async fn add(on: &impl Executor, login: &Login, token_hash: &[u8; 32]) -> Result<()> {
    let row = Model {
        id: login.id.0,
        api_key_id: login.key_id.0,
        parent_id: login.parent.map(|parent| parent.0),
        token_hash: token_hash.to_vec(),
        path: login.path.clone(),
        subject: login.subject.clone(),
        address: login.address.clone(),
        created: login.created,
        expires: login.expires,
        lifetime: login.lifetime.num_seconds(),
        latest: login.latest,
        ended: None,
    };
    insert(on, row).await
}

/// The logins of some tokens that have not ended, expired or not, each with its key and its team, by the tokens' hashes.
pub async fn list_by_tokens(
    on: &impl Executor,
    token_hashes: impl Iterator<Item = &[u8; 32]>,
) -> Result<HashMap<Vec<u8>, (Login, ApiKey, Team)>> {
    let token_hashes = filled_up(token_hashes.map(|hash| hash.to_vec()).collect());
    if token_hashes.is_empty() {
        return Ok(HashMap::new());
    }
    let logins = Entity::find().filter(Column::TokenHash.is_in(token_hashes)).filter(Column::Ended.is_null());
    let mut found = HashMap::new();
    for row in logins.all(on.connection()).await? {
        if let Some((key, team)) = api_key::read_with_team_of(on, ApiKeyId(row.api_key_id)).await? {
            found.insert(row.token_hash.clone(), (read(row), key, team));
        }
    }
    Ok(found)
}

/// A login that has not ended.
pub async fn find(on: &impl Executor, id: LoginId) -> Result<Option<Login>> {
    let login = Entity::find_by_id(id.0).filter(Column::Ended.is_null());
    Ok(login.one(on.connection()).await?.map(read))
}

/// The last logins with a key, newest first. Children are not among them.
pub async fn list_last(on: &impl Executor, key: ApiKeyId) -> Result<Vec<Login>> {
    let logins = Entity::find()
        .filter(Column::ApiKeyId.eq(key.0))
        .filter(Column::ParentId.is_null())
        .order_by_desc(Column::Created)
        .limit(limit::TRUST_LOGINS as u64);
    Ok(logins.all(on.connection()).await?.into_iter().map(read).collect())
}

pub async fn renew(on: &impl Executor, id: LoginId, expires: Time) -> Result<()> {
    set::<Entity>(on, Column::Id.eq(id.0), [(Column::Expires, expires.into())]).await
}

/// Ends a login, and those that were made with it.
pub async fn end(on: &impl Executor, id: LoginId, now: Time) -> Result<()> {
    let mut ending = vec![id.0];
    while !ending.is_empty() {
        let mut children = Vec::new();
        for some in ending.chunks(STEP) {
            set::<Entity>(on, Column::Id.is_in(some.to_vec()), [(Column::Ended, now.into())]).await?;
            let live =
                Entity::find().filter(Column::ParentId.is_in(some.to_vec())).filter(Column::Ended.is_null());
            children.extend(live.all(on.connection()).await?.into_iter().map(|child| child.id));
        }
        ending = children;
    }
    Ok(())
}

/// Ends all logins with a key.
pub async fn end_all(on: &impl Executor, key: ApiKeyId, now: Time) -> Result<()> {
    let live = Column::ApiKeyId.eq(key.0).and(Column::Ended.is_null());
    set::<Entity>(on, live, [(Column::Ended, now.into())]).await
}

/// Purges logins that expired before `before`, and at once those that no list shows.
pub async fn remove_expired(on: &impl Executor, now: Time, before: Time) -> Result<u64> {
    let is_shown = Column::ParentId.is_null().and(Column::ApiKeyId.in_subquery(api_key::trust_ids()));
    let old =
        Condition::any().add(Column::Expires.lt(before)).add(Column::Expires.lt(now).and(is_shown.not()));
    Ok(Entity::delete_many().filter(old).exec(on.connection()).await?.rows_affected)
}
