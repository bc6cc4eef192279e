//! The names as the server has them: fetched at the start, after each change, and when people come back to the tab.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::names::Names;
use super::{Opened, heading};
use crate::api::{self, ApiError};
use crate::browser;
use crate::session::Session;

/// The names as the server had them last.
#[derive(Clone, Copy)]
pub struct SecretList {
    /// The names; `None` until they have been fetched once.
    pub names: Memo<Option<Arc<Names>>>,
    fetch: Action<(), Result<Arc<Names>, ApiError>>,
    /// Whether they are being fetched.
    pub loading: Memo<bool>,
    opened: Signal<Option<Opened>>,
}

impl SecretList {
    /// A list that has not been fetched yet. While a dialog is `opened`, nothing takes the page away.
    pub fn new(opened: Signal<Option<Opened>>) -> Self {
        let fetch = Action::new_local(|(): &()| async {
            api::secret_names().await.map(|names| Arc::new(Names::new(names)))
        });
        // A failure leaves the names that are known; an answer like the one before changes nothing.
        let names = Memo::new(
            move |before: Option<&Option<Arc<Names>>>| match fetch.value().get() {
                Some(Ok(names)) => Some(names),
                Some(Err(_)) | None => before.cloned().flatten(),
            },
        );
        Self {
            names,
            fetch,
            loading: fetch.pending(),
            opened,
        }
    }

    /// Fetches now, and whenever people come back to this tab: others may have changed something meanwhile.
    pub fn keep_fresh(self) {
        self.refresh();
        let session = Session::expect();
        let shown = window_event_listener_untyped("visibilitychange", move |_| {
            if browser::is_visible() {
                self.refresh();
                let in_use = self.opened.with_untracked(Option::is_some);
                spawn_local(session.recheck(in_use));
            }
        });
        on_cleanup(move || shown.remove());

        Effect::new(move |_| {
            let ended = matches!(self.fetch.value().get(), Some(Err(ApiError::Unauthenticated)));
            // Not while something is being typed: the dialog tells it when it matters. Nor while it is being asked
            // again, because somebody may have logged in again in another tab.
            if ended && self.opened.get().is_none() && !self.loading.get() {
                session.end();
            }
        });
        Effect::new(move |known: Option<bool>| {
            let names = self.names.with(Option::is_some);
            // The first names take no row away, and the focus belongs where the browser put it.
            if known == Some(true) {
                request_animation_frame(heading::catch_focus);
            }
            names
        });
    }

    /// Fetches in the background.
    pub fn refresh(self) {
        self.fetch.dispatch_local(());
    }

    /// Why it could not be fetched the last time.
    pub fn error(self) -> Option<ApiError> {
        self.fetch.value().get().and_then(Result::err)
    }
}
