//! The stream of the team's changes, which says when the page is out of date. One per visible tab.
//!
//! A hidden tab has no stream, because browsers open few connections to a server, and neither has one without input for
//! half an hour, whose requests would keep the session alive. Without a working stream, the page polls.

use std::time::Duration;

use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::browser;
use crate::effect::effect;
use crate::session::{Session, SessionState};

/// How often the page asks without a stream.
const INTERVAL: Duration = Duration::from_secs(15);
/// A stream that has said nothing for this long is broken: the server sends a message every 20 seconds.
const SILENCE_MS: f64 = 45_000.0;
const AWAY_MS: f64 = 30.0 * 60.0 * 1000.0;
/// Reads are not changes: after this long, a user who returns to the tab sees the last ones.
const READS_MS: f64 = 60_000.0;
/// The page may have fetched its data this long before the first message.
const START_MS: u64 = 30_000;

#[derive(Clone, Copy)]
pub struct Live {
    /// Counts when the team has changed, or may have.
    pub changes: RwSignal<u32>,
    /// The same for the audit log, which also has reads.
    pub entries: RwSignal<u32>,
    /// Whether there was no input for half an hour.
    pub away: RwSignal<bool>,
    source: StoredValue<Option<EventSource>, LocalStorage>,
    /// The last message of any stream, and when that of this one came.
    known: StoredValue<Option<Message>>,
    heard: StoredValue<Option<f64>>,
    /// When `changes` counted last.
    told: StoredValue<f64>,
    input: StoredValue<f64>,
    session: Session,
}

/// A message: the revision of the team, how long ago the last change was, and the revision of the audit log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Message {
    change: String,
    /// Whole, because parsing floats would be ten kilobytes of the page.
    age_ms: u64,
    entry: String,
}

impl Message {
    /// `None` for the message at the end: the session has ended, or the user has left the team.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ').map(str::to_owned);
        let (change, age_ms) = (words.next()?, words.next()?.parse().ok()?);
        Some(Self { change, age_ms, entry: words.next().unwrap_or_default() })
    }

    /// Whether there is a change, and an entry, that the page may not know.
    fn is_news_after(&self, known: Option<&Self>) -> (bool, bool) {
        known.map_or_else(
            || (self.age_ms < START_MS, true),
            |known| (self.change != known.change, self.entry != known.entry),
        )
    }
}

impl Live {
    pub fn provide(session: Session) {
        let live = Self {
            changes: RwSignal::new(0),
            entries: RwSignal::new(0),
            away: RwSignal::new(false),
            source: StoredValue::new_local(None),
            known: StoredValue::new(None),
            heard: StoredValue::new(None),
            told: StoredValue::new(Date::now()),
            input: StoredValue::new(Date::now()),
            session,
        };
        provide_context(live);
        let user = Memo::new(move |_| session.with_account(|account| (account.user_id, account.team.id)));
        effect(move || {
            // Not `track`: a memo that was never read notices no change.
            user.get();
            live.known.set_value(None);
            live.open();
        });
        // The change may be of the user's own role. One request at a time, however many changes there are.
        let checking = RwSignal::new(false);
        let check = move || {
            checking.set(true);
            spawn_local(async move {
                session.recheck().await;
                checking.set(false);
            });
        };
        follow(live.changes, checking.into(), Box::new(check));
        browser::on_return(move || live.come_back());
        set_interval(move || live.tick(), INTERVAL);
        browser::listen(leptos::ev::scroll, move |_| live.notice_input());
        browser::listen(leptos::ev::keydown, move |_| live.notice_input());
        browser::listen(leptos::ev::pointerdown, move |_| live.notice_input());
        browser::listen(leptos::ev::pointermove, move |_| live.notice_input());
    }

    pub fn expect() -> Self {
        expect_context()
    }

    /// Whether the stream works, so that the page need not poll.
    pub fn is_open(self) -> bool {
        self.heard.get_value().is_some_and(|heard| Date::now() - heard < SILENCE_MS)
    }

    /// Takes the next message as news: something could not be fetched.
    pub fn distrust(self) {
        self.known.set_value(Some(Message::default()));
    }

    fn open(self) {
        self.close();
        let Some(account) = self.session.account().filter(|_| self.is_wanted()) else {
            return;
        };
        let address = browser::link(&format!("/events?team={}", account.team.id));
        // Fails only for a malformed address.
        let Ok(source) = EventSource::new(&address) else {
            return;
        };
        let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| self.hear(&event));
        // The browser connects again by itself, or else `tick` does.
        let lose = Closure::<dyn Fn()>::new(move || self.heard.set_value(None));
        source.set_onmessage(Some(hear.into_js_value().unchecked_ref()));
        source.set_onerror(Some(lose.into_js_value().unchecked_ref()));
        self.source.set_value(Some(source));
    }

    fn close(self) {
        self.heard.set_value(None);
        if let Some(source) = self.source.try_update_value(Option::take).flatten() {
            source.close();
        }
    }

    /// Whether somebody looks at the page. Otherwise, requests would keep an abandoned session alive.
    pub fn is_wanted(self) -> bool {
        browser::is_visible() && !self.away.get_untracked()
    }

    fn hear(self, event: &MessageEvent) {
        if !self.is_wanted() {
            return self.close();
        }
        let Some(message) = Message::read(&event.data().as_string().unwrap_or_default()) else {
            self.close();
            return spawn_local(self.session.recheck());
        };
        self.heard.set_value(Some(Date::now()));
        let (has_changed, has_entry) = self.known.with_value(|known| message.is_news_after(known.as_ref()));
        self.known.set_value(Some(message));
        self.tell(has_changed, has_entry);
    }

    fn tell(self, has_changed: bool, has_entry: bool) {
        if has_entry {
            self.entries.update(|count| *count += 1);
        }
        if has_changed {
            self.told.set_value(Date::now());
            self.changes.update(|count| *count += 1);
        }
    }

    /// The user has returned to the tab. Another one may have changed the session.
    fn come_back(self) {
        if untrack(|| self.session.state()) == SessionState::LoggedOut {
            return;
        }
        spawn_local(async move {
            self.session.recheck().await;
            if !self.is_open() {
                self.open();
            }
            if Date::now() - self.told.get_value() > READS_MS {
                self.tell(true, false);
            }
        });
    }

    fn tick(self) {
        if Date::now() - self.input.get_value() > AWAY_MS && !self.away.get_untracked() {
            self.away.set(true);
        }
        if !self.is_wanted() {
            self.close();
        } else if self.session.account().is_some() && !self.is_open() {
            // Everything may have changed, and again when there is a stream.
            self.distrust();
            self.open();
            self.tell(true, true);
        }
    }

    fn notice_input(self) {
        self.input.set_value(Date::now());
        if self.away.get_untracked() {
            self.away.set(false);
            self.open();
        }
    }
}

/// Calls `act` after each step of a counter of [`Live`], once `is_busy` is false.
pub fn follow(counter: RwSignal<u32>, is_busy: Signal<bool>, act: Box<dyn Fn()>) {
    let first = counter.get_untracked();
    Effect::new(move |done: Option<u32>| {
        let (done, now) = (done.unwrap_or(first), counter.get());
        if done == now || is_busy.get() {
            return done;
        }
        untrack(&*act);
        now
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_revisions_and_recent_changes_are_news() {
        let read = |text| Message::read(text).expect("a message");
        let known = read("aa 1000000 bb");
        for (text, after_known, at_start) in [
            ("aa 1020000 bb", (false, false), (false, true)),
            ("aa 1020000 cc", (false, true), (false, true)),
            ("cc 5 dd", (true, true), (true, true)),
            ("cc 5 ", (true, true), (true, true)),
        ] {
            let message = read(text);
            assert_eq!(message.is_news_after(Some(&known)), after_known, "{text}");
            assert_eq!(message.is_news_after(None), at_start, "{text}");
        }
        assert_eq!(Message::read("end"), None);
    }
}
