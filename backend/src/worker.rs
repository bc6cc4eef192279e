//! Background workers: tasks that run as long as the process, and are restarted with their state after a panic.
//!
//! One that keeps panicking is stopped: then only a restart of the process helps, and `/healthz` reports it. A job, such as
//! a batch, runs in [`contain`]: its panic fails that job alone and does not count against the worker.
//!
//! To add a worker, [`start`] it and pass its [`Worker`] to `Service::keep_worker`.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use metrics::counter;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How many panics within [`WINDOW`] end a worker.
const PANICS: u32 = 5;
const WINDOW: Duration = Duration::from_mins(1);
/// The delay before the first restart; each further restart within the window waits that much longer.
const DELAY: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 200 });

#[derive(Debug)]
pub struct Worker {
    name: &'static str,
    task: JoinHandle<()>,
}

impl Worker {
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it runs, or is about to be restarted.
    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }

    /// Stops it at its next await.
    pub fn stop(&self) {
        self.task.abort();
    }
}

/// Starts a worker, which ends when `run` returns.
pub fn start<S: Send + 'static>(
    name: &'static str,
    mut state: S,
    run: impl for<'a> Fn(&'a mut S) -> BoxFuture<'a, ()> + Send + 'static,
) -> Worker {
    let task = tokio::spawn(async move {
        let (mut panics, mut since) = (0, Instant::now());
        while contain(name, run(&mut state)).await.is_none() {
            if since.elapsed() > WINDOW {
                (panics, since) = (0, Instant::now());
            }
            panics += 1;
            if panics == PANICS {
                tracing::error!(worker = name, "a background worker keeps panicking and has been stopped");
                return;
            }
            sleep(DELAY * panics).await;
            tracing::warn!(worker = name, "a background worker is restarted");
        }
    });
    Worker { name, task }
}

/// Runs work; `None` if it panicked, which is logged and counted.
pub async fn contain<T>(name: &'static str, work: impl Future<Output = T>) -> Option<T> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await.ok();
    if outcome.is_none() {
        counter!("strongroom_worker_panics_total", "worker" => name).increment(1);
        tracing::error!(worker = name, "a background worker panicked");
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Starts a worker that panics a number of times before it returns; the number of times it ran.
    async fn runs(panics: u32) -> u32 {
        let runs = Arc::new(AtomicU32::new(0));
        let worker = start("test", Arc::clone(&runs), move |runs| {
            Box::pin(async move {
                tokio::task::yield_now().await;
                assert!(runs.fetch_add(1, Ordering::Relaxed) >= panics, "on purpose");
            })
        });
        assert!(worker.is_running());
        worker.task.await.expect("the supervisor does not panic");
        runs.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn panic_restarts_a_worker_and_too_many_end_it() {
        assert_eq!(runs(0).await, 1);
        assert_eq!(runs(PANICS - 1).await, PANICS);
        assert_eq!(runs(u32::MAX).await, PANICS);
    }
}
