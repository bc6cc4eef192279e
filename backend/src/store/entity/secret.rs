//! A secret and its sealed value; a tombstone where `deleted` is set.

use sea_orm::entity::prelude::*;

use crate::domain::Time;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secrets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub version: i64,
    pub data_key_id: Uuid,
    pub sealed: Vec<u8>,
    pub created: Time,
    pub updated: Time,
    pub updated_by: String,
    pub last_read: Option<Time>,
    pub last_read_by: Option<String>,
    pub deleted: Option<Time>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
