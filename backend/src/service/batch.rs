//! What waits at the same time is done together: one statement finds what many ask for, one commit records what many
//! have read.
//!
//! Nobody waits for company that may come, only for what runs already. A job begins with whoever is there by then, and those
//! who come while it runs are the next batch: so batches are as large as the database is slow, and who is alone is not held
//! up.
//!
//! Not here: changes, which share commits in `store::writer`, each in a savepoint of its own.
//!
//! To have more done together: a [`Job`], in the file of what it is about.

use std::iter::zip;
use std::slice;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task;

use super::{Error, Result};
use crate::store;
use crate::worker::{self, Worker};

/// How many are done together at most: a statement has only so many variables.
const BATCH: usize = 256;
/// How many may wait; more have to wait for a place to wait at.
const QUEUE: usize = 4 * BATCH;

/// How often a batch lets everything else go first that can go on: so others who are on their way are in it, too. It takes
/// some microseconds of one who is alone. Measured at ten connections: a quarter less processor time per read than with 1.
const COURTESY: usize = 8;

/// What is done for many at once.
pub trait Job: Send + Sync + 'static {
    type Ask: Send + Sync + 'static;
    type Answer: Send + 'static;
    /// The worker's name in metrics and logs.
    const NAME: &'static str;

    /// Does it for all of a batch: an answer for each, in their order.
    fn run(&self, batch: &[Self::Ask]) -> impl Future<Output = store::Result<Vec<Self::Answer>>> + Send;
}

pub struct Batches<J: Job> {
    queue: mpsc::Sender<Waiting<J>>,
    worker: Worker,
}

struct Waiting<J: Job> {
    ask: J::Ask,
    answer: oneshot::Sender<store::Result<J::Answer>>,
}

impl<J: Job> Batches<J> {
    /// Starts doing a job. It ends when this is dropped and all who wait are answered.
    pub fn start(job: J) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let worker = worker::start(J::NAME, (job, waiting), |(job, queue)| Box::pin(run(job, queue)));
        Self { queue, worker }
    }

    pub const fn worker(&self) -> &Worker {
        &self.worker
    }

    /// Has the job done, together with whoever asks at the same time.
    pub async fn ask(&self, ask: J::Ask) -> Result<J::Answer> {
        const OVER: Error = Error::Broken("a background worker panicked, or has stopped");
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { ask, answer };
        self.queue.send(waiting).await.map_err(|_| OVER)?;
        Ok(answered.await.map_err(|_| OVER)??)
    }
}

async fn run<J: Job>(job: &J, queue: &mut mpsc::Receiver<Waiting<J>>) {
    while let Some(first) = queue.recv().await {
        for _ in 0..COURTESY {
            task::yield_now().await;
        }
        let mut waiting = vec![first];
        while waiting.len() < BATCH
            && let Ok(next) = queue.try_recv()
        {
            waiting.push(next);
        }
        let (asks, answers): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|Waiting { ask, answer }| (ask, answer)).unzip();
        match worker::contain(J::NAME, job.run(&asks)).await {
            Some(Ok(done)) => {
                for (answer, done) in zip(answers, done) {
                    // Whoever has gone away does not need it.
                    let _ = answer.send(Ok(done));
                }
            }
            Some(Err(error)) if asks.len() == 1 || !error.may_concern_one_row() => {
                let error = Arc::new(error);
                for answer in answers {
                    let _ = answer.send(Err(store::Error::Shared(Arc::clone(&error))));
                }
            }
            // One of them may be the cause: run one by one, the others succeed.
            Some(Err(_)) | None if asks.len() > 1 => {
                for (ask, answer) in zip(&asks, answers) {
                    let done = worker::contain(J::NAME, job.run(slice::from_ref(ask))).await;
                    let done = done.map(|done| done.map(|mut done| done.pop()));
                    // After a panic the sender is dropped, which fails the caller's request.
                    if let Some(done) = done.and_then(store::Result::transpose) {
                        let _ = answer.send(done);
                    }
                }
            }
            Some(Err(_)) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::join_all;

    use super::*;

    /// Doubles numbers, notes how many at once, can't read an odd one, and panics at 666.
    struct Double(Arc<Mutex<Vec<usize>>>);

    impl Job for Double {
        type Ask = u32;
        type Answer = u32;
        const NAME: &'static str = "double";

        async fn run(&self, batch: &[u32]) -> store::Result<Vec<u32>> {
            self.0.lock().expect("no panic").push(batch.len());
            tokio::task::yield_now().await;
            assert!(!batch.contains(&666), "on purpose");
            match batch.iter().max() {
                Some(1000..) => Err(store::Error::NoTurn),
                _ if batch.iter().any(|number| number % 2 == 1) => Err(store::Error::Corrupt("numbers")),
                _ => Ok(batch.iter().map(|number| number * 2).collect()),
            }
        }
    }

    async fn ask(numbers: &[u32]) -> (Vec<Result<u32>>, Vec<usize>) {
        let sizes = Arc::default();
        let batches = Batches::start(Double(Arc::clone(&sizes)));
        let answers = join_all(numbers.iter().map(|number| batches.ask(*number))).await;
        let sizes = sizes.lock().expect("no panic").clone();
        (answers, sizes)
    }

    #[tokio::test]
    async fn those_who_wait_are_done_at_once_and_each_gets_their_own() {
        let (answers, sizes) = ask(&[2, 4, 6, 8]).await;
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("done")).collect();
        assert_eq!(answers, [4, 8, 12, 16]);
        assert_eq!(sizes, [4]);
    }

    #[tokio::test]
    async fn what_can_t_be_read_is_the_trouble_of_who_asked_for_it() {
        let (answers, sizes) = ask(&[2, 3, 4]).await;
        assert!(matches!(answers[..], [Ok(4), Err(Error::Store(store::Error::Corrupt("numbers"))), Ok(8)]));
        assert_eq!(sizes, [3, 1, 1, 1]);
    }

    #[tokio::test]
    async fn when_the_store_fails_all_are_told() {
        let (answers, sizes) = ask(&[2, 1000]).await;
        assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Store(store::Error::Shared(_))))));
        assert_eq!(sizes, [2]);
    }

    #[tokio::test]
    async fn a_panic_fails_only_its_own_caller_and_the_worker_goes_on() {
        let sizes = Arc::default();
        let batches = Batches::start(Double(Arc::clone(&sizes)));
        for round in 1..=2 * 5 {
            let answers = join_all([2, 666, 4].map(|number| batches.ask(number))).await;
            assert!(
                matches!(answers[..], [Ok(4), Err(Error::Broken(_)), Ok(8)]),
                "round {round}: {answers:?}"
            );
        }
        assert!(matches!(batches.ask(666).await, Err(Error::Broken(_))));
        assert!(batches.worker().is_running());
        assert_eq!(batches.ask(500).await.expect("done"), 1000);
    }
}
