//! What a page has fetched: at the start, after each change, and when people come back to the tab.
//!
//! Nothing is asked for while nobody looks or does something.

use std::sync::Arc;

use leptos::prelude::*;

use crate::api::ApiError;
use crate::browser;
use crate::component::heading;
use crate::session::Session;

/// What the server answered last.
pub struct Fetched<Data: Send + Sync + 'static> {
    /// The data; `None` until it has been fetched once.
    pub data: Memo<Option<Arc<Data>>>,
    /// Whether it is being fetched.
    pub loading: Memo<bool>,
    fetch: Action<(), Result<Arc<Data>, ApiError>>,
}

/// How far a [`Fetched`] is, whatever it fetches.
#[derive(Clone, Copy)]
pub struct Status {
    /// Whether it has come once.
    pub is_known: Signal<bool>,
    /// Whether it is on its way.
    pub is_loading: Signal<bool>,
    /// Why it did not come the last time.
    pub error: Signal<Option<ApiError>>,
    /// Fetches again.
    pub retry: Callback<()>,
}

impl<Data: Send + Sync + 'static> Clone for Fetched<Data> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Data: Send + Sync + 'static> Copy for Fetched<Data> {}

impl<Data: Send + Sync + PartialEq + 'static> Fetched<Data> {
    /// Fetches now, and whenever people come back to this tab: others may have changed something meanwhile. When the
    /// session turns out to have ended, the page says so, but not over an open dialog.
    pub fn new<Answer>(ask: impl Fn() -> Answer + Send + Sync + 'static) -> Self
    where
        Answer: Future<Output = Result<Data, ApiError>> + 'static,
    {
        let fetch = Action::new_local(move |(): &()| {
            let answer = ask();
            async move { answer.await.map(Arc::new) }
        });
        // A failure leaves what is known; an answer like the one before changes nothing.
        let data = Memo::new(
            move |before: Option<&Option<Arc<Data>>>| match fetch.value().get() {
                Some(Ok(data)) => Some(data),
                Some(Err(_)) | None => before.cloned().flatten(),
            },
        );
        let fetched = Self {
            data,
            loading: fetch.pending(),
            fetch,
        };
        fetched.refresh();
        let shown = window_event_listener_untyped("visibilitychange", move |_| {
            if browser::is_visible() {
                fetched.refresh();
            }
        });
        on_cleanup(move || shown.remove());
        let session = Session::expect();
        Effect::new(move |_| {
            let ended = matches!(fetched.error(), Some(ApiError::Unauthenticated));
            if ended && !fetched.loading.get() && !browser::has_open_dialog() {
                session.end();
            }
        });
        Effect::new(move |known: Option<bool>| {
            let is_known = fetched.data.with(Option::is_some);
            // The first rows take no other away, and the focus belongs where the browser put it.
            if known == Some(true) {
                request_animation_frame(heading::catch_focus);
            }
            is_known
        });
        fetched
    }

    /// Fetches in the background.
    pub fn refresh(self) {
        self.fetch.dispatch_local(());
    }

    /// How far it is.
    pub fn status(self) -> Status {
        Status {
            is_known: Memo::new(move |_| self.data.with(Option::is_some)).into(),
            is_loading: self.loading.into(),
            error: Signal::derive(move || self.error()),
            retry: Callback::new(move |()| self.refresh()),
        }
    }

    /// Why it could not be fetched the last time.
    pub fn error(self) -> Option<ApiError> {
        self.fetch.value().get().and_then(Result::err)
    }
}
