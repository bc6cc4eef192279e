//! The use cases: parse → load → authorise → rule → write and audit in one transaction → answer.
//!
//! Expected outcomes are payloads, the unexpected is an [`Error`]. Every function that acts for someone takes the
//! [`Actor`](crate::domain::Actor), and every query is scoped by the actor's team.
//!
//! Not here: what a request or an answer looks like (`http`, `graphql`), and how things are kept (`store`).
//!
//! To add a use case: a function in the file of its aggregate, its audit action, and a row in the end-to-end test that
//! walks every field with every role.

mod api_key;
mod audit;
mod audit_archive;
mod authentication;
mod backup;
mod batch;
mod draft;
mod error;
mod health;
mod import;
mod invitation;
mod maintenance;
mod master_key;
mod member;
mod move_values;
mod open;
mod read_log;
mod refusals;
mod role;
mod rotation;
mod secret;
mod session;
mod single_sign_on;
mod team;
mod throttle;
mod values;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

pub use crate::crypto::TokenHash;
pub use audit::{AuditExport, KeptCheckpoint, Verification};
pub use audit_archive::{ArchiveError, Archived};
pub use authentication::Credential;
pub use backup::{BackupError, Damage, Figures, check as check_backup, restore as restore_backup};
pub use error::{Error, Result};
pub use health::Unready;
pub use invitation::InvitationFor;
pub use master_key::{COMMAND as MASTER_KEY_COMMAND, KeyError, KeySource, VARIABLE as MASTER_KEY_VARIABLE};
pub use move_values::{MoveError, Moved};
pub use open::{Location, OpenError, Sensitive};
pub use rotation::{Progress, RotatedDataKeys, RotatedMasterKey, RotationError};
pub use session::LoggedIn;
pub use single_sign_on::{Problem, SINGLE_SIGN_ON_CALLBACK, SINGLE_SIGN_ON_PATH, refuse_single_sign_on};
pub use values::ValueSettings;

use self::authentication::FindKeys;
use self::batch::Batches;
use self::health::Readiness;
use self::master_key::MasterKeys;
use self::read_log::RecordReads;
use self::refusals::Refusals;
use self::secret::FindValues;
use self::values::Values;
use crate::crypto::{Entropy, PasswordHasher, entropy};
use crate::domain::{Clock, Time};
use crate::oidc::Provider;
use crate::store::{self, Store};
use crate::worker::Worker;
use strongroom_shared::Uuid;

/// The rules that an operator may set.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The largest value, in bytes of encoded JSON.
    pub value_bytes: usize,
    /// How long a deleted secret can be restored.
    pub restore_window: Duration,
    /// How many older values of a secret are kept.
    pub keep_versions: u32,
    /// How long a session lasts, used or not.
    pub session_lifetime: Duration,
    /// How long a session lasts that is not used.
    pub session_idle: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            value_bytes: strongroom_shared::limit::SECRET_VALUE_BYTES,
            restore_window: Duration::from_hours(7 * 24),
            keep_versions: 10,
            session_lifetime: Duration::from_hours(12),
            session_idle: Duration::from_hours(1),
        }
    }
}

/// What every use case needs. One per process.
pub struct Service {
    store: Store,
    values: Values,
    keys: MasterKeys,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    passwords: Arc<PasswordHasher>,
    /// Hashing a password takes 46 MiB and a core for a while: a flood of log-ins waits here instead.
    hashing: Arc<Semaphore>,
    /// Those who may wait for that; more are sent away.
    hashing_queue: Arc<Semaphore>,
    rules: Rules,
    keys_by_token: Batches<FindKeys>,
    values_by_name: Batches<FindValues>,
    reads: Arc<Batches<RecordReads>>,
    refusals: Refusals,
    /// Further workers, for the probes.
    workers: std::sync::Mutex<Vec<Worker>>,
    readiness: Readiness,
    provider: Option<Provider>,
}

/// Does what ends in an answer, and holds the answer back while it rests on changes that are not on the disk yet.
/// Whatever answers a request is wrapped in it.
///
/// # Errors
/// Those changes could not be made sure of.
pub async fn settled<T>(work: impl Future<Output = T>) -> Result<T> {
    Ok(store::settled(work).await?)
}

impl Service {
    fn now(&self) -> Time {
        self.clock.now()
    }

    fn new_id(&self) -> Uuid {
        entropy::new_id(&*self.entropy, self.now())
    }

    /// Ends it: what was acknowledged is durable already, this records what was only counted, and closes the files.
    ///
    /// # Errors
    /// The store failed while closing.
    pub async fn close(&self) -> Result<()> {
        if let Err(error) = self.refusals.flush().await {
            tracing::warn!(%error, "could not record repeated refusals");
        }
        Ok(self.store.clone().close().await?)
    }
}
