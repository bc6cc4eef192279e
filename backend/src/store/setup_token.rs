//! Set-up links that have not been used, by the hashes of their tokens.

use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::entity::setup_token;
use super::{Executor, Result};
use crate::domain::Time;

pub async fn add(on: &impl Executor, token_hash: &[u8; 32], expires: Time) -> Result<()> {
    let row = setup_token::Model { token_hash: token_hash.to_vec(), expires };
    setup_token::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

pub async fn find(on: &impl Executor, token_hash: &[u8; 32], now: Time) -> Result<bool> {
    let row = setup_token::Entity::find_by_id(token_hash.to_vec())
        .filter(setup_token::Column::Expires.gt(now))
        .one(on.connection())
        .await?;
    Ok(row.is_some())
}

pub async fn remove_all(on: &impl Executor) -> Result<()> {
    setup_token::Entity::delete_many().exec(on.connection()).await?;
    Ok(())
}
