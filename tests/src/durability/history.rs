//! Who asked for what and was told what, in the order in which it happened.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::model::{Action, Answer};

pub type Number = u64;

/// Something that happened. A question is written down before it is sent and an answer after it has come, so an operation
/// took effect between the two, if it did. Of one whose client has gone, nothing comes: it may take effect at any time. What
/// was not answered when the server was killed has taken effect by then, or never will.
#[derive(Clone, Debug)]
pub enum Event {
    Asked { number: Number, client: usize, action: Action },
    Ended { number: Number, outcome: Outcome },
    Killed,
}

pub fn outcomes(events: &[Event]) -> HashMap<Number, &Outcome> {
    let ended = events.iter().filter_map(|event| match event {
        Event::Ended { number, outcome } => Some((*number, outcome)),
        _ => None,
    });
    ended.collect()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Told(Answer),
    /// An error: nothing was done.
    Failed(String),
    /// An error that leaves open whether it was done. It is over.
    Unclear(String),
    Unsent,
}

#[derive(Debug, Default)]
pub struct History {
    events: Mutex<Vec<Event>>,
}

#[derive(Debug, Default)]
pub struct Numbers(AtomicU64);

impl Numbers {
    pub fn next(&self) -> Number {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl History {
    pub fn add(&self, event: Event) {
        self.events().push(event);
    }

    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events())
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().expect("nobody panics while holding it")
    }
}
