//! Slowing guesses down: each failed attempt to prove a password is counted, for the account and for the address.
//!
//! An address from which a person has logged in before has a count of its own, so that strangers who guess can't keep
//! them out. Whether there is such an account makes no difference. The rules are in `domain::throttle`.

use strongroom_shared::payload::SuccessPayload;

use super::{Result, Service};
use crate::crypto::digest;
use crate::domain::throttle::{Attempts, FREE_PER_ACCOUNT, FREE_PER_ADDRESS, KNOWN_FOR, network};
use crate::store::{self, Transaction};

/// An attempt that is being made, counted as failed until it succeeds.
pub(super) struct Attempt {
    /// What counts for the account: the account itself, or its known address.
    account: String,
    address: String,
    known: String,
}

impl Service {
    /// Counts an attempt before it is made, so that many at once don't slip through; or refuses it.
    pub(super) async fn begin_attempt(
        &self,
        email: &str,
        address: &str,
    ) -> Result<std::result::Result<Attempt, SuccessPayload>> {
        let now = self.now();
        // Digests, because people type passwords into the wrong field.
        let email = email.trim().to_lowercase();
        let network = network(address);
        let known = digest::of_texts(&["known", &email, &network]);
        let address = digest::of_texts(&["address", &network]);

        let tx = self.store.begin().await?;
        let find = async |subject: &str| -> Result<Option<Attempts>> {
            Ok(store::log_in_attempt::find(&tx, subject).await?)
        };
        let of_known = find(&known)
            .await?
            .filter(|attempts| now - attempts.last < KNOWN_FOR);
        let account = if of_known.is_some() {
            known.clone()
        } else {
            digest::of_texts(&["account", &email])
        };
        let of_account = find(&account)
            .await?
            .unwrap_or(Attempts::none(now))
            .remembered(now);
        let of_address = find(&address)
            .await?
            .unwrap_or(Attempts::none(now))
            .remembered(now);
        let wait = of_account
            .wait(FREE_PER_ACCOUNT, now)
            .max(of_address.wait(FREE_PER_ADDRESS, now));
        if let Some(seconds) = wait {
            let unit = if seconds == 1 { "second" } else { "seconds" };
            return Ok(Err(SuccessPayload::refused(format!(
                "Too many failed attempts. Try again in {seconds} {unit}."
            ))));
        }
        store::log_in_attempt::set(&tx, &account, &of_account.failed(now)).await?;
        store::log_in_attempt::set(&tx, &address, &of_address.failed(now)).await?;
        tx.commit().await?;
        Ok(Ok(Attempt {
            account,
            address,
            known,
        }))
    }

    /// Takes an attempt back that has succeeded, and knows the address from then on. Other failures from there still
    /// count: whoever has one account must not get free guesses at others by logging in.
    pub(super) async fn end_attempt(&self, tx: &Transaction, attempt: Attempt) -> Result<()> {
        let now = self.now();
        if attempt.account != attempt.known {
            store::log_in_attempt::remove(tx, &attempt.account).await?;
        }
        store::log_in_attempt::set(tx, &attempt.known, &Attempts::none(now)).await?;
        if let Some(attempts) = store::log_in_attempt::find(tx, &attempt.address).await? {
            let attempts = Attempts {
                failures: (attempts.failures - 1).max(0),
                ..attempts
            };
            store::log_in_attempt::set(tx, &attempt.address, &attempts).await?;
        }
        Ok(())
    }
}
