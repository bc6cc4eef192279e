//! What keeps secrets and can be killed.

use std::path::PathBuf;
use std::time::Duration;

use super::checker::Violation;
use super::history::Event;
use super::model::{Action, Answer, Sight};

#[expect(async_fn_in_trait, reason = "whoever drives a target waits for it where they are")]
pub trait Target {
    type Client: Ask;

    async fn start(&mut self) -> Result<(), String>;

    /// A client of the server that runs. The same number is always the same client.
    fn client(&self, number: usize) -> Self::Client;

    /// Runs commands beside it, one after the other, until the future is dropped: what of it went wrong. What is in the
    /// middle of something then goes on, until [`Self::kill`].
    async fn beside(&mut self) -> Violation;

    /// Kills it in the middle of whatever it does, and what runs beside it. When this returns, nothing that they have begun
    /// can still happen.
    async fn kill(&mut self);

    async fn kill_while_starting(&mut self, after: Duration);

    /// Everything it has, now that nobody asks for anything; or why nobody may look.
    async fn sight(&self) -> Result<Sight, String>;

    async fn inspect(&mut self, events: &[Event]) -> Vec<Violation>;

    /// Keeps what there is for whoever wants to know what has happened: where.
    fn keep(&self) -> PathBuf;
}

pub trait Ask: Send + Sync + 'static {
    fn ask(&self, action: &Action) -> impl Future<Output = Told> + Send;
}

#[derive(Debug)]
pub enum Told {
    Answer(Answer),
    /// An error that means that nothing was done.
    Error(String),
    /// An error that leaves open whether it was done.
    Unclear(String),
    /// Nothing: the connection broke.
    Nothing,
    /// Nothing, and it was not even asked: there was no connection.
    Unsent,
}

impl Told {
    pub fn failure(error: &reqwest::Error) -> Self {
        if error.is_connect() { Self::Unsent } else { Self::Nothing }
    }
}
