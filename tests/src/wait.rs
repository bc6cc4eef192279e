//! Waiting for something to become true, with a deadline and never for longer than needed.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long anything may take before a test gives up. Generous, because test machines are busy.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Asks `probe` again and again until it answers, and panics with `what` when it does not in time.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {DEADLINE:?} in vain: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
