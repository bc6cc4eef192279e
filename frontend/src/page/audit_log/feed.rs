//! The entries as they come in: the newest at the start, older ones on demand, new ones while people watch.
//!
//! Each answer belongs to the filter it was asked for; one that comes too late is dropped.

use std::sync::Arc;
use std::time::Duration;

use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::LongInt;
use strongroom_shared::operation::{AuditEntry, AuditFilter, IntTest};

use crate::api::{self, ApiError};
use crate::browser;
use crate::fetched::Progress;
use crate::session::Session;

const PAGE: i32 = 100;

/// As many new entries as are asked for at once. More than that in three seconds, and the feed starts over.
const NEWS: i32 = 500;

const EVERY: Duration = Duration::from_secs(3);

/// How long nobody has to move before the feed stops asking: it would keep the session of somebody who has left.
const AWAY_MS: f64 = 30.0 * 60.0 * 1000.0;

/// Lower than this, people are reading what new entries must not move.
const TOP_PX: f64 = 120.0;

#[derive(Clone, Copy)]
pub struct Feed {
    /// The entries that are shown, the newest first; `None` until they have been fetched once.
    pub entries: RwSignal<Option<Vec<Arc<AuditEntry>>>>,
    /// Newer ones that wait until nobody is reading further down.
    pub waiting: RwSignal<Vec<Arc<AuditEntry>>>,
    /// Whether there are no older ones.
    pub is_whole: RwSignal<bool>,
    /// How far fetching is, other than by the live feed.
    pub progress: Progress,
    pub live: RwSignal<bool>,
    /// Why they do not, although they should.
    pub interruption: RwSignal<Option<ApiError>>,
    /// Whether they do not, because nobody has been here for a while.
    pub away: RwSignal<bool>,
    /// The newest entry that came in while people watched; those after it are marked.
    pub seen: RwSignal<LongInt>,
    filter: Signal<AuditFilter>,
    asking: StoredValue<bool>,
    moved: StoredValue<f64>,
    session: Session,
}

impl Feed {
    /// A feed of what passes the filter. It starts over whenever that changes.
    pub fn new(filter: Signal<AuditFilter>) -> Self {
        let feed = Self {
            entries: RwSignal::new(None),
            waiting: RwSignal::default(),
            is_whole: RwSignal::new(false),
            progress: Progress::new(),
            live: RwSignal::new(true),
            interruption: RwSignal::new(None),
            away: RwSignal::new(false),
            seen: RwSignal::default(),
            filter,
            asking: StoredValue::new(false),
            moved: StoredValue::new(Date::now()),
            session: Session::expect(),
        };
        Effect::new(move |_| {
            filter.track();
            feed.start_over();
        });
        feed.keep_coming();
        feed
    }

    pub fn start_over(self) {
        self.waiting.set(Vec::new());
        self.progress.wait(api::audit::list(self.filter.get_untracked(), PAGE), move |entries| {
            if let Some(entries) = &entries {
                self.interruption.set(None);
                self.is_whole.set(is_last_page(entries));
                self.seen.set(entries.first().map_or(LongInt(0), |entry| entry.sequence));
            }
            // Without an answer nothing is shown: what is there passed another filter, perhaps.
            self.entries.set(entries.map(shared));
        });
    }

    pub fn load_older(self) {
        let is_idle = !self.progress.loading.get_untracked() && !self.is_whole.get_untracked();
        let last = self.entries.with_untracked(|entries| Some(entries.as_ref()?.last()?.sequence));
        let Some(last) = last.filter(|_| is_idle) else {
            return;
        };
        let older = self.narrowed(IntTest { lt: Some(last), ..IntTest::default() });
        self.progress.wait(api::audit::list(older, PAGE), move |entries| {
            if let Some(entries) = entries {
                self.is_whole.set(is_last_page(&entries));
                self.entries.update(|shown| shown.get_or_insert_default().extend(shared(entries)));
            }
        });
    }

    fn narrowed(self, sequence: IntTest) -> AuditFilter {
        AuditFilter { sequence: Some(sequence), ..self.filter.get_untracked() }
    }

    pub fn show_waiting(self) {
        let waiting = self.waiting.try_update(std::mem::take).unwrap_or_default();
        if !waiting.is_empty() {
            self.put_first(waiting);
        }
    }

    fn put_first(self, mut news: Vec<Arc<AuditEntry>>) {
        self.entries.update(|shown| {
            news.extend(shown.take().unwrap_or_default());
            *shown = Some(news);
        });
    }

    /// Asks for news while the feed is live and people look at the tab, and when they come back to it.
    fn keep_coming(self) {
        let timer = set_interval_with_handle(move || self.ask_for_news(), EVERY);
        on_cleanup(move || {
            if let Ok(timer) = timer {
                timer.clear();
            }
        });
        browser::on_return(move || self.ask_for_news());
        browser::listen(leptos::ev::scroll, move |_| {
            self.notice_somebody();
            if is_at_top() {
                self.show_waiting();
            }
        });
        browser::listen(leptos::ev::keydown, move |_| self.notice_somebody());
        browser::listen(leptos::ev::pointermove, move |_| self.notice_somebody());
    }

    fn notice_somebody(self) {
        self.moved.set_value(Date::now());
        if self.away.get_untracked() {
            self.away.set(false);
            self.ask_for_news();
        }
    }

    fn ask_for_news(self) {
        if Date::now() - self.moved.get_value() > AWAY_MS {
            if !self.away.get_untracked() {
                self.away.set(true);
            }
            return;
        }
        let is_idle = !self.progress.loading.get_untracked() && !self.asking.get_value();
        if !(self.live.get_untracked() && is_idle && browser::is_visible()) {
            return;
        }
        if self.entries.with_untracked(Option::is_none) {
            return self.start_over();
        }
        let round = self.progress.round();
        self.asking.set_value(true);
        let newer = self.narrowed(IntTest { gt: Some(self.newest()), ..IntTest::default() });
        spawn_local(async move {
            let answer = api::audit::list(newer, NEWS).await;
            self.asking.try_set_value(false);
            if !self.progress.is_at(round) {
                return;
            }
            match answer {
                Ok(news) => {
                    self.interruption.set(None);
                    self.take_in(news);
                }
                Err(ApiError::Unauthenticated(_)) if !browser::has_open_dialog() => self.session.end(),
                Err(error) => self.interruption.set(Some(error)),
            }
        });
    }

    fn take_in(self, news: Vec<AuditEntry>) {
        if news.is_empty() {
            return;
        }
        if i32::try_from(news.len()).is_ok_and(|count| count >= NEWS) {
            return self.start_over();
        }
        let news = shared(news);
        if is_at_top() {
            self.show_waiting();
            self.put_first(news);
        } else {
            self.waiting.update(|waiting| {
                waiting.splice(0..0, news);
            });
        }
    }

    fn newest(self) -> LongInt {
        let first = |entries: &Vec<Arc<AuditEntry>>| entries.first().map(|entry| entry.sequence);
        self.waiting
            .with_untracked(first)
            .or_else(|| self.entries.with_untracked(|entries| entries.as_ref().and_then(first)))
            .unwrap_or_default()
    }
}

fn shared(entries: Vec<AuditEntry>) -> Vec<Arc<AuditEntry>> {
    entries.into_iter().map(Arc::new).collect()
}

fn is_last_page(entries: &[AuditEntry]) -> bool {
    i32::try_from(entries.len()).is_ok_and(|count| count < PAGE)
}

fn is_at_top() -> bool {
    window().scroll_y().unwrap_or_default() < TOP_PX
}
