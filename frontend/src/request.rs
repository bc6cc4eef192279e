//! One request at a time, for a user who waits for the response. See [`crate::fetched`] for data that stays up to date.
//!
//! Not Leptos's `Action`, which keeps the last input and output, and so would keep values, keys and passwords.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{ApiError, Reply};

#[derive(Clone, Copy)]
pub struct Request {
    pub busy: RwSignal<bool>,
    pub error: RwSignal<Option<ApiError>>,
}

impl Request {
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), error: RwSignal::new(None) }
    }

    /// Does nothing while the previous request is pending. `done` gets the response, unless the caller is gone by then.
    pub fn send<Answer: 'static>(self, asked: Reply<Answer>, done: impl FnOnce(Answer) + 'static) {
        self.wait(asked, Box::new(done), Box::new(|| ()));
    }

    /// The same; `failed` follows an error.
    pub fn send_or<Answer: 'static>(
        self,
        asked: Reply<Answer>,
        done: impl FnOnce(Answer) + 'static,
        failed: impl FnOnce() + 'static,
    ) {
        self.wait(asked, Box::new(done), Box::new(failed));
    }

    /// Everything is boxed, so that this is compiled once for each type of response, and not for each dialog.
    fn wait<Answer: 'static>(
        self,
        asked: Reply<Answer>,
        done: Box<dyn FnOnce(Answer)>,
        failed: Box<dyn FnOnce()>,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.error.set(None);
        self.busy.set(true);
        spawn_local(async move {
            let answer = asked.await;
            if self.busy.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(answer) => done(answer),
                Err(error) => {
                    self.error.set(Some(error));
                    failed();
                }
            }
        });
    }
}

/// The outcome of a single request; `None` while it is pending.
pub type Outcome<Answer> = RwSignal<Option<Result<Answer, ApiError>>>;

pub fn outcome_of<Answer: Send + Sync + 'static>(asked: Reply<Answer>) -> Outcome<Answer> {
    let outcome = RwSignal::new(None);
    await_outcome(asked, outcome);
    outcome
}

pub fn await_outcome<Answer: Send + Sync + 'static>(asked: Reply<Answer>, outcome: Outcome<Answer>) {
    spawn_local(async move {
        let answer = asked.await;
        outcome.try_set(Some(answer));
    });
}
