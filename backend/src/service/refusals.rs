//! Records refusals and folds repeated ones: however much a principal sends, the audit log gets one entry immediately
//! and then at most one a minute, with the number of refusals since.
//!
//! The first refusal is durable before it is answered. Repeats are counted in memory; a graceful shutdown records them,
//! a kill loses at most the last minute's. Each server folds separately.
//!
//! Not here: the content of a folded event (`domain::refusal`), and the decision to refuse.
//!
//! To record another kind of refusal, add an action and call [`Service::record_refusal`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use strongroom_shared::Uuid;

use super::batch::Batches;
use super::read_log::{Read, RecordReads};
use super::session::home_team;
use super::{Result, Service};
use crate::domain::refusal::{Refused, Repeats};
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject, RevokedKey, User, UserId};

/// How long repeats are counted before they are recorded.
const WINDOW: Duration = Duration::from_mins(1);
/// How many principals are counted separately at a time. All others share one count per team and action.
const PRINCIPALS: usize = 1000;

/// Counts refusals.
#[derive(Clone)]
pub struct Refusals {
    log: Arc<Batches<RecordReads>>,
    /// The refusals recorded within the last minute, with their repeats since.
    windows: Arc<Mutex<HashMap<Refused, Option<Repeats>>>>,
}

impl Service {
    /// Records a refusal, or counts it if the same one has just been recorded.
    ///
    /// # Errors
    /// It can't be recorded.
    pub(super) async fn record_refusal(&self, event: AuditEvent) -> Result<()> {
        self.refusals.record(event).await
    }

    /// Records that an operation was refused, and why. A failure to record it is only logged.
    pub async fn record_denied(&self, actor: &Actor, reason: String) {
        let object = AuditObject {
            detail: Some(reason),
            ..AuditObject::default()
        };
        let event = AuditEvent::by(actor, self.now(), AuditAction::RefusedRequest, object);
        self.try_to_record(event).await;
    }

    /// Records the use of a key that no longer works.
    pub(super) async fn record_dead_key(&self, key: RevokedKey, reason: &str, address: &str) {
        let object = AuditObject {
            id: Some(key.id.0),
            name: Some(key.name.clone()),
            detail: Some(reason.to_owned()),
        };
        let event = AuditEvent {
            team_id: key.team_id,
            time: self.now(),
            action: AuditAction::RefusedApiKey,
            actor_kind: "api_key",
            actor_id: Some(key.id.0),
            actor_name: key.name,
            address: address.to_owned(),
            object,
        };
        self.try_to_record(event).await;
    }

    /// Records a wrong password, in the log of the team that the person acts in. Without such a person or team it does
    /// the same work, so that the time does not tell them apart.
    ///
    /// # Errors
    /// It is not durable.
    pub(super) async fn record_wrong_password(
        &self,
        user: Option<&User>,
        address: &str,
        what: Option<&str>,
    ) -> Result<()> {
        let id = user.map_or(UserId(Uuid::nil()), |user| user.id);
        let team = home_team(&self.store, id).await?;
        let event = user.zip(team).map(|(user, team)| {
            let object = AuditObject {
                detail: what.map(str::to_owned),
                ..AuditObject::default()
            };
            AuditEvent {
                actor_kind: "nobody",
                actor_id: None,
                ..AuditEvent::by_person(user, team, self.now(), AuditAction::RefusedLogIn, object, address)
            }
        });
        self.refusals.record_in_equal_time(event).await
    }

    async fn try_to_record(&self, event: AuditEvent) {
        if let Err(error) = self.record_refusal(event).await {
            tracing::error!(%error, "could not record a refusal");
        }
    }
}

impl Refusals {
    /// Starts without any refusals.
    pub fn new(log: Arc<Batches<RecordReads>>) -> Self {
        Self {
            log,
            windows: Arc::default(),
        }
    }

    /// See [`Service::record_refusal`].
    async fn record(&self, event: AuditEvent) -> Result<()> {
        match self.open_window(&event) {
            Some(refused) => self.record_first(refused, event).await,
            None => Ok(()),
        }
    }

    /// Takes the same time whether there is an event to record, a repeat to count, or nothing.
    async fn record_in_equal_time(&self, event: Option<AuditEvent>) -> Result<()> {
        let first = event.and_then(|event| Some((self.open_window(&event)?, event)));
        match first {
            Some((refused, event)) => self.record_first(refused, event).await,
            None => self.write(None).await,
        }
    }

    async fn record_first(&self, refused: Refused, event: AuditEvent) -> Result<()> {
        // The window has to be closed even if the client disconnects.
        tokio::spawn(self.clone().close_window(refused.clone()));
        let recorded = self.write(Some(event)).await;
        if recorded.is_err() {
            // The next one is the first again.
            let mut windows = self.windows();
            if windows.get(&refused).is_some_and(Option::is_none) {
                windows.remove(&refused);
            }
        }
        recorded
    }

    /// Records all repeats that have been counted so far.
    ///
    /// # Errors
    /// They can't be recorded.
    pub async fn flush(&self) -> Result<()> {
        let counted: Vec<_> = self.windows().drain().collect();
        let writes = counted.into_iter().filter_map(|(refused, repeats)| {
            let event = repeats?.fold(&refused);
            Some(self.write(Some(event)))
        });
        join_all(writes).await.into_iter().collect()
    }

    /// Counts a repeat, or opens a window for a first refusal, which has to be recorded immediately.
    fn open_window(&self, event: &AuditEvent) -> Option<Refused> {
        let mut windows = self.windows();
        let mut refused = Refused::of(event);
        if windows.len() >= PRINCIPALS && !windows.contains_key(&refused) {
            refused = Refused::several(event);
        }
        if let Some(repeats) = windows.get_mut(&refused) {
            match repeats {
                Some(repeats) => repeats.add(event.clone()),
                None => *repeats = Some(Repeats::new(event.clone())),
            }
            return None;
        }
        windows.insert(refused.clone(), None);
        Some(refused)
    }

    /// Records the repeats of each minute, until one passes without any.
    async fn close_window(self, refused: Refused) {
        loop {
            tokio::time::sleep(WINDOW).await;
            let Some(repeats) = self.take(&refused) else {
                return;
            };
            if let Err(error) = self.write(Some(repeats.fold(&refused))).await {
                tracing::warn!(%error, "could not record repeated refusals; will retry");
                let mut windows = self.windows();
                let later = windows.entry(refused.clone()).or_default();
                let mut all = repeats;
                if let Some(later) = later.take() {
                    all.append(later);
                }
                *later = Some(all);
            }
        }
    }

    /// Takes the repeats counted so far; closes the window if there are none.
    fn take(&self, refused: &Refused) -> Option<Repeats> {
        let mut windows = self.windows();
        let repeats = windows.get_mut(refused)?.take();
        if repeats.is_none() {
            windows.remove(refused);
        }
        repeats
    }

    async fn write(&self, event: Option<AuditEvent>) -> Result<()> {
        self.log.ask(Read { event, secret: None }).await
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<Refused, Option<Repeats>>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
