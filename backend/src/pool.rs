//! Pools of a limited resource, such as memory or CPU. A principal holds at most a share of a pool, so that one who stalls
//! leaves the rest to others.
//!
//! Not here: connections (`http::serve`), and the limits of a request (`graphql::limits`, `domain::budget`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use strongroom_shared::Uuid;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

const MAX_WAIT: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5_000 });
/// The number of principals at which those without a part are dropped from the table.
const MANY_PRINCIPALS: usize = 1024;

/// A user or a key; `None` for all unauthenticated callers together.
pub type Principal = Option<Uuid>;

pub struct Pool {
    whole: Arc<Semaphore>,
    share: usize,
    shares: Mutex<HashMap<Principal, Weak<Semaphore>>>,
}

/// A part of a pool, which returns to it when dropped.
pub struct Part {
    share: OwnedSemaphorePermit,
    whole: OwnedSemaphorePermit,
}

impl Part {
    pub fn merge(&mut self, other: Self) {
        self.share.merge(other.share);
        self.whole.merge(other.whole);
    }
}

impl Pool {
    /// A pool of `size` units, of which a principal holds at most `share`.
    pub fn new(size: usize, share: usize) -> Self {
        Self { whole: Arc::new(Semaphore::new(size)), share: share.min(size), shares: Mutex::default() }
    }

    /// Waits for a part; `None` if it does not become free in time. More than a share counts as a share.
    pub async fn take(&self, principal: Principal, count: usize) -> Option<Part> {
        let (share, count) = (self.share_of(principal), self.units(count));
        // The share comes first: a principal that has used up its own does not block the queue.
        let part = async {
            Some(Part {
                share: share.acquire_many_owned(count).await.ok()?,
                whole: Arc::clone(&self.whole).acquire_many_owned(count).await.ok()?,
            })
        };
        timeout(MAX_WAIT, part).await.ok().flatten()
    }

    pub fn try_take(&self, principal: Principal, count: usize) -> Option<Part> {
        let count = self.units(count);
        Some(Part {
            share: self.share_of(principal).try_acquire_many_owned(count).ok()?,
            whole: Arc::clone(&self.whole).try_acquire_many_owned(count).ok()?,
        })
    }

    fn units(&self, count: usize) -> u32 {
        u32::try_from(count.min(self.share)).unwrap_or(u32::MAX)
    }

    fn share_of(&self, principal: Principal) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&principal).and_then(Weak::upgrade) {
            return share;
        }
        if shares.len() >= MANY_PRINCIPALS {
            shares.retain(|_, share| share.strong_count() > 0);
        }
        let share = Arc::new(Semaphore::new(self.share));
        shares.insert(principal, Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn principal_holds_no_more_than_its_share() {
        let pool = Pool::new(10, 4);
        let (ada, rob) = (Some(Uuid::from_u128(1)), None);
        let mut held = pool.take(ada, 3).await.expect("free");
        held.merge(pool.take(ada, 1).await.expect("free"));
        assert!(pool.take(ada, 1).await.is_none());
        assert!(pool.try_take(rob, 4).is_some());
        drop(held);
        // A request for more than a share gets a share, and does not wait forever.
        assert!(pool.try_take(ada, 100).is_some());
    }

    #[tokio::test]
    async fn pool_is_used_up_by_several_principals() {
        let pool = Pool::new(10, 4);
        let of = |number| pool.try_take(Some(Uuid::from_u128(number)), 4);
        let (one, two) = (of(1), of(2));
        assert!(one.is_some() && two.is_some() && of(3).is_none());
        drop(two);
        assert!(of(3).is_some());
    }
}
