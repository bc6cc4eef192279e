//! The use cases: parse the input, then read, or make a change through the runner (`change`).
//!
//! An expected refusal is an [`Answer`], a failure an [`Error`]. Every function that acts for a caller takes the
//! [`Actor`](crate::domain::Actor), and every query is scoped by the actor's team.
//!
//! Not here: requests and responses (`http`, `graphql`), and persistence (`store`).
//!
//! To add a use case: a function in the file of its aggregate, its audit action, and a row in the end-to-end test that
//! walks every field with every role.

mod admission;
mod audit;
mod backup;
mod batch;
mod change;
mod error;
mod events;
mod health;
mod identity;
mod keys;
mod location;
mod maintenance;
mod master_key;
mod private_file;
mod read_cache;
mod recorded;
mod secret;
mod startup;
mod team;
mod values;
mod webhook;

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;

pub use crate::crypto::TokenHash;
pub use crate::domain::kv::{KvEngine, KvMounts};
pub use audit::archive::Archived;
pub use audit::{KeptCheckpoint, Verification};
pub use backup::{Figures, check as check_backup, restore as restore_backup};
pub use change::Answer;
pub use error::{Error, Result};
pub use events::EventStream;
pub use health::Unready;
pub use identity::authentication::Credential;
pub use identity::login::{LoggedInProgram, LoginRefusal, Workload};
pub use identity::session::{LogInOutcome, LoggedIn};
pub use identity::single_sign_on::{
    Problem, SINGLE_SIGN_ON_CALLBACK, SINGLE_SIGN_ON_PATH, refuse_single_sign_on,
};
pub use keys::rotation::Progress;
pub use location::{Location, Sensitive};
pub use master_key::{COMMAND as MASTER_KEY_COMMAND, KeySource, VARIABLE as MASTER_KEY_VARIABLE};
pub use secret::SecretAnswer;
pub use secret::access::SecretAccess;
pub use secret::delete::{SecretsAnswer, SecretsRefused};
pub use secret::import::Imported;
pub use secret::kv::{KvDeletion, KvFound, KvMetadata, KvOperation, KvUnexpected, KvVersion};
pub use secret::page::{SecretPage, SecretRow};
pub use team::invitation::InvitationFor;
pub use values::ValueSettings;
pub use webhook::delivery::NAME as WEBHOOKS;

use self::audit::reads::RecordReads;
use self::audit::refusals::Refusals;
use self::batch::BatchLoader;
use self::events::{Events, FindNews};
use self::health::Readiness;
use self::identity::authentication::FindKeys;
use self::identity::issuers::Issuers;
use self::master_key::MasterKeys;
use self::read_cache::{ReadCache, ReadGeneration};
use self::secret::read::FindValues;
use self::values::Values;
use self::webhook::first_read::{FindFirstReads, SeenReads};
use crate::crypto::{Entropy, PasswordHasher, entropy};
use crate::domain::filter::Window;
use crate::domain::{Actor, Clock, Time};
use crate::egress::Egress;
use crate::oidc::Provider;
use crate::store::{self, Store};
use crate::worker::Worker;
use strongroom_shared::Uuid;

#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The largest value, in bytes of encoded JSON.
    pub value_bytes: usize,
    pub restore_window: Duration,
    /// The older values of a secret that are kept.
    pub keep_versions: u32,
    /// The lifetime of a session, even if it is in use.
    pub session_lifetime: Duration,
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

/// A handle that is cheap to clone; one per process.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

pub struct Inner {
    store: Store,
    values: Arc<Values>,
    keys: Arc<MasterKeys>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    passwords: Arc<PasswordHasher>,
    /// Hashing a password takes 46 MiB and a core for a while: a flood of logins waits here.
    hashing: Arc<Semaphore>,
    /// The logins that may wait; more are refused.
    hashing_queue: Arc<Semaphore>,
    rules: Rules,
    generation: BatchLoader<ReadGeneration>,
    cache: Arc<ReadCache>,
    keys_by_token: BatchLoader<FindKeys>,
    values_by_name: BatchLoader<FindValues>,
    reads: Arc<BatchLoader<RecordReads>>,
    refusals: Refusals,
    events: Events,
    news_by_team: BatchLoader<FindNews>,
    /// Further workers, for the probes.
    workers: std::sync::Mutex<Vec<Worker>>,
    readiness: Readiness,
    store_id: OnceLock<Uuid>,
    provider: OnceLock<Provider>,
    webhooks: OnceLock<Egress>,
    issuers: OnceLock<Issuers>,
    first_reads: BatchLoader<FindFirstReads>,
    seen_reads: SeenReads,
}

impl Deref for Service {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

fn after(time: Time, duration: Duration) -> Option<Time> {
    time.checked_add_signed(chrono::TimeDelta::from_std(duration).ok()?)
}

/// Reads part of a list from the store, within the budget of the actor's request.
async fn list<Row, Reading: Future<Output = store::Result<Vec<Row>>>>(
    actor: &Actor,
    window: Window,
    read: impl FnOnce(Window) -> Reading,
) -> Result<Vec<Row>> {
    actor.budget.list(window, |window| async move { Ok(read(window).await?) }).await
}

/// Reads a single thing from the store, which costs as much as a short list.
async fn read_one<T: Default>(actor: &Actor, reading: impl Future<Output = store::Result<T>>) -> Result<T> {
    let read = list(actor, Window::default(), |_| async { Ok(vec![reading.await?]) });
    Ok(read.await?.pop().unwrap_or_default())
}

impl Service {
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The time by the server's clock.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The time that long ago, but not before the epoch.
    fn before_now(&self, duration: Duration) -> Time {
        let duration = chrono::TimeDelta::from_std(duration).unwrap_or(chrono::TimeDelta::MAX);
        self.now().checked_sub_signed(duration).unwrap_or(Time::UNIX_EPOCH).max(Time::UNIX_EPOCH)
    }

    pub fn new_id(&self) -> Uuid {
        entropy::new_id(&*self.entropy, self.now())
    }

    /// Records repeated refusals, which were only counted, and closes the files. Everything acknowledged is already durable.
    pub async fn close(&self) -> Result<()> {
        if let Err(error) = self.refusals.flush().await {
            tracing::warn!(%error, "could not record repeated refusals");
        }
        Ok(self.store.clone().close().await?)
    }
}
