//! Vault is left alone for a while after it has failed several times: whoever waits is told at once, and it has time to
//! come back. Metrics tell.

use std::time::Duration;

use failsafe::backoff::EqualJittered;
use failsafe::failure_policy::ConsecutiveFailures;
use failsafe::{Config, Instrument, StateMachine, backoff, failure_policy};
use metrics::{counter, gauge};

/// After how many failures, one behind the other.
const FAILURES: u32 = 5;
/// How long it is left alone at first, and at most: something from half of it to all of it, in whole seconds, so that half of
/// a second would be nothing.
const FIRST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(15);

/// Whether Vault may be asked.
pub type Breaker = StateMachine<ConsecutiveFailures<EqualJittered>, Told>;

/// A breaker that lets everything through until Vault fails.
pub fn breaker() -> Breaker {
    let rest = backoff::equal_jittered(FIRST_REST, LONGEST_REST);
    Config::new()
        .failure_policy(failure_policy::consecutive_failures(FAILURES, rest))
        .instrument(Told)
        .build()
}

/// What tells of it.
pub struct Told;

impl Instrument for Told {
    fn on_call_rejected(&self) {
        counter!("strongroom_vault_rejected_total").increment(1);
    }

    fn on_open(&self) {
        gauge!("strongroom_vault_resting").set(1);
        tracing::warn!("Vault has failed several times, and is not asked for a moment");
    }

    fn on_half_open(&self) {}

    fn on_closed(&self) {
        gauge!("strongroom_vault_resting").set(0);
        tracing::debug!("Vault is asked");
    }
}
