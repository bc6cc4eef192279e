//! The circuit breaker: after several failures in a row, requests fail at once for a while, and Vault can recover.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use metrics::{counter, gauge};

/// The number of failures in a row that opens the circuit.
const FAILURES: u32 = 5;
/// How long the circuit stays open: a second at first, then twice as long each time. Jitter keeps several servers from
/// retrying at the same moment.
const DELAYS: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_secs(1))
    .with_max_delay(Duration::from_millis(7_500))
    .without_max_times()
    .with_jitter();

pub struct Breaker(Mutex<State>);

struct State {
    /// Since the last success.
    failures: u32,
    /// The time at which the open circuit becomes half-open, until a request succeeds or fails; `None` if it is closed.
    half_open_from: Option<Instant>,
    delays: ExponentialBackoff,
}

impl Breaker {
    pub fn new() -> Self {
        gauge!("strongroom_vault_circuit_open").set(0);
        Self(Mutex::new(State { failures: 0, half_open_from: None, delays: DELAYS.build() }))
    }

    pub fn permits(&self, now: Instant) -> bool {
        let is_permitted = !self.state().is_open(now);
        if !is_permitted {
            counter!("strongroom_vault_rejected_total").increment(1);
        }
        is_permitted
    }

    pub fn succeeded(&self, now: Instant) {
        let mut state = self.state();
        state.failures = 0;
        // A request from before the circuit opened says nothing about now.
        if state.half_open_from.is_some() && !state.is_open(now) {
            state.half_open_from = None;
            state.delays = DELAYS.build();
            gauge!("strongroom_vault_circuit_open").set(0);
            tracing::debug!("Vault answers again");
        }
    }

    pub fn failed(&self, now: Instant) {
        let mut state = self.state();
        state.failures += 1;
        let is_closed = state.half_open_from.is_none();
        if state.is_open(now) || (is_closed && state.failures < FAILURES) {
            return;
        }
        let delay = state.delays.next().unwrap_or_default();
        state.half_open_from = Some(now + delay);
        gauge!("strongroom_vault_circuit_open").set(1);
        tracing::warn!("Vault has failed several times: the circuit breaker is open");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_open(&self, now: Instant) -> bool {
        self.half_open_from.is_some_and(|time| now < time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, times: u32, now: Instant) {
        for _ in 0..times {
            breaker.failed(now);
        }
    }

    #[test]
    fn failures_in_a_row_open_the_circuit() {
        let (breaker, now) = (Breaker::new(), Instant::now());
        fail(&breaker, FAILURES - 1, now);
        breaker.succeeded(now);
        fail(&breaker, FAILURES - 1, now);
        assert!(breaker.permits(now));
        breaker.failed(now);
        assert!(!breaker.permits(now));
    }

    #[test]
    fn each_failure_of_the_half_open_circuit_doubles_the_delay() {
        let breaker = Breaker::new();
        let mut now = Instant::now();
        fail(&breaker, FAILURES, now);
        for shortest in [1_000, 2_000, 4_000, 7_500, 7_500] {
            // Requests from before change nothing.
            let late = now + Duration::from_millis(shortest - 1);
            breaker.failed(late);
            breaker.succeeded(late);
            assert!(!breaker.permits(late), "{shortest}");
            now += Duration::from_millis(2 * shortest);
            assert!(breaker.permits(now) && breaker.permits(now), "{shortest}");
            breaker.failed(now);
        }
    }

    #[test]
    fn success_closes_the_half_open_circuit() {
        let breaker = Breaker::new();
        let mut now = Instant::now();
        fail(&breaker, FAILURES, now);
        now += Duration::from_secs(2);
        breaker.failed(now);
        now += Duration::from_secs(4);
        breaker.succeeded(now);
        fail(&breaker, FAILURES - 1, now);
        assert!(breaker.permits(now));
        // The delays start over.
        breaker.failed(now);
        assert!(!breaker.permits(now));
        assert!(breaker.permits(now + Duration::from_secs(2)));
    }
}
