//! Slowing guesses down: each failed attempt to prove a password is counted, for the account and for the address.
//!
//! An address from which a person has logged in before has a count of its own, so that strangers who guess can't keep
//! them out. Whether there is such an account makes no difference. The rules are in `domain::throttle`.

use crate::crypto::digest;
use crate::domain::Time;
use crate::domain::rule::Rule;
use crate::domain::throttle::{Attempts, FREE_PER_ACCOUNT, FREE_PER_ADDRESS, KNOWN_FOR, network};
use crate::service::change::{Answer, Done, Recorded, Refused, change};
use crate::service::error::BUSY;
use crate::service::identity::password::HashingPlace;
use crate::service::identity::session::{LogInOutcome, count_log_in};
use crate::service::{Result, Service};
use crate::store::{self, Executor, Transaction};

/// An attempt that is being made, counted as failed until it succeeds.
pub(in crate::service) struct Attempt {
    /// What counts for the account: all guesses at it, or those from its known address.
    account: String,
    address: String,
    known: String,
}

/// The subjects of counters, as digests, because people type passwords into the wrong field.
struct Subjects {
    /// An account, by its email address.
    account: String,
    /// That account at an address: when its owner last logged in from there. Failures leave it alone, so that guesses
    /// don't keep an address known.
    known: String,
    /// Failures at the account from an address that is known to it.
    from_known: String,
    address: String,
}

impl Subjects {
    fn new(email: &str, address: &str) -> Self {
        let email = email.trim().to_ascii_lowercase();
        let network = network(address);
        Self {
            account: digest::of_texts(&["account", &email]),
            known: digest::of_texts(&["known", &email, &network]),
            from_known: digest::of_texts(&["from known", &email, &network]),
            address: digest::of_texts(&["address", &network]),
        }
    }
}

impl Service {
    /// Counts an attempt before it is made, so that many at once don't slip through, and keeps a place to hash its
    /// password; or refuses it.
    pub(in crate::service) async fn begin_attempt(
        &self,
        email: &str,
        address: &str,
    ) -> Result<Answer<(Attempt, HashingPlace)>> {
        let now = self.now();
        // Whoever has to wait is told by a reader, and doesn't make others wait for the writer.
        let subjects = Subjects::new(email, address);
        if let Err(seconds) = look(&self.store, &subjects, now).await? {
            return Ok(Err(too_many(seconds)));
        }
        // Before the attempt counts: a full queue is the server's fault, and no failed attempt.
        let Some(place) = self.take_hashing_place() else {
            return Ok(Err(Rule::new(BUSY)));
        };
        change!(self, |_, tx| {
            let seen = match look(tx, &subjects, now).await? {
                Ok(seen) => seen,
                Err(seconds) => return Ok(Refused(Err(too_many(seconds)))),
            };
            let Subjects { known, address, .. } = subjects;
            store::log_in_attempt::set(tx, &seen.account, &seen.of_account.failed(now)).await?;
            store::log_in_attempt::set(tx, &address, &seen.of_address.failed(now)).await?;
            let attempt = Attempt { account: seen.account, address, known };
            Ok(Done(Ok((attempt, place)), Recorded::not_needed()))
        })
    }

    /// Takes an attempt back that has succeeded, and knows the address from then on. Other failures from there still
    /// count: whoever has one account must not get free guesses at others by logging in.
    pub(in crate::service) async fn end_attempt(&self, tx: &Transaction, attempt: Attempt) -> Result<()> {
        let now = self.now();
        store::log_in_attempt::remove(tx, &attempt.account).await?;
        store::log_in_attempt::set(tx, &attempt.known, &Attempts::none(now)).await?;
        if let Some(attempts) = store::log_in_attempt::find(tx, &attempt.address).await? {
            let attempts = Attempts { failures: (attempts.failures - 1).max(0), ..attempts };
            store::log_in_attempt::set(tx, &attempt.address, &attempts).await?;
        }
        Ok(())
    }
}

struct Seen {
    account: String,
    of_account: Attempts,
    of_address: Attempts,
}

/// What has been counted so far; or how many seconds are left to wait. Where a person is known, others from there don't count:
/// they may share it with many.
async fn look(on: &impl Executor, subjects: &Subjects, now: Time) -> Result<std::result::Result<Seen, i64>> {
    let known = store::log_in_attempt::find(on, &subjects.known).await?;
    let is_known = known.is_some_and(|known| now - known.last < KNOWN_FOR);
    let account = if is_known { &subjects.from_known } else { &subjects.account };
    let of_account = store::log_in_attempt::find(on, account).await?;
    let of_address = store::log_in_attempt::find(on, &subjects.address).await?;
    let of_account = of_account.unwrap_or(Attempts::none(now)).remembered(now);
    let of_address = of_address.unwrap_or(Attempts::none(now)).remembered(now);
    let wait = of_account.wait(FREE_PER_ACCOUNT, now);
    let wait = if is_known { wait } else { wait.max(of_address.wait(FREE_PER_ADDRESS, now)) };
    Ok(match wait {
        Some(seconds) => Err(seconds),
        None => Ok(Seen { account: account.clone(), of_account, of_address }),
    })
}

fn too_many(seconds: i64) -> Rule {
    count_log_in(LogInOutcome::Throttled);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    Rule::new(format!("Too many failed attempts. Try again in {seconds} {unit}."))
}
