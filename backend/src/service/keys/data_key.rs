//! Creates and unwraps teams' data keys.
//!
//! Not here: replacing them (`rotation`).

use std::slice;

use chrono::TimeDelta;

use crate::crypto::envelope::OpenError;
use crate::crypto::{DataKey, Fingerprint, Sealed};
use crate::domain::{DataKeyId, TeamId, Time, WrappedDataKey};
use crate::service::master_key::list_fingerprints;
use crate::service::{Result, Service};
use crate::store::{self, Transaction};

impl Service {
    /// Adds a data key to a team, as its newest; the caller records it.
    pub(in crate::service) async fn add_data_key(&self, tx: &Transaction, team: TeamId) -> Result<DataKeyId> {
        let used = list_fingerprints(tx).await?;
        let keys = self.keys.with(&used).await?;
        let master_key = keys.first_of(&used);
        let id = DataKeyId(self.new_id());
        let (_, wrapped) = master_key.new_data_key(team, id, &*self.entropy);
        let newest = store::data_key::find_newest(tx, team).await?;
        // The newest even if the clock was set back.
        let created = newest.map_or(Time::MIN_UTC, |newest| newest.created + TimeDelta::microseconds(1));
        let key = WrappedDataKey {
            id,
            team_id: team,
            wrapped: wrapped.as_bytes().to_vec(),
            master_key_fingerprint: master_key.fingerprint().to_string(),
            created: created.max(self.now()),
        };
        store::data_key::add(tx, key).await?;
        Ok(id)
    }

    pub(in crate::service) async fn unwrap_key(&self, team: TeamId, key: WrappedDataKey) -> Result<DataKey> {
        let wanted = Fingerprint::from_text(key.master_key_fingerprint);
        let keys = self.keys.with(slice::from_ref(&wanted)).await?;
        let master_key = keys.find(&wanted).ok_or(OpenError)?;
        Ok(master_key.unwrap_data_key(team, key.id, &Sealed::from_bytes(key.wrapped))?)
    }
}
