//! AEAD with XChaCha20-Poly1305. The associated data names the row, so a ciphertext that was copied to another row, or
//! an older one put back, does not open.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

use super::entropy::{Entropy, draw};
use crate::domain::{DataKeyId, SecretId, TeamId, WebhookId};

/// Long enough for any number of random nonces.
const NONCE_BYTES: usize = 24;

/// A nonce, and a ciphertext with its tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// Another key, another row, or changed bytes: indistinguishable, and it must stay so.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a value does not decrypt: it was changed, moved, or encrypted with another key")]
pub struct OpenError;

impl Sealed {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// The row and the key that a sealed value is bound to.
#[derive(Clone, Copy, Debug)]
pub struct ValueContext {
    pub team_id: TeamId,
    pub secret_id: SecretId,
    pub version: i64,
    pub data_key_id: DataKeyId,
}

/// The row and the key that the sealed signing key of a webhook is bound to.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "the same as those of a value")]
pub struct WebhookContext {
    pub team_id: TeamId,
    pub webhook_id: WebhookId,
    pub data_key_id: DataKeyId,
}

/// What a ciphertext under a data key is bound to.
pub trait Context {
    /// The associated data: fixed widths, so that no two contexts have the same bytes.
    fn associated_data(&self) -> Vec<u8>;
}

impl Context for WebhookContext {
    fn associated_data(&self) -> Vec<u8> {
        let Self { team_id, webhook_id, data_key_id } = self;
        let (team, webhook, key) = (team_id.0.as_bytes(), webhook_id.0.as_bytes(), data_key_id.0.as_bytes());
        [b"strongroom webhook 1".as_slice(), team, webhook, key].concat()
    }
}

impl Context for ValueContext {
    fn associated_data(&self) -> Vec<u8> {
        let Self { team_id, secret_id, version, data_key_id } = self;
        let version = version.to_be_bytes();
        let (team, secret, key) = (team_id.0.as_bytes(), secret_id.0.as_bytes(), data_key_id.0.as_bytes());
        [b"strongroom value 1".as_slice(), team, secret, &version, key].concat()
    }
}

pub(super) fn seal(
    key: &[u8; 32],
    associated_data: &[u8],
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Sealed {
    let nonce: [u8; NONCE_BYTES] = draw(entropy);
    let ciphertext = XChaCha20Poly1305::new(<&Key>::from(key))
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: associated_data })
        .expect("a plaintext is far below the cipher's 256 GiB");
    Sealed([&nonce[..], &ciphertext].concat())
}

pub(super) fn open(
    key: &[u8; 32],
    associated_data: &[u8],
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, ciphertext) = sealed.0.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError)?;
    XChaCha20Poly1305::new(<&Key>::from(key))
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: associated_data })
        .map(Zeroizing::new)
        .map_err(|_| OpenError)
}

#[cfg(test)]
mod tests {
    use super::super::entropy::counting::Counting;
    use super::*;

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_published_vector_opens() {
        let key: [u8; 32] = std::array::from_fn(|i| 0x80 + u8::try_from(i).expect("small"));
        let nonce: Vec<u8> = (0x40..0x58).collect();
        let associated_data = hex::decode("50515253c0c1c2c3c4c5c6c7").expect("hex");
        let ciphertext = hex::decode(concat!(
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39",
            "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9",
            "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
        ))
        .expect("hex");
        let sealed = Sealed([nonce, ciphertext].concat());
        let plaintext = open(&key, &associated_data, &sealed).expect("the vector opens");
        assert_eq!(
            plaintext.as_slice(),
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        );
    }

    #[test]
    fn changed_bits_do_not_open() {
        let key = [7; 32];
        let sealed = seal(&key, b"here", b"hunter2", &Counting::default());
        assert_eq!(open(&key, b"here", &sealed).expect("opens").as_slice(), b"hunter2");
        let flipped = |bytes: &[u8], bit: usize| {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        };
        // Each bit of the nonce, the ciphertext and the tag, of the associated data, and of the key.
        for bit in 0..sealed.0.len() * 8 {
            let changed = Sealed(flipped(&sealed.0, bit));
            assert_eq!(open(&key, b"here", &changed), Err(OpenError), "bit {bit}");
        }
        for bit in 0..b"here".len() * 8 {
            assert_eq!(open(&key, &flipped(b"here", bit), &sealed), Err(OpenError), "bit {bit}");
        }
        for bit in 0..key.len() * 8 {
            let changed = flipped(&key, bit).try_into().expect("as long as the key");
            assert_eq!(open(&changed, b"here", &sealed), Err(OpenError), "bit {bit}");
        }
        for length in 0..sealed.0.len() {
            let cut = Sealed(sealed.0[..length].to_vec());
            assert_eq!(open(&key, b"here", &cut), Err(OpenError), "{length} bytes");
        }
    }

    #[test]
    fn no_nonce_occurs_twice() {
        let entropy = Counting::default();
        let mut seen = std::collections::HashSet::new();
        for count in 0..10_000 {
            let sealed = seal(&[7; 32], b"", b"x", &entropy);
            let nonce = *sealed.0.first_chunk::<NONCE_BYTES>().expect("a nonce");
            assert!(seen.insert(nonce), "seal {count}");
        }
    }
}
