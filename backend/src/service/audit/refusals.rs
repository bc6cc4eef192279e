//! Records refusals and folds repeated ones: however many requests a principal sends, the audit log gets one entry at once
//! and then at most one a minute, with the number of refusals since.
//!
//! The first refusal is durable before it or a repeat is answered. Repeats are counted in memory: a graceful shutdown
//! records them, a kill loses at most the last minute's. Each server folds separately.
//!
//! To record another kind of refusal: an action, and a call of [`Service::record_refusal`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{join, join_all};
use strongroom_shared::Uuid;
use tokio::sync::OnceCell;

use crate::domain::refusal::{Refused, Repeats};
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject, RevokedKey, User, UserId};
use crate::service::audit::object::named_object;
use crate::service::audit::reads::{Read, RecordReads};
use crate::service::batch::BatchLoader;
use crate::service::{Result, Service};
use crate::store;

/// The time for which repeats are counted before they are recorded.
const WINDOW: Duration = Duration::from_mins(1);
/// The principals counted separately at a time. All others share one count per team and action.
const PRINCIPALS: usize = 1000;

#[derive(Clone)]
pub struct Refusals {
    log: Arc<BatchLoader<RecordReads>>,
    /// The refusals recorded within the last minute, with their repeats since.
    windows: Arc<Mutex<Windows>>,
}

type Windows = HashMap<Refused, Window>;

/// A minute, or several in a row, in which refusals of the same kind are folded. One task closes it.
#[derive(Default)]
struct Window {
    /// Set when the first refusal is recorded; until then, one refusal tries to be recorded and the others wait.
    first: Arc<OnceCell<()>>,
    repeats: Option<Repeats>,
}

impl Window {
    fn add(&mut self, event: AuditEvent) {
        match &mut self.repeats {
            Some(repeats) => repeats.add(event),
            none => *none = Some(Repeats::new(event)),
        }
    }
}

impl Service {
    /// Records a refusal, or counts it if the same one has just been recorded.
    pub(in crate::service) async fn record_refusal(&self, event: AuditEvent) -> Result<()> {
        self.refusals.record(event).await
    }

    /// Records that an operation was refused. A failure to record it is only logged.
    pub async fn record_denied(&self, actor: &Actor, reason: String) {
        let object = AuditObject { detail: Some(reason), ..AuditObject::default() };
        let event = AuditEvent::by(actor, self.now(), AuditAction::RefusedRequest, object);
        self.try_to_record(event).await;
    }

    pub(in crate::service) async fn record_unusable_key(&self, key: RevokedKey, reason: &str, address: &str) {
        let object = named_object(key.id.0, &key.name, Some(reason.to_owned()));
        let event = AuditEvent {
            actor_kind: "api_key",
            actor_id: Some(key.id.0),
            actor_name: key.name,
            address: address.to_owned(),
            ..AuditEvent::by_system(key.team_id, self.now(), AuditAction::RefusedApiKey, object)
        };
        self.try_to_record(event).await;
    }

    /// Records a wrong password in the log of the person's team. Without one, it takes the same time, against enumeration.
    pub(in crate::service) async fn record_wrong_password(
        &self,
        user: Option<&User>,
        address: &str,
        what: Option<&str>,
    ) -> Result<()> {
        let id = user.map_or(UserId(Uuid::nil()), |user| user.id);
        let team = store::user::find_home_team(&self.store, id).await?;
        let event = user.zip(team).map(|(user, team)| {
            let object = AuditObject { detail: what.map(str::to_owned), ..AuditObject::default() };
            AuditEvent {
                actor_kind: "nobody",
                actor_id: None,
                ..AuditEvent::by_person(user, team, self.now(), AuditAction::RefusedLogIn, object, address)
            }
        });
        self.refusals.record_in_equal_time(event).await
    }

    pub(in crate::service) async fn try_to_record(&self, event: AuditEvent) {
        if let Err(error) = self.record_refusal(event).await {
            tracing::error!(%error, "could not record a refusal");
        }
    }
}

impl Refusals {
    pub fn new(log: Arc<BatchLoader<RecordReads>>) -> Self {
        Self { log, windows: Arc::default() }
    }

    async fn record(&self, event: AuditEvent) -> Result<()> {
        let (first, _) = self.find_window(&event);
        self.record_in(&first, event).await
    }

    /// Takes the same time whether there is an event to record, a repeat to count, or nothing.
    async fn record_in_equal_time(&self, event: Option<AuditEvent>) -> Result<()> {
        let Some(event) = event else { return self.write(None).await };
        let (first, is_new) = self.find_window(&event);
        let record = self.record_in(&first, event);
        if is_new {
            return record.await;
        }
        let (recorded, written) = join(record, self.write(None)).await;
        recorded.and(written)
    }

    /// Records an event as the first of its window, or counts it as a repeat once the first is durable, or if that fails.
    async fn record_in(&self, first: &OnceCell<()>, event: AuditEvent) -> Result<()> {
        let mut is_first = false;
        let recorded = first
            .get_or_try_init(|| {
                is_first = true;
                self.write(Some(event.clone()))
            })
            .await;
        let recorded = recorded.copied();
        if !is_first || recorded.is_err() {
            let mut windows = self.windows();
            let (window, _) = self.open_window(&mut windows, &event);
            window.add(event);
        }
        recorded
    }

    pub async fn flush(&self) -> Result<()> {
        let counted: Vec<_> = self.windows().drain().collect();
        let writes = counted.into_iter().filter_map(|(refused, window)| {
            let event = window.repeats?.fold(&refused);
            Some(self.write(Some(event)))
        });
        join_all(writes).await.into_iter().collect()
    }

    /// Whether the first event of a window is recorded, and whether the window is new.
    fn find_window(&self, event: &AuditEvent) -> (Arc<OnceCell<()>>, bool) {
        let mut windows = self.windows();
        let (window, is_new) = self.open_window(&mut windows, event);
        (Arc::clone(&window.first), is_new)
    }

    /// Finds or opens an event's window. Returns whether it is new.
    fn open_window<'w>(&self, windows: &'w mut Windows, event: &AuditEvent) -> (&'w mut Window, bool) {
        let mut refused = Refused::of(event);
        if windows.len() >= PRINCIPALS && !windows.contains_key(&refused) {
            refused = Refused::several(event);
        }
        match windows.entry(refused) {
            Entry::Occupied(entry) => (entry.into_mut(), false),
            Entry::Vacant(entry) => {
                // A task of its own, which closes the window even if the client disconnects.
                tokio::spawn(self.clone().close_window(entry.key().clone()));
                (entry.insert(Window::default()), true)
            }
        }
    }

    /// Records the repeats of each minute, until one passes without any.
    async fn close_window(self, refused: Refused) {
        loop {
            tokio::time::sleep(WINDOW).await;
            let Some(repeats) = self.take(&refused) else { return };
            if let Err(error) = self.write(Some(repeats.fold(&refused))).await {
                tracing::warn!(%error, "could not record repeated refusals; will retry");
                let mut windows = self.windows();
                let window = windows.entry(refused.clone()).or_default();
                let mut all = repeats;
                if let Some(later) = window.repeats.take() {
                    all.append(later);
                }
                window.repeats = Some(all);
            }
        }
    }

    /// Takes the repeats counted so far, or closes the window if there are none.
    fn take(&self, refused: &Refused) -> Option<Repeats> {
        let mut windows = self.windows();
        let repeats = windows.get_mut(refused)?.repeats.take();
        if repeats.is_none() {
            windows.remove(refused);
        }
        repeats
    }

    async fn write(&self, event: Option<AuditEvent>) -> Result<()> {
        self.log.request(Read { event, secret: None, first: None }).await
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
