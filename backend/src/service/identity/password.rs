//! Hashes and verifies passwords, a few at a time: each takes 46 MiB and a core for a while, so the others queue.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::session::LogInOutcome;
use crate::crypto::{PasswordHash, Verified};
use crate::domain::password::check_password;
use crate::service::{Error, Result, Service};

/// A place in the hashing queue, held until the password is hashed.
pub(in crate::service) type HashingPlace = OwnedSemaphorePermit;

impl Service {
    /// Checks the rules for a new password, and hashes it.
    pub(in crate::service) async fn hash_password(&self, password: String) -> Result<PasswordHash> {
        check_password(&password)?;
        let place = self.take_hashing_place().ok_or(Error::Busy)?;
        self.hash_in_place(place, password).await
    }

    pub(super) async fn hash_in_place(&self, place: HashingPlace, password: String) -> Result<PasswordHash> {
        let entropy = Arc::clone(&self.entropy);
        self.with_hasher(place, password, move |hasher, password| hasher.hash(password, &*entropy)).await
    }

    pub(in crate::service) async fn verify_password(
        &self,
        place: HashingPlace,
        password: String,
        hash: Option<PasswordHash>,
    ) -> Result<Verified> {
        let entropy = Arc::clone(&self.entropy);
        self.with_hasher(place, password, move |hasher, password| {
            hasher.verify(password, hash.as_ref(), &*entropy)
        })
        .await
    }

    /// Takes a place in the hashing queue; `None` if it is full, which counts as a refused login.
    pub(in crate::service) fn take_hashing_place(&self) -> Option<HashingPlace> {
        let place = Arc::clone(&self.hashing_queue).try_acquire_owned().ok();
        if place.is_none() {
            LogInOutcome::Busy.count(1);
        }
        place
    }

    async fn with_hasher<T: Send + 'static>(
        &self,
        place: HashingPlace,
        password: String,
        work: impl FnOnce(&crate::crypto::PasswordHasher, &str) -> T + Send + 'static,
    ) -> Result<T> {
        let password = zeroize::Zeroizing::new(password);
        let hasher = Arc::clone(&self.passwords);
        let permit = Arc::clone(&self.hashing).acquire_owned().await;
        let permit = permit.map_err(|_| Error::Broken("the hashing queue is closed"))?;
        // The work goes on after the client disconnects, so it owns the permit.
        tokio::task::spawn_blocking(move || {
            let _places = (place, permit);
            work(&hasher, &password)
        })
        .await
        .map_err(|_| Error::Broken("hashing a password panicked"))
    }
}
