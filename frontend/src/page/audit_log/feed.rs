//! The loaded entries: the newest at first, older ones on demand, new ones while the feed is live.
//!
//! A response for an old filter is dropped.

use std::sync::Arc;

use strongroom_shared::LongInt;
use strongroom_shared::operation::{AuditEntry, AuditFilter, IntTest};

use crate::fetched::Progress;
use crate::live::{self, Live};
use crate::prelude::*;

const PAGE: i32 = 100;

/// The maximum number of new entries in one request. If there are more, the feed starts over.
const NEWS: i32 = 500;

/// Below this, the user is reading, and new entries must not move the page.
const TOP_PX: f64 = 120.0;

#[derive(Clone, Copy)]
pub struct Feed {
    /// The visible entries, the newest first; `None` until they have been fetched once.
    pub entries: RwSignal<Option<Vec<Arc<AuditEntry>>>>,
    /// New entries that wait until the user scrolls to the top.
    pub waiting: RwSignal<Vec<Arc<AuditEntry>>>,
    /// Whether there are no older entries.
    pub is_whole: RwSignal<bool>,
    /// Of all requests but those of the live feed.
    pub progress: Progress,
    pub live: RwSignal<bool>,
    /// Why the live feed does not work.
    pub interruption: RwSignal<Option<ApiError>>,
    pub stream: Live,
    /// The newest entry of the first page. Later ones are marked as new.
    pub seen: RwSignal<LongInt>,
    filter: Signal<AuditFilter>,
    asking: RwSignal<bool>,
    session: Session,
}

impl Feed {
    /// Starts over whenever the filter changes.
    pub fn new(filter: Signal<AuditFilter>) -> Self {
        let stream = Live::expect();
        let feed = Self {
            entries: RwSignal::new(None),
            waiting: RwSignal::default(),
            is_whole: RwSignal::new(false),
            progress: Progress::new(),
            live: RwSignal::new(true),
            interruption: RwSignal::new(None),
            stream,
            seen: RwSignal::default(),
            filter,
            asking: RwSignal::new(false),
            session: Session::expect(),
        };
        effect(move || {
            filter.track();
            feed.start_over();
        });
        let is_busy = move || !feed.live.get() || feed.progress.loading.get() || feed.asking.get();
        let request = Box::new(move || feed.request_new_entries());
        live::follow(stream.entries, Signal::derive(is_busy), request);
        browser::listen(leptos::ev::scroll, move |_| {
            if is_at_top() {
                feed.show_waiting();
            }
        });
        feed
    }

    pub fn start_over(self) {
        self.waiting.set(Vec::new());
        self.progress.wait(api::audit_log(self.filter.get_untracked(), PAGE), move |entries| {
            if let Some(entries) = &entries {
                self.interruption.set(None);
                self.is_whole.set(is_last_page(entries));
                self.seen.set(entries.first().map_or(LongInt(0), |entry| entry.sequence));
            }
            // After an error, show nothing, because the old entries may be of another filter.
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
        self.progress.wait(api::audit_log(older, PAGE), move |entries| {
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
            self.prepend(waiting);
        }
    }

    fn prepend(self, mut news: Vec<Arc<AuditEntry>>) {
        self.entries.update(|shown| {
            news.extend(shown.take().unwrap_or_default());
            *shown = Some(news);
        });
    }

    fn request_new_entries(self) {
        if self.entries.with_untracked(Option::is_none) {
            return self.start_over();
        }
        let round = self.progress.round();
        self.asking.set(true);
        let newer = self.narrowed(IntTest { gt: Some(self.newest()), ..IntTest::default() });
        spawn_local(async move {
            let answer = api::audit_log(newer, NEWS).await;
            self.asking.try_set(false);
            if !self.progress.is_at(round) {
                return;
            }
            match answer {
                Ok(news) => {
                    self.interruption.set(None);
                    self.add_new_entries(news);
                }
                Err(ApiError::Unauthenticated(_)) if !browser::has_open_dialog() => self.session.end(),
                Err(error) => {
                    self.interruption.set(Some(error));
                    self.stream.distrust();
                }
            }
        });
    }

    fn add_new_entries(self, news: Vec<AuditEntry>) {
        if news.is_empty() {
            return;
        }
        if i32::try_from(news.len()).is_ok_and(|count| count >= NEWS) {
            return self.start_over();
        }
        let news = shared(news);
        if is_at_top() {
            self.show_waiting();
            self.prepend(news);
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
