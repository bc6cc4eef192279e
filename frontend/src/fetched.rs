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

pub struct Fetched<Data: Send + Sync + 'static> {
    /// The data; `None` until it has been fetched once.
    pub data: RwSignal<Option<Arc<Data>>>,
    ask: StoredValue<Rc<dyn Fn() -> Reply<Data>>, LocalStorage>,
    progress: Progress,
}

#[derive(Clone, Copy)]
pub struct Status {
    pub is_known: Signal<bool>,
    pub is_loading: Signal<bool>,
    pub error: Signal<Option<ApiError>>,
    pub retry: Callback<()>,
}

/// What does not depend on what is fetched.
#[derive(Clone, Copy)]
pub struct Progress {
    pub loading: RwSignal<bool>,
    pub error: RwSignal<Option<ApiError>>,
    /// Counts the requests: only the last one's answer is of interest.
    round: StoredValue<u32>,
    session: Session,
}

impl Progress {
    pub fn new() -> Self {
        Self {
            loading: RwSignal::new(false),
            error: RwSignal::new(None),
            round: StoredValue::new(0),
            session: Session::expect(),
        }
    }

    /// `learn` gets the data, or `None` where there is none, unless the page is gone by then or has asked again.
    pub fn wait<Data: 'static>(self, asked: Reply<Data>, learn: impl FnOnce(Option<Data>) + 'static) {
        self.loading.set(true);
        let round = self.round() + 1;
        self.round.set_value(round);
        let learn: Box<dyn FnOnce(Option<Data>)> = Box::new(learn);
        spawn_local(async move {
            let answer = asked.await;
            if self.is_at(round) {
                self.loading.set(false);
                let (data, error) =
                    answer.map_or_else(|error| (None, Some(error)), |data| (Some(data), None));
                learn(data);
                self.end(error);
            }
        });
    }

    pub fn round(self) -> u32 {
        self.round.get_value()
    }

    /// Whether the page is still there, and has not asked again since.
    pub fn is_at(self, round: u32) -> bool {
        self.round.try_get_value() == Some(round)
    }

    fn end(self, error: Option<ApiError>) {
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
        browser::on_return(move || fetched.refresh());
        fetched
    }

    pub fn refresh(self) {
        // A page that is gone wants nothing any more.
        let Some(asked) = self.ask.try_with_value(|ask| ask()) else {
            return;
        };
        self.progress.wait(asked, move |data| {
            if let Some(data) = data {
                self.learn(data);
            }
        });
    }

    /// An answer like the one before changes nothing.
    fn learn(self, data: Data) {
        let before = self.data.get_untracked();
        if before.as_deref() != Some(&data) {
            self.data.set(Some(Arc::new(data)));
            // The first rows take no other away, and the focus belongs where the browser put it.
            if before.is_some() {
                request_animation_frame(browser::catch_focus);
            }
        }
    }

    pub fn known(self) -> Data
    where
        Data: Clone + Default,
    {
        self.data.with(|data| data.as_deref().cloned()).unwrap_or_default()
    }

    /// An item as it was fetched last: its row stays, and with it the focus in it, while what it says changes.
    pub fn follow<Item: PartialEq + Send + Sync + 'static>(
        self,
        first: Arc<Item>,
        find: impl Fn(&Data) -> Option<Arc<Item>> + Send + Sync + 'static,
    ) -> Memo<Arc<Item>> {
        Memo::new(move |before: Option<&Arc<Item>>| {
            let now = self.data.with(|data| find(data.as_deref()?));
            now.unwrap_or_else(|| Arc::clone(before.unwrap_or(&first)))
        })
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
