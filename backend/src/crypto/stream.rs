//! Sealing a stream of chunks: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with
//! XChaCha20-Poly1305. Each chunk's nonce contains its number and whether it is the last, so chunks that were changed,
//! swapped, repeated, left out, appended or cut off do not open.

use aead_stream::{EncryptorBE32, NewStream as _, StreamBE32, StreamPrimitive as _};
use chacha20poly1305::{Key, XChaCha20Poly1305};
use thiserror::Error;
use zeroize::Zeroizing;

/// The length of a chunk; only the last is shorter.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// The number of bytes that sealing adds to a chunk.
pub const TAG_BYTES: usize = 16;

const KEY_BYTES: usize = 32;
const PREFIX_BYTES: usize = 19;

/// The key and the nonce prefix of one stream: see [`MasterKey::stream_key`](super::MasterKey::stream_key).
pub struct StreamKey(pub(super) Zeroizing<[u8; KEY_BYTES + PREFIX_BYTES]>);

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ChunkError {
    /// The chunk is intact, but another should follow.
    #[error("it is cut off after chunk {0}")]
    CutOff(u32),
    /// The chunk is intact, but should be the last.
    #[error("there is data after its last chunk, {0}")]
    Appended(u32),
    #[error("chunk {0} was changed, moved or cut off")]
    Changed(u32),
    #[error("it has more chunks than there are numbers")]
    TooLong,
}

pub struct Sealer(EncryptorBE32<XChaCha20Poly1305>);

pub struct Opener {
    stream: StreamBE32<XChaCha20Poly1305>,
    position: u32,
}

impl StreamKey {
    fn stream(&self) -> StreamBE32<XChaCha20Poly1305> {
        let (key, prefix) = self.0.split_at(KEY_BYTES);
        let key = <&Key>::try_from(key).expect("a key's length");
        let prefix = prefix.try_into().expect("a nonce's length less the counter");
        StreamBE32::new(key, &prefix)
    }
}

impl Sealer {
    /// Begins the only stream of a key.
    pub fn new(key: &StreamKey) -> Self {
        Self(key.stream().encryptor())
    }

    pub fn seal_next(&mut self, chunk: &[u8]) -> Result<Vec<u8>, ChunkError> {
        self.0.encrypt_next(chunk).map_err(|_| ChunkError::TooLong)
    }

    pub fn seal_last(self, chunk: &[u8]) -> Result<Vec<u8>, ChunkError> {
        self.0.encrypt_last(chunk).map_err(|_| ChunkError::TooLong)
    }
}

impl Opener {
    pub fn new(key: &StreamKey) -> Self {
        Self { stream: key.stream(), position: 0 }
    }

    pub fn open(&mut self, chunk: &[u8], is_last: bool) -> Result<Vec<u8>, ChunkError> {
        let Self { stream, position } = self;
        // People count from 1.
        let number = position.saturating_add(1);
        if let Ok(opened) = stream.decrypt(*position, is_last, chunk) {
            *position = position.checked_add(1).ok_or(ChunkError::TooLong)?;
            return Ok(opened);
        }
        Err(match (stream.decrypt(*position, !is_last, chunk), is_last) {
            (Ok(_), true) => ChunkError::CutOff(number),
            (Ok(_), false) => ChunkError::Appended(number),
            (Err(_), _) => ChunkError::Changed(number),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::MasterKey;
    use super::super::entropy::counting::Counting;
    use super::*;

    fn key(context: &str) -> StreamKey {
        MasterKey::generate(&Counting::default()).stream_key(&[7; 32], context.as_bytes())
    }

    fn seal(chunks: &[&str]) -> Vec<Vec<u8>> {
        let mut sealer = Sealer::new(&key("here"));
        let (last, first) = chunks.split_last().expect("a chunk");
        let mut chunks: Vec<_> =
            first.iter().map(|chunk| sealer.seal_next(chunk.as_bytes()).expect("few")).collect();
        chunks.push(sealer.seal_last(last.as_bytes()).expect("few"));
        chunks
    }

    fn open(key: &StreamKey, chunks: &[Vec<u8>]) -> Result<Vec<u8>, ChunkError> {
        let mut opener = Opener::new(key);
        let last = chunks.len() - 1;
        let chunks = chunks.iter().enumerate().map(|(index, chunk)| opener.open(chunk, index == last));
        Ok(chunks.collect::<Result<Vec<_>, _>>()?.concat())
    }

    #[test]
    fn only_an_unchanged_stream_opens() {
        let whole = seal(&["one", "two", "three"]);
        assert_eq!(open(&key("here"), &whole).expect("opens"), b"onetwothree");
        assert_eq!(open(&key("there"), &whole), Err(ChunkError::Changed(1)));

        let check = |error: ChunkError, change: fn(&mut Vec<Vec<u8>>)| {
            let mut changed = whole.clone();
            change(&mut changed);
            assert_eq!(open(&key("here"), &changed), Err(error));
        };
        check(ChunkError::Changed(2), |chunks| chunks[1][0] ^= 1);
        check(ChunkError::Changed(1), |chunks| chunks.swap(0, 1));
        check(ChunkError::Changed(2), |chunks| chunks[1] = chunks[0].clone());
        check(ChunkError::Changed(2), |chunks| drop(chunks.remove(1)));
        check(ChunkError::CutOff(2), |chunks| drop(chunks.pop()));
        check(ChunkError::Appended(3), |chunks| chunks.push(chunks[0].clone()));
        check(ChunkError::Changed(3), |chunks| chunks[2].push(0));
        check(ChunkError::Changed(3), |chunks| chunks[2].truncate(5));
        check(ChunkError::Changed(1), |chunks| chunks[0].clear());
        assert_eq!(open(&key("here"), &seal(&[""])).expect("opens"), b"");
    }
}
