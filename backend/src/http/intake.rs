//! Memory for request bodies and large responses, taken from pools of fixed size.
//!
//! A small body takes bytes from a pool as they arrive, so that one that was only announced holds nothing. A large body
//! takes the rest at once, because large bodies that each hold a part would deadlock. Separate pools keep unauthenticated
//! callers from blocking authenticated ones, and large bodies from blocking small ones. Waiting is bounded.

use axum::body::{Body, Bytes, HttpBody as _};
use http_body_util::BodyExt as _;
use zeroize::Zeroizing;

use crate::graphql::{AUTHENTICATED, Bounds, UNAUTHENTICATED};
use crate::pool::{Part, Pool, Principal};

const MIB: usize = 1024 * 1024;
/// The first bytes of a body come from no pool, so that a login succeeds while slow clients hold the pools; the limit on
/// connections bounds them. Further bytes are taken in steps of this size.
const FREE: usize = 4 * 1024;
/// The maximum size of a small body, in bytes.
const SMALL: usize = UNAUTHENTICATED.body;
/// The number of a body's nodes that come from no pool.
const FEW_NODES: usize = 2_000;
/// The maximum number of bytes of a refused body that are read and dropped.
const MAX_DRAINED: usize = 4 * AUTHENTICATED.body;

pub struct Intake {
    /// Bytes of bodies from unauthenticated callers.
    unauthenticated: Pool,
    /// Bytes of small bodies.
    small: Pool,
    /// Bytes of bodies beyond [`SMALL`].
    large: Pool,
    /// JSON nodes: each takes a few hundred bytes in memory, however short its text.
    nodes: Pool,
    /// Bytes of large responses that clients have not read yet.
    responses: Pool,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            unauthenticated: Pool::new(8 * MIB, 8 * MIB),
            small: Pool::new(16 * MIB, 4 * MIB),
            large: Pool::new(48 * MIB, 12 * MIB),
            nodes: Pool::new(3 * AUTHENTICATED.nodes, AUTHENTICATED.nodes),
            responses: Pool::new(128 * MIB, 32 * MIB),
        }
    }
}

pub(crate) struct Received {
    pub bytes: Zeroizing<Vec<u8>>,
    /// Its parts of the pools, kept while it, or anything parsed from it, is in memory.
    pub held: Held,
}

/// The parts of the pools of small bodies, of large bodies and of nodes.
pub(crate) type Held = [Option<Part>; 3];

#[derive(Clone, Copy)]
pub(crate) enum Refused {
    TooLarge,
    Broken,
    Busy,
}

impl Intake {
    /// Reads a body within the caller's bounds. A refused one is drained up to a limit, because a client that is still sending
    /// would not see the response, and Prefect's would retry.
    pub(crate) async fn read(
        &self,
        mut body: Body,
        bounds: &Bounds,
        principal: Principal,
    ) -> Result<Received, Refused> {
        let mut length = 0;
        let refused = match self.read_within(&mut body, bounds, principal, &mut length).await {
            Ok(received) => return Ok(received),
            Err(refused) => refused,
        };
        while length <= MAX_DRAINED
            && let Some(Ok(frame)) = body.frame().await
        {
            length += frame.data_ref().map_or(0, Bytes::len);
            // Large bodies must not starve small requests.
            tokio::task::yield_now().await;
        }
        Err(refused)
    }

    async fn read_within(
        &self,
        body: &mut Body,
        bounds: &Bounds,
        principal: Principal,
        length: &mut usize,
    ) -> Result<Received, Refused> {
        let small = if bounds.body > SMALL { &self.small } else { &self.unauthenticated };
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if announced > bounds.body {
            return Err(Refused::TooLarge);
        }
        let mut bytes = Zeroizing::new(Vec::new());
        let mut held = Held::default();
        let mut taken = FREE;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Refused::Broken)?.into_data() else { continue };
            *length += data.len();
            if *length > bounds.body {
                return Err(Refused::TooLarge);
            }
            let needed = (*length).min(SMALL);
            if needed > taken {
                let step = (needed - taken).next_multiple_of(FREE);
                take(small, principal, step, &mut held[0]).await?;
                taken += step;
            }
            if *length > SMALL && held[1].is_none() {
                let whole = if announced > 0 { announced } else { bounds.body };
                take(&self.large, principal, whole.saturating_sub(SMALL), &mut held[1]).await?;
            }
            append(&mut bytes, &data, announced);
            if *length > SMALL {
                tokio::task::yield_now().await;
            }
        }
        let nodes = max_nodes(&bytes).min(bounds.nodes);
        if nodes > FEW_NODES {
            take(&self.nodes, principal, nodes, &mut held[2]).await?;
        }
        Ok(Received { bytes, held })
    }

    /// Takes memory for a response until its client has read it; `None` if too much is in use.
    pub(crate) fn respond(&self, principal: Principal, text: Vec<u8>) -> Option<Bytes> {
        if text.len() <= SMALL {
            return Some(text.into());
        }
        let part = self.responses.try_take(principal, text.len())?;
        Some(Bytes::from_owner(Unread { text, _part: part }))
    }
}

struct Unread {
    text: Vec<u8>,
    _part: Part,
}

impl AsRef<[u8]> for Unread {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

async fn take(
    pool: &Pool,
    principal: Principal,
    count: usize,
    held: &mut Option<Part>,
) -> Result<(), Refused> {
    let part = pool.take(principal, count).await.ok_or(Refused::Busy)?;
    match held {
        Some(held) => held.merge(part),
        None => *held = Some(part),
    }
    Ok(())
}

/// Appends to a buffer and erases the old one when it grows. It grows with the bytes received, not with the length announced.
fn append(bytes: &mut Zeroizing<Vec<u8>>, data: &[u8], announced: usize) {
    let length = bytes.len() + data.len();
    if length > bytes.capacity() {
        // A chunked body announces nothing.
        let most = if announced > 0 { announced } else { usize::MAX };
        let doubled = (2 * length).min(most).max(length);
        let mut larger = Zeroizing::new(Vec::with_capacity(doubled));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(data);
}

/// An upper bound on the JSON nodes in a body, including those of variables sent as text. Each node follows one of these
/// characters, or an escape that may stand for one, except the first of the body and of each text.
fn max_nodes(body: &[u8]) -> usize {
    1 + AUTHENTICATED.batch
        + body.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{' | b'\\')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_never_underestimated() {
        for (body, nodes) in
            [("0", 1), ("[0,0]", 3), (r#"{"a":{"b":[]}}"#, 5), (r#"{"variables":"[0\u002c0]"}"#, 6)]
        {
            assert!(max_nodes(body.as_bytes()) >= nodes, "{body}");
        }
    }
}
