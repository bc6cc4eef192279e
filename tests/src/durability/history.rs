//! Each request of a test and its outcome, in the order in which they happened.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::model::{Action, Answer};
use crate::wait;

pub type Number = u64;

/// A request is recorded before it is sent, and its outcome after the response has arrived: an operation took effect
/// between the two, or never. If the client goes away, there is no outcome, and the operation may take effect at any
/// later time. An operation still unanswered when the server is killed has taken effect by then, or never will.
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
    Answered(Answer),
    /// An error: nothing was done.
    Failed(String),
    /// There was no connection.
    Unsent,
}

/// The shared state of a server's clients.
#[derive(Debug, Default)]
pub struct History {
    events: Mutex<Vec<Event>>,
    numbers: AtomicU64,
    acknowledged: AtomicU64,
    /// Stops the clients that do random work.
    pub stopping: AtomicBool,
}

impl History {
    /// The number of a new operation.
    pub fn next_number(&self) -> Number {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn add(&self, event: Event) {
        if let Event::Ended { outcome: Outcome::Answered(_), .. } = event {
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        self.events().push(event);
    }

    pub fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().expect("nobody panics while holding it")
    }

    /// The number of operations acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Waits until this many more operations have been acknowledged.
    pub async fn acknowledges(&self, more: u64) {
        let wanted = self.acknowledged() + more;
        wait::is("the clients go on", async || self.acknowledged() >= wanted).await;
    }
}
