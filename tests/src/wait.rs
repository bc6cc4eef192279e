//! Waiting with a deadline, never longer than needed.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The deadline of everything. Generous, because test machines are busy.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Calls `probe` until it returns something, and panics with `what` after the deadline.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < deadline, "timed out after {DEADLINE:?}: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Calls `probe` until it is true, and panics with `what` after the deadline.
pub async fn is(what: &str, mut probe: impl AsyncFnMut() -> bool) {
    until(what, async || probe().await.then_some(())).await;
}
