//! A secret; a tombstone where `deleted` is set. Its values are rows of versions.

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
    pub created: Time,
    pub updated: Time,
    pub updated_by: String,
    pub last_read: Option<Time>,
    pub last_read_by: Option<String>,
    pub deleted: Option<Time>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The current version.
    #[sea_orm(
        belongs_to = "super::secret_version::Entity",
        from = "(Column::Id, Column::Version)",
        to = "(super::secret_version::Column::SecretId, super::secret_version::Column::Version)"
    )]
    Current,
}

impl Related<super::secret_version::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Current.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
