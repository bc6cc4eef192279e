//! One thing asked of the server at a time, by somebody who waits for the answer.
//!
//! Not for what a page shows and keeps up to date: that is [`crate::fetched`].

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

    /// Asks, unless the last answer is still on its way. `done` gets the answer, if whoever asked is still there.
    pub fn send<Answer: 'static>(self, asked: Reply<Answer>, done: impl FnOnce(Answer) + 'static) {
        self.wait(asked, Box::new(done));
    }

    /// All is boxed, so that this is compiled once for each kind of answer, and not for each dialog.
    fn wait<Answer: 'static>(self, asked: Reply<Answer>, done: Box<dyn FnOnce(Answer)>) {
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
                Err(error) => self.error.set(Some(error)),
            }
        });
    }
}

/// What became of something that is asked once; `None` until that is known.
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
