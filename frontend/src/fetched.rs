//! What a page has fetched: at the start, after each change, and when people come back to the tab.
//!
//! Nothing is asked for while nobody looks or does something.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{ApiError, Reply};
use crate::browser;
use crate::session::Session;

/// What the server answered last.
pub struct Fetched<Data: Send + Sync + 'static> {
    /// The data; `None` until it has been fetched once.
    pub data: RwSignal<Option<Arc<Data>>>,
    ask: StoredValue<Rc<dyn Fn() -> Reply<Data>>, LocalStorage>,
    progress: Progress,
}

/// How far a [`Fetched`] is, whatever it fetches.
#[derive(Clone, Copy)]
pub struct Status {
    pub is_known: Signal<bool>,
    pub is_loading: Signal<bool>,
    pub error: Signal<Option<ApiError>>,
    pub retry: Callback<()>,
}

/// What does not depend on what is fetched.
#[derive(Clone, Copy)]
struct Progress {
    loading: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    /// Counts the requests: only the last one's answer is of interest.
    round: StoredValue<u32>,
    session: Session,
}

impl Progress {
    fn new() -> Self {
        Self {
            loading: RwSignal::new(false),
            error: RwSignal::new(None),
            round: StoredValue::new(0),
            session: Session::expect(),
        }
    }

    fn begin(self) -> u32 {
        self.loading.set(true);
        let next = self.round.get_value() + 1;
        self.round.set_value(next);
        next
    }

    /// Whether the page is still there, and has not asked again meanwhile.
    fn is_last(self, round: u32) -> bool {
        self.round.try_get_value() == Some(round)
    }

    fn end(self, error: Option<ApiError>) {
        self.loading.set(false);
        if error.as_ref().is_some_and(ApiError::is_unauthenticated) {
            self.session.end();
        }
        if *self.error.read_untracked() != error {
            self.error.set(error);
        }
    }
}

impl<Data: Send + Sync + 'static> Clone for Fetched<Data> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Data: Send + Sync + 'static> Copy for Fetched<Data> {}

impl<Data: Send + Sync + PartialEq + 'static> Fetched<Data> {
    /// Fetches now, and whenever people come back to this tab: others may have changed something meanwhile. When the
    /// session turns out to have ended, the page says so.
    pub fn new(ask: impl Fn() -> Reply<Data> + 'static) -> Self {
        let fetched = Self {
            data: RwSignal::new(None),
            ask: StoredValue::new_local(Rc::new(ask)),
            progress: Progress::new(),
        };
        fetched.refresh();
        let shown = window_event_listener_untyped("visibilitychange", move |_| {
            if browser::is_visible() {
                fetched.refresh();
            }
        });
        on_cleanup(move || shown.remove());
        fetched
    }

    pub fn refresh(self) {
        // A page that is gone wants nothing any more.
        let Some(asked) = self.ask.try_with_value(|ask| ask()) else {
            return;
        };
        let round = self.progress.begin();
        spawn_local(async move {
            let answer = asked.await;
            if self.progress.is_last(round) {
                self.learn(answer);
            }
        });
    }

    /// A failure leaves what is known; an answer like the one before changes nothing.
    fn learn(self, answer: Result<Data, ApiError>) {
        let error = match answer {
            Ok(data) => {
                let before = self.data.get_untracked();
                if before.as_deref() != Some(&data) {
                    self.data.set(Some(Arc::new(data)));
                    // The first rows take no other away, and the focus belongs where the browser put it.
                    if before.is_some() {
                        request_animation_frame(browser::catch_focus);
                    }
                }
                None
            }
            Err(error) => Some(error),
        };
        self.progress.end(error);
    }

    pub fn status(self) -> Status {
        Status {
            is_known: Memo::new(move |_| self.data.with(Option::is_some)).into(),
            is_loading: self.progress.loading.into(),
            error: self.progress.error.into(),
            retry: Callback::new(move |()| self.refresh()),
        }
    }

    pub fn error(self) -> Option<ApiError> {
        self.progress.error.get()
    }
}
