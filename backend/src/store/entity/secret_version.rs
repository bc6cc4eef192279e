//! A value of a secret, sealed.

use sea_orm::entity::prelude::*;

use crate::domain::Time;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secret_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub secret_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub data_key_id: Uuid,
    /// Empty where the value is in Vault.
    pub sealed: Vec<u8>,
    /// Where in Vault it is, if it is not here.
    pub vault_id: Option<Uuid>,
    pub created: Time,
    pub created_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::data_key::Entity",
        from = "Column::DataKeyId",
        to = "super::data_key::Column::Id"
    )]
    DataKey,
}

impl Related<super::data_key::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::DataKey.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
