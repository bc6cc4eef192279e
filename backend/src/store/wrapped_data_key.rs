//! A data key as the store has it.

use super::entity::data_key;
use crate::domain::{DataKeyId, TeamId, Time};

#[derive(Clone, Debug)]
pub struct WrappedDataKey {
    pub id: DataKeyId,
    pub team_id: TeamId,
    pub wrapped: Vec<u8>,
    pub master_key_fingerprint: String,
    pub created: Time,
}

impl From<data_key::Model> for WrappedDataKey {
    fn from(row: data_key::Model) -> Self {
        Self {
            id: DataKeyId(row.id),
            team_id: TeamId(row.team_id),
            wrapped: row.wrapped,
            master_key_fingerprint: row.master_key_fingerprint,
            created: row.created,
        }
    }
}
