//! Notifies the open pages of a team of its changes, on whichever server they were made.
//!
//! Every change is in the audit log, so the last entry about one is the team's revision. While a page listens, it is looked
//! up twice a second, and at once after a change by this server.
//!
//! Not here: the changes themselves. Pages request those, with their users' permissions.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use strongroom_shared::Permission;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep};

use super::batch::Loader;
use super::{Credential, Error, Result, Service, TokenHash};
use crate::domain::{Rule, SessionId, TeamId, Time};
use crate::store::{self, Store};

/// The interval between two checks; there is at most one message in each.
const INTERVAL: Duration = Duration::from_millis(500);
/// The delay between a change by this server and the check for it, so that a busy server checks once for several changes.
const SETTLING: Duration = Duration::from_millis(50);
/// The shortest time between messages about reads alone, because each message checks the session.
const READS_INTERVAL: Duration = Duration::from_secs(3);
/// The longest time without a message: proxies close connections that are silent for longer.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// The maximum number of streams of a session. The page has none in hidden tabs.
const STREAMS: usize = 16;

pub(super) struct Events {
    /// The open streams: each has the reference of its session.
    sessions: Mutex<HashMap<SessionId, Weak<()>>>,
    /// Notified after each change of this server.
    woken: watch::Sender<()>,
    /// From this moment on, all streams check at the same times, so that they share queries.
    start: Instant,
}

impl Events {
    pub(super) fn new() -> Self {
        Self { sessions: Mutex::default(), woken: watch::Sender::default(), start: Instant::now() }
    }

    /// Notified after each change of this server.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.woken.subscribe()
    }

    pub(super) fn wake(&self) {
        self.woken.send_replace(());
    }

    /// Counts a stream of the session, until the reference is dropped.
    fn admit(&self, session: SessionId) -> Result<Arc<()>> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, streams| streams.strong_count() > 0);
        let streams = sessions.get(&session).and_then(Weak::upgrade).unwrap_or_default();
        Rule::require(
            Arc::strong_count(&streams) <= STREAMS,
            "A session can have at most 16 event streams.",
        )?;
        sessions.insert(session, Arc::downgrade(&streams));
        Ok(streams)
    }
}

/// The state of a team's log: the hash and time of the last entry about a change, and the hash of the last entry.
#[derive(Clone)]
pub struct News {
    change: Vec<u8>,
    changed: Time,
    entry: Vec<u8>,
}

pub struct FindNews(pub Store);

impl Loader for FindNews {
    type Request = TeamId;
    type Answer = News;
    const NAME: &str = "find_news";

    async fn run(&self, batch: &[TeamId]) -> store::Result<Vec<News>> {
        let mut found = HashMap::new();
        for team in batch.iter().copied().collect::<HashSet<_>>() {
            let entry =
                store::audit::find_last(&self.0, team).await?.map(|last| last.hash).unwrap_or_default();
            let (change, changed) = store::audit::find_last_change(&self.0, team).await?.unwrap_or_default();
            found.insert(team, News { change, changed, entry });
        }
        Ok(batch.iter().filter_map(|team| found.get(team).cloned()).collect())
    }
}

/// The messages to one page.
pub struct EventStream {
    service: Service,
    token: TokenHash,
    team: TeamId,
    woken: watch::Receiver<()>,
    ticks: Interval,
    sent: Option<News>,
    sent_at: Instant,
    may_read_log: bool,
    _counted: Arc<()>,
}

impl EventStream {
    /// The next message: the last change, how many milliseconds ago it was, and the last entry, if the user may read the
    /// log. Fails once the session has ended or its user has left the team.
    pub async fn next(&mut self) -> Result<String> {
        self.ticks.tick().await;
        loop {
            let news = self.service.news_by_team.request(self.team).await?;
            if self.is_due(&news) {
                return self.send(news).await;
            }
            tokio::select! {
                _ = self.ticks.tick() => {}
                _ = self.woken.changed() => sleep(SETTLING).await,
            }
        }
    }

    fn is_due(&self, news: &News) -> bool {
        let Some(sent) = &self.sent else { return true };
        let silence = self.sent_at.elapsed();
        // Without the permission, nobody learns when values are read.
        let has_read = self.may_read_log && news.entry != sent.entry && silence >= READS_INTERVAL;
        news.change != sent.change || has_read || silence >= HEARTBEAT
    }

    async fn send(&mut self, news: News) -> Result<String> {
        let actor = self.service.admit_listener(&self.token, self.team).await?;
        self.may_read_log = actor.require(Permission::ReadAuditLog).is_ok();
        let age = (self.service.now() - news.changed).num_milliseconds().max(0);
        let entry = if self.may_read_log { shortened(&news.entry) } else { String::new() };
        let message = format!("{} {age} {entry}", shortened(&news.change));
        (self.sent, self.sent_at) = (Some(news), Instant::now());
        Ok(message)
    }
}

/// The start of a hash, enough to notice that it is another one.
fn shortened(hash: &[u8]) -> String {
    hex::encode(&hash[..hash.len().min(8)])
}

impl Service {
    /// Opens a stream for a session, in the team with the id `team` or in the session's own.
    pub async fn listen(
        &self,
        credential: &Credential,
        team: Option<&str>,
        address: &str,
    ) -> Result<EventStream> {
        let actor = self.authenticate(credential, team, address).await?;
        let (_, session) = actor.require_person()?;
        let mut ticks = interval_at(self.events.start, INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Ok(EventStream {
            service: self.clone(),
            token: credential.session_hash().ok_or(Error::UnknownCredential)?,
            team: actor.team_id(),
            woken: self.events.changes(),
            ticks,
            sent: None,
            sent_at: Instant::now(),
            may_read_log: false,
            _counted: self.events.admit(session)?,
        })
    }
}
