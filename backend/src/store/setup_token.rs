//! Setup links that have not been used, by the hashes of their tokens.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::setup_token::{Column, Entity, Model};
use super::{Executor, Result, insert};
use crate::domain::Time;

pub async fn add(on: &impl Executor, token_hash: &[u8; 32], expires: Time) -> Result<()> {
    insert(on, Model { token_hash: token_hash.to_vec(), expires }).await
}

pub async fn find(on: &impl Executor, token_hash: &[u8; 32], now: Time) -> Result<bool> {
    let token = Entity::find_by_id(token_hash.to_vec()).filter(Column::Expires.gt(now));
    Ok(token.one(on.connection()).await?.is_some())
}

pub async fn remove_all(on: &impl Executor) -> Result<()> {
    Entity::delete_many().exec(on.connection()).await?;
    Ok(())
}
