//! An invitation that has not been accepted.

use sea_orm::entity::prelude::*;

use crate::domain::Time;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub team_id: Uuid,
    pub email: String,
    pub role: String,
    pub token_hash: Vec<u8>,
    pub created: Time,
    pub created_by: String,
    pub inviter_user_id: Option<Uuid>,
    pub inviter_key_id: Option<Uuid>,
    pub expires: Time,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
