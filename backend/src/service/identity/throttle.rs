//! Throttles password guesses: failed attempts are counted for the account and for the address.
//!
//! An address from which a person has logged in before is counted separately, so that guessing strangers can't lock them
//! out. Unknown accounts are treated alike. The rules are in `domain::throttle`.

use crate::crypto::{PasswordHash, digest};
use crate::domain::password::is_too_long;
use crate::domain::throttle::{Attempts, FREE_PER_ACCOUNT, FREE_PER_ADDRESS, KNOWN_FOR, network};
use crate::domain::{Rule, Time, User};
use crate::service::change::{Answer, Done, Recorded, Refused, change};
use crate::service::error::BUSY;
use crate::service::identity::password::HashingPlace;
use crate::service::identity::session::LogInOutcome;
use crate::service::{Result, Service};
use crate::store::{self, Executor, Transaction};

/// An attempt in progress, counted as failed until it succeeds.
pub(in crate::service) struct Attempt {
    /// The account's counter: of all guesses, or of those from its known address.
    account: String,
    address: String,
    known: String,
}

/// The keys of counters. They are digests, because people type passwords into the wrong field.
struct Subjects {
    account: String,
    /// The last login to the account from the address. Failures don't update it: guesses must not keep an address known.
    known: String,
    /// Failures at the account from an address known to it.
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
    /// Counts an attempt before it is made, so that concurrent ones can't bypass the limit, or refuses it.
    pub(super) async fn begin_attempt(
        &self,
        email: &str,
        address: &str,
    ) -> Result<Answer<(Attempt, HashingPlace)>> {
        let now = self.now();
        // Throttled callers don't occupy the writer.
        let subjects = Subjects::new(email, address);
        if let Err(seconds) = look(&self.store, &subjects, now).await? {
            return Ok(Err(too_many(seconds)));
        }
        // Before the attempt counts: a full queue is not the caller's failure.
        let Some(place) = self.take_hashing_place() else { return Ok(Err(Rule::new(BUSY))) };
        change!(self, |_, tx| {
            let seen = match look(tx, &subjects, now).await? {
                Ok(seen) => seen,
                Err(seconds) => return Ok(Refused(Err(too_many(seconds)))),
            };
            let Subjects { known, address, .. } = subjects;
            store::log_in_attempt::set(tx, &seen.account, &seen.of_account.failed(now)).await?;
            store::log_in_attempt::set(tx, &address, &seen.of_address.failed(now)).await?;
            let attempt = Attempt { account: seen.account, address, known };
            Ok(Done(Ok((attempt, place)), Recorded::note()))
        })
    }

    /// Verifies a person's password in a throttled attempt, and records a wrong one, with `how` it was used.
    pub(in crate::service) async fn attempt_password(
        &self,
        user: &User,
        hash: &str,
        password: String,
        address: &str,
        how: &str,
        wrong: &'static str,
    ) -> Result<Answer<Attempt>> {
        if is_too_long(&password) {
            return Ok(Err(Rule::new(wrong)));
        }
        let (attempt, place) = match self.begin_attempt(user.email.as_str(), address).await? {
            Ok(begun) => begun,
            Err(wait) => return Ok(Err(wait)),
        };
        let hash = PasswordHash::from_text(hash.to_owned());
        if self.verify_password(place, password, Some(hash)).await?.is_right() {
            return Ok(Ok(attempt));
        }
        self.record_wrong_password(Some(user), address, Some(how)).await?;
        LogInOutcome::WrongPassword.count(1);
        Ok(Err(Rule::new(wrong)))
    }

    /// Uncounts a successful attempt, and remembers the address, whose other failures still count.
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

/// The counts so far, or the seconds to wait. At a known address, which many may share, only the account's failures count.
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
    let seen = Seen { account: account.clone(), of_account, of_address };
    Ok(wait.map_or(Ok(seen), Err))
}

fn too_many(seconds: i64) -> Rule {
    LogInOutcome::Throttled.count(1);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    Rule::new(format!("Too many failed attempts. Try again in {seconds} {unit}."))
}
