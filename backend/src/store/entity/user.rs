//! A person.

use sea_orm::entity::prelude::*;

use crate::domain::Time;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    /// Empty for a person who has no password, because they log in through a provider.
    pub password_hash: String,
    pub created: Time,
    pub last_login: Option<Time>,
    pub last_team_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
