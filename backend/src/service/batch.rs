//! A batch loader: concurrent requests share a statement or a commit.
//!
//! A batch waits only for the one before, and takes the requests that have arrived by then. So batches are as large as the
//! database is slow, and a lone request is not delayed.
//!
//! Not here: changes, which share commits in `store::writer`, each in a savepoint of its own.
//!
//! To batch more: a [`Loader`], in the file of its subject.

use std::iter::zip;
use std::slice;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task;

use super::{Error, Result};
use crate::store;
use crate::worker::{self, Worker};

/// The maximum number of requests in a batch: a statement has a limited number of parameters.
const BATCH: usize = 256;
/// The requests that can be queued.
const QUEUE: usize = 4 * BATCH;

/// A batch starts when it has yielded this often in a row without another request joining it. So it includes requests
/// that are on their way, at the cost of a few microseconds for a lone one.
const IDLE_YIELDS: usize = 2;

pub trait Loader: Send + Sync + 'static {
    type Request: Send + Sync + 'static;
    type Answer: Send + 'static;
    /// The worker's name in metrics and logs.
    const NAME: &'static str;

    /// Runs a batch, and returns the answers in order.
    fn run(&self, batch: &[Self::Request]) -> impl Future<Output = store::Result<Vec<Self::Answer>>> + Send;
}

pub struct BatchLoader<L: Loader> {
    queue: mpsc::Sender<Waiting<L>>,
    worker: Worker,
}

struct Waiting<L: Loader> {
    request: L::Request,
    answer: oneshot::Sender<store::Result<L::Answer>>,
}

impl<L: Loader> BatchLoader<L> {
    /// Starts a worker, which ends when this is dropped and all requests are answered.
    pub fn start(loader: L) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let worker =
            worker::start(L::NAME, (loader, waiting), |(loader, queue)| Box::pin(run(loader, queue)));
        Self { queue, worker }
    }

    pub const fn worker(&self) -> &Worker {
        &self.worker
    }

    pub async fn request(&self, request: L::Request) -> Result<L::Answer> {
        const STOPPED: Error = Error::Broken("a background worker panicked, or has stopped");
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { request, answer };
        self.queue.send(waiting).await.map_err(|_| STOPPED)?;
        Ok(answered.await.map_err(|_| STOPPED)??)
    }
}

async fn run<L: Loader>(loader: &L, queue: &mut mpsc::Receiver<Waiting<L>>) {
    while let Some(first) = queue.recv().await {
        let (mut idle, mut queued) = (0, queue.len());
        while idle < IDLE_YIELDS {
            task::yield_now().await;
            idle = if queue.len() > queued { 0 } else { idle + 1 };
            queued = queue.len();
        }
        let mut waiting = vec![first];
        while waiting.len() < BATCH
            && let Ok(next) = queue.try_recv()
        {
            waiting.push(next);
        }
        let (requests, answers): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(|Waiting { request, answer }| (request, answer)).unzip();
        match worker::contain(L::NAME, loader.run(&requests)).await {
            Some(Ok(done)) => {
                for (answer, done) in zip(answers, done) {
                    // The caller may have gone.
                    let _ = answer.send(Ok(done));
                }
            }
            Some(Err(error)) if requests.len() == 1 || !error.may_concern_one_row() => {
                let error = Arc::new(error);
                for answer in answers {
                    let _ = answer.send(Err(store::Error::Shared(Arc::clone(&error))));
                }
            }
            // One request may be the cause: retried one by one, the others succeed.
            Some(Err(_)) | None if requests.len() > 1 => {
                for (request, answer) in zip(&requests, answers) {
                    let done = worker::contain(L::NAME, loader.run(slice::from_ref(request))).await;
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

    /// Doubles numbers, notes the sizes of batches, fails on odd numbers, and panics at 666.
    struct Double(Arc<Mutex<Vec<usize>>>);

    impl Loader for Double {
        type Request = u32;
        type Answer = u32;
        const NAME: &'static str = "double";

        async fn run(&self, batch: &[u32]) -> store::Result<Vec<u32>> {
            self.0.lock().expect("no panic").push(batch.len());
            tokio::task::yield_now().await;
            assert!(!batch.contains(&666), "on purpose");
            match batch.iter().max() {
                Some(1000..) => Err(store::Error::BusyTooLong),
                _ if batch.iter().any(|number| number % 2 == 1) => Err(store::Error::Corrupt("numbers")),
                _ => Ok(batch.iter().map(|number| number * 2).collect()),
            }
        }
    }

    async fn ask(numbers: &[u32]) -> (Vec<Result<u32>>, Vec<usize>) {
        let sizes = Arc::default();
        let batches = BatchLoader::start(Double(Arc::clone(&sizes)));
        let answers = join_all(numbers.iter().map(|number| batches.request(*number))).await;
        let sizes = sizes.lock().expect("no panic").clone();
        (answers, sizes)
    }

    #[tokio::test]
    async fn concurrent_requests_share_a_batch_and_only_a_failing_store_fails_all() {
        let (answers, sizes) = ask(&[2, 4, 6]).await;
        assert!(matches!(answers[..], [Ok(4), Ok(8), Ok(12)]), "{answers:?}");
        assert_eq!(sizes, [3]);

        let (answers, sizes) = ask(&[2, 3, 4]).await;
        assert!(matches!(answers[..], [Ok(4), Err(Error::Store(store::Error::Corrupt("numbers"))), Ok(8)]));
        assert_eq!(sizes, [3, 1, 1, 1]);

        let (answers, sizes) = ask(&[2, 1000]).await;
        assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Store(store::Error::Shared(_))))));
        assert_eq!(sizes, [2]);
    }

    #[tokio::test]
    async fn panic_fails_only_its_own_caller_and_the_worker_goes_on() {
        let sizes = Arc::default();
        let batches = BatchLoader::start(Double(Arc::clone(&sizes)));
        for round in 1..=2 * 5 {
            let answers = join_all([2, 666, 4].map(|number| batches.request(number))).await;
            assert!(matches!(answers[..], [Ok(4), Err(Error::Broken(_)), Ok(8)]), "{round}: {answers:?}");
        }
        assert!(matches!(batches.request(666).await, Err(Error::Broken(_))));
        assert!(batches.worker().is_running());
        assert_eq!(batches.request(500).await.expect("done"), 1000);
    }
}
