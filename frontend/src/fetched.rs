//! Data that a page fetches: at the start, and after each change in the team, by any user.
//!
//! Not Leptos's `LocalResource`, because a list stays visible while it is fetched again and after an error, only the
//! response to the last request counts, and equal data redraws nothing.

use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::Uuid;

use crate::api::{ApiError, Reply};
use crate::browser;
use crate::live::{self, Live};
use crate::session::Session;

pub struct Fetched<Data: Send + Sync + 'static> {
    /// `None` until it has been fetched once.
    pub data: RwSignal<Option<Arc<Data>>>,
    ask: StoredValue<Rc<dyn Fn() -> Reply<Data>>, LocalStorage>,
    progress: Progress,
    live: Live,
}

#[derive(Clone, Copy)]
pub struct Status {
    pub is_known: Signal<bool>,
    pub is_loading: Signal<bool>,
    pub error: Signal<Option<ApiError>>,
    pub retry: Callback<()>,
}

/// The state of fetching, whatever is fetched.
#[derive(Clone, Copy)]
pub struct Progress {
    pub loading: RwSignal<bool>,
    pub error: RwSignal<Option<ApiError>>,
    /// Counts the requests: only the response to the last one matters.
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

    /// `learn` gets the data, or `None` after an error, unless the page is gone by then or has sent another request.
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
                if error.as_ref().is_some_and(ApiError::is_unauthenticated) {
                    self.session.end();
                }
                if *self.error.read_untracked() != error {
                    self.error.set(error);
                }
            }
        });
    }

    pub fn round(self) -> u32 {
        self.round.get_value()
    }

    /// Whether the page still exists and has sent no other request.
    pub fn is_at(self, round: u32) -> bool {
        self.round.try_get_value() == Some(round)
    }
}

impl<Data: Send + Sync + 'static> Clone for Fetched<Data> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Data: Send + Sync + 'static> Copy for Fetched<Data> {}

impl<Data: Send + Sync + PartialEq + 'static> Fetched<Data> {
    /// Fetches now, and whenever the team has changed while the tab is visible.
    pub fn new(ask: impl Fn() -> Reply<Data> + 'static) -> Self {
        let fetched = Self {
            data: RwSignal::new(None),
            ask: StoredValue::new_local(Rc::new(ask)),
            progress: Progress::new(),
            live: Live::expect(),
        };
        fetched.refresh();
        // One request at a time: with many changes, an answer would always be outdated before it arrives.
        let is_busy = fetched.progress.loading.into();
        live::follow(fetched.live.changes, is_busy, Box::new(move || fetched.refresh()));
        fetched
    }

    /// Fetches after the user's own change, unless the stream of the team's changes reports it, too.
    pub fn catch_up(self) {
        if !self.live.is_open() {
            self.refresh();
        }
    }

    pub fn refresh(self) {
        // The page may be gone.
        let Some(asked) = self.ask.try_with_value(|ask| ask()) else {
            return;
        };
        self.progress.wait(asked, move |data| match data {
            Some(data) => self.learn(data),
            None => self.live.distrust(),
        });
    }

    /// Shows a change at once. The next response confirms or undoes it.
    pub fn update(self, change: impl FnOnce(&Data) -> Data) {
        // The page may be gone.
        let changed = self.data.try_with_untracked(|data| data.as_deref().map(change)).flatten();
        if let Some(data) = changed {
            self.learn(data);
        }
    }

    /// The same data again changes nothing.
    fn learn(self, data: Data) {
        let before = self.data.get_untracked();
        if before.as_deref() != Some(&data) {
            let had_focus = browser::focused().is_some();
            self.data.set(Some(Arc::new(data)));
            // Only if a row that is replaced may have had the focus: it scrolls.
            if before.is_some() && had_focus {
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

    /// An item as it was fetched last. Its row stays, with the focus in it, while the content changes.
    pub fn follow<Item: Clone + PartialEq + Send + Sync + 'static>(
        self,
        first: Item,
        find: impl Fn(&Data) -> Option<Item> + Send + Sync + 'static,
    ) -> Memo<Item> {
        Memo::new(move |before: Option<&Item>| {
            let now = self.data.with(|data| find(data.as_deref()?));
            now.unwrap_or_else(|| before.unwrap_or(&first).clone())
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
}

impl<Item: Clone + PartialEq + Send + Sync + 'static> Fetched<Vec<Item>> {
    /// Whether the list is known, and has no items.
    pub fn is_empty(self) -> Memo<bool> {
        Memo::new(move |_| self.data.with(|items| items.as_ref().is_some_and(|items| items.is_empty())))
    }

    /// The same for an item of a list, which its id identifies.
    pub fn row(self, first: Item, id: fn(&Item) -> Uuid) -> Memo<Item> {
        let wanted = id(&first);
        self.follow(first, move |items| items.iter().find(|item| id(item) == wanted).cloned())
    }
}
