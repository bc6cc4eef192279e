//! Memory for request bodies, taken from pools of fixed size.
//!
//! A small body takes bytes from a pool as they arrive, so that a body that was only announced holds nothing. The rest
//! of a large body is taken at once, when it has outgrown a small one: large bodies that each hold a part would
//! deadlock. The pools are separate, so that unauthenticated callers can't keep authenticated ones waiting, nor large
//! bodies small ones. Waiting is bounded.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use http_body_util::BodyExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use zeroize::Zeroizing;

use crate::graphql::{Bounds, KNOWN, STRANGER};

/// The first bytes of a body come from no pool, so that a login succeeds while slow clients hold the pools. The limit
/// on connections bounds them.
const FREE: usize = 4 * 1024;
/// The bytes of a body, authenticated or not, that come from the pools of small ones.
const SMALL: usize = STRANGER.body;
/// The pool of bodies from unauthenticated callers, in bytes.
const STRANGERS_POOL: usize = 8 * 1024 * 1024;
/// The pool of small bodies, in bytes.
const SMALL_POOL: usize = 16 * 1024 * 1024;
/// The pool for the bytes of bodies beyond [`SMALL`].
const LARGE_POOL: usize = 48 * 1024 * 1024;
/// The pool of JSON nodes: each takes a few hundred bytes in memory, however short its text is.
const NODE_POOL: usize = 3 * KNOWN.nodes;
/// The nodes of a body that come from no pool.
const FEW_NODES: usize = 2_000;
/// How long a body waits for a pool.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How much of a refused body is read and dropped.
const MAX_DRAINED: usize = 4 * KNOWN.body;

/// The pools.
pub struct Intake {
    strangers: Semaphore,
    small: Semaphore,
    large: Semaphore,
    nodes: Semaphore,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            strangers: Semaphore::new(STRANGERS_POOL),
            small: Semaphore::new(SMALL_POOL),
            large: Semaphore::new(LARGE_POOL),
            nodes: Semaphore::new(NODE_POOL),
        }
    }
}

/// A body.
pub struct Received<'a> {
    /// Its bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its share of the pools, to be held while the body or its parsed form is in memory.
    pub held: Held<'a>,
}

/// Shares of the pool of small or unauthenticated bodies, of large bodies, and of nodes.
type Held<'a> = [Option<SemaphorePermit<'a>>; 3];

/// Why a body was not taken in.
pub enum Refused {
    /// It exceeds the caller's bounds, or broke off.
    TooLarge,
    /// Too much is in memory already.
    Busy,
}

impl Intake {
    /// Reads a body within the caller's bounds. A refused body is drained for a while, because a client that is still
    /// sending would not see the response, and Prefect's would send it all again.
    ///
    /// # Errors
    /// It exceeds the bounds or breaks off, or no memory becomes free.
    pub async fn read(&self, mut body: Body, bounds: &Bounds) -> Result<Received<'_>, Refused> {
        let (refused, mut length) = match self.read_within(&mut body, bounds).await {
            Ok(received) => return Ok(received),
            Err(refused) => refused,
        };
        while length <= MAX_DRAINED
            && let Some(Ok(frame)) = body.frame().await
        {
            length += frame.data_ref().map_or(0, Bytes::len);
        }
        Err(refused)
    }

    async fn read_within(&self, body: &mut Body, bounds: &Bounds) -> Result<Received<'_>, (Refused, usize)> {
        let first = if bounds.body > SMALL {
            &self.small
        } else {
            &self.strangers
        };
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > bounds.body {
            return Err((Refused::TooLarge, 0));
        }
        let mut bytes = Zeroizing::new(Vec::new());
        let mut held = Held::default();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| (Refused::TooLarge, MAX_DRAINED))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let length = bytes.len() + data.len();
            if length > bounds.body {
                return Err((Refused::TooLarge, length));
            }
            let busy = |refused| (refused, length);
            let from_first = length.clamp(FREE, SMALL) - bytes.len().clamp(FREE, SMALL);
            take(first, from_first, &mut held[0]).await.map_err(busy)?;
            if length > SMALL && held[1].is_none() {
                let whole = if announced > 0 { announced } else { bounds.body };
                take(&self.large, whole.saturating_sub(SMALL), &mut held[1])
                    .await
                    .map_err(busy)?;
            }
            append(&mut bytes, &data, announced);
        }
        let nodes = max_nodes(&bytes).min(bounds.nodes);
        if nodes > FEW_NODES {
            let length = bytes.len();
            take(&self.nodes, nodes, &mut held[2])
                .await
                .map_err(|refused| (refused, length))?;
        }
        Ok(Received { bytes, held })
    }
}

/// Takes a share of a pool.
async fn take<'a>(
    pool: &'a Semaphore,
    count: usize,
    held: &mut Option<SemaphorePermit<'a>>,
) -> Result<(), Refused> {
    if count == 0 {
        return Ok(());
    }
    let count = u32::try_from(count).map_err(|_| Refused::TooLarge)?;
    let taken = tokio::time::timeout(MAX_WAIT, pool.acquire_many(count)).await;
    match taken {
        Ok(Ok(permit)) => {
            match held {
                Some(held) => held.merge(permit),
                None => *held = Some(permit),
            }
            Ok(())
        }
        Ok(Err(_)) | Err(_) => Err(Refused::Busy),
    }
}

/// Appends to a buffer that leaves no copies behind when it grows. It grows with the bytes received, not with the
/// length announced.
fn append(bytes: &mut Zeroizing<Vec<u8>>, data: &[u8], announced: usize) {
    let length = bytes.len() + data.len();
    if length > bytes.capacity() {
        let doubled = (2 * length).min(announced).max(length);
        let mut larger = Zeroizing::new(Vec::with_capacity(doubled));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(data);
}

/// An upper bound on the JSON nodes in a body, variables sent as text included. Each node follows one of these
/// characters, or an escape that may stand for one; the first of the body and of each text follows none.
fn max_nodes(body: &[u8]) -> usize {
    let firsts = 1 + KNOWN.batch;
    let others = body
        .iter()
        .filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{' | b'\\'))
        .count();
    firsts + others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_never_underestimated() {
        for (body, nodes) in [
            ("0", 1),
            ("[0,0]", 3),
            (r#"{"a":{"b":[]}}"#, 5),
            (r#"{"variables":"[0\u002c0]"}"#, 6),
        ] {
            assert!(max_nodes(body.as_bytes()) >= nodes, "{body}");
        }
    }
}
