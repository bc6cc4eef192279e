//! Data that a page fetches: at the start, and after each change in the team, by any user.
//!
//! Not Leptos's `LocalResource`, because a list stays visible while it is fetched again and after an error, only the
//! response to the last request counts, and equal data redraws nothing.

use std::any::Any;
use std::marker::PhantomData;
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
    pub data: Known<Data>,
    refresh: StoredValue<Rc<dyn Fn()>, LocalStorage>,
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
                self.end(error);
            }
        });
    }

    fn end(self, error: Option<ApiError>) {
        if error.as_ref().is_some_and(ApiError::is_unauthenticated) {
            self.session.end();
        }
        if *self.error.read_untracked() != error {
            self.error.set(error);
        }
    }

    pub fn round(self) -> u32 {
        self.round.get_value()
    }

    /// Whether the page still exists and has sent no other request.
    pub fn is_at(self, round: u32) -> bool {
        self.round.try_get_value() == Some(round)
    }
}

/// The data; `None` until it has been fetched once. Behind `dyn`, so that signals are compiled once and not for each type.
pub struct Known<Data> {
    signal: RwSignal<Option<Arc<dyn Any + Send + Sync>>>,
    data: PhantomData<fn() -> Data>,
}

impl<Data> Clone for Known<Data> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Data> Copy for Known<Data> {}

impl<Data: Send + Sync + 'static> Known<Data> {
    fn new() -> Self {
        Self { signal: RwSignal::new(None), data: PhantomData }
    }

    pub fn get(self) -> Option<Arc<Data>> {
        typed(self.signal.get())
    }

    /// `None` also if the page is gone.
    fn try_get_untracked(self) -> Option<Arc<Data>> {
        typed(self.signal.try_get_untracked()?)
    }

    pub fn with<Read>(self, read: impl FnOnce(&Option<Arc<Data>>) -> Read) -> Read {
        read(&self.get())
    }

    pub fn with_untracked<Read>(self, read: impl FnOnce(&Option<Arc<Data>>) -> Read) -> Read {
        read(&typed(self.signal.get_untracked()))
    }

    /// The same data again changes nothing.
    fn learn(self, data: Data)
    where
        Data: PartialEq,
    {
        let before = self.with_untracked(Option::clone);
        if before.as_deref() != Some(&data) {
            replace(self.signal, Arc::new(data));
        }
    }
}

fn typed<Data: Send + Sync + 'static>(data: Option<Arc<dyn Any + Send + Sync>>) -> Option<Arc<Data>> {
    data?.downcast().ok()
}

fn replace(signal: RwSignal<Option<Arc<dyn Any + Send + Sync>>>, data: Arc<dyn Any + Send + Sync>) {
    let is_first = signal.with_untracked(Option::is_none);
    let had_focus = browser::focused().is_some();
    signal.set(Some(data));
    // Only if a row that is replaced may have had the focus: it scrolls.
    if !is_first && had_focus {
        request_animation_frame(browser::catch_focus);
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
        let (data, progress, live) = (Known::new(), Progress::new(), Live::expect());
        let refresh = move || {
            progress.wait(ask(), move |answer| match answer {
                Some(answer) => data.learn(answer),
                None => live.distrust(),
            });
        };
        let fetched = Self { data, refresh: StoredValue::new_local(Rc::new(refresh)), progress, live };
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
        if let Some(refresh) = self.refresh.try_get_value() {
            refresh();
        }
    }

    /// Shows a change at once. The next response confirms or undoes it.
    pub fn update(self, change: impl FnOnce(&Data) -> Data) {
        if let Some(data) = self.data.try_get_untracked() {
            self.data.learn(change(&data));
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
        let known = self.data.signal;
        Status {
            is_known: Memo::new(move |_| known.with(Option::is_some)).into(),
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
