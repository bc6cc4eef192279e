//! Health checks for load balancers and orchestrators.
//!
//! Alive: the process works, or can recover by itself. Ready: requests can be answered now. The probes are
//! unauthenticated, so concurrent ones share a check, whose outcome is cached for a second, or until a write or a request
//! to Vault fails.
//!
//! To add a condition: a variant of [`Unready`] and a check in `check_all_conditions`.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use strongroom_shared::Uuid;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Result, Service};
use crate::crypto::digest;
use crate::store::{self, Unusable};
use crate::worker::Worker;

/// The time for which an outcome is cached.
const FRESH: Duration = Duration::from_secs(1);
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Why the server is not ready, or not alive. The texts are public: they hold no paths, addresses or foreign messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unready {
    #[error("a background worker has stopped: {0}")]
    Worker(&'static str),
    #[error(transparent)]
    Store(#[from] Unusable),
    #[error("Vault does not answer, or refuses our credential")]
    Vault,
    #[error("the check took too long")]
    Slow,
}

#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<Known>>);

struct Known {
    at: Instant,
    failures: u64,
    outcome: std::result::Result<(), Unready>,
}

impl Service {
    /// Registers a worker, for the probes and to be stopped with the service.
    pub fn keep_worker(&self, worker: Worker) {
        self.kept_workers().push(worker);
    }

    pub fn stop_workers(&self) {
        self.kept_workers().iter().for_each(Worker::stop);
    }

    fn kept_workers(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own_workers(&self) -> [&Worker; 7] {
        [
            self.store.worker(),
            self.generation.worker(),
            self.keys_by_token.worker(),
            self.values_by_name.worker(),
            self.reads.worker(),
            self.news_by_team.worker(),
            self.first_reads.worker(),
        ]
    }

    /// The names of all workers in metrics.
    pub fn worker_names(&self) -> Vec<&'static str> {
        self.own_workers().into_iter().chain(self.kept_workers().iter()).map(Worker::name).collect()
    }

    /// Fails if only a restart helps.
    pub fn check_alive(&self) -> std::result::Result<(), Unready> {
        let kept = self.kept_workers();
        let stopped = self.own_workers().into_iter().chain(kept.iter()).find(|worker| !worker.is_running());
        stopped.map_or(Ok(()), |stopped| Err(Unready::Worker(stopped.name())))
    }

    /// Checks that requests can be answered: the store takes reads and writes, and Vault, if configured, answers.
    pub async fn check_ready(&self) -> std::result::Result<(), Unready> {
        self.check_alive()?;
        // Concurrent probes wait here and share the outcome.
        let mut known = self.readiness.0.lock().await;
        let failures = self.store.write_failures() + self.values.failures();
        if let Some(known) = &*known
            && known.at.elapsed() < FRESH
            && (known.outcome.is_err() || known.failures == failures)
        {
            return known.outcome;
        }
        let outcome = timeout(TIME_LIMIT, self.check_all_conditions()).await.unwrap_or(Err(Unready::Slow));
        let before = known.as_ref().map_or(Ok(()), |known| known.outcome);
        match outcome {
            Err(reason) if before != outcome => tracing::warn!(%reason, "not ready"),
            Ok(()) if before.is_err() => tracing::info!("ready again"),
            _ => {}
        }
        let failures = self.store.write_failures() + self.values.failures();
        *known = Some(Known { at: Instant::now(), failures, outcome });
        outcome
    }

    /// An id of the store, which a backup keeps; `None` while it has no team.
    pub async fn find_store_id(&self) -> Result<Option<Uuid>> {
        if let Some(id) = self.store_id.get() {
            return Ok(Some(*id));
        }
        let Some(team) = store::team::find_oldest(&self.store).await? else { return Ok(None) };
        let id = digest::id_of_texts(&["strongroom store", &team.id.to_string()]);
        Ok(Some(*self.store_id.get_or_init(|| id)))
    }

    async fn check_all_conditions(&self) -> std::result::Result<(), Unready> {
        self.store.check(self.now()).await?;
        self.values.check().await.map_err(|error| {
            tracing::warn!(%error, "the readiness check of Vault failed");
            Unready::Vault
        })
    }
}
