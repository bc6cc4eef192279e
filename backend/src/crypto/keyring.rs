//! The keys: one master key outside the store, and for each team a data key, kept in the store wrapped by it.

use std::fmt;

use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::entropy::Entropy;
use super::envelope::{self, OpenError, Sealed, ValueContext};
use super::stream::StreamKey;
use crate::domain::{DataKeyId, TeamId};

/// The key that wraps data keys. It lives in a file beside, never in, the store.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct MasterKey(Box<[u8; 32]>);

/// A short name of a master key that gives nothing away of it: to say which key a store wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// A fingerprint that the store kept.
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a master key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a master key is 64 hexadecimal digits on one line")]
pub struct MasterKeyError;

impl MasterKey {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut key = Self(Box::new([0; 32]));
        entropy.fill(&mut key.0[..]);
        key
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// The text is something else.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let mut key = Self(Box::new([0; 32]));
        hex::decode_to_slice(text.trim(), &mut key.0[..]).map_err(|_| MasterKeyError)?;
        Ok(key)
    }

    /// The text of a key file.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.0[..]) + "\n")
    }

    /// The key's fingerprint: the start of a hash that is used for nothing else.
    pub fn fingerprint(&self) -> Fingerprint {
        let hash = Sha256::new()
            .chain_update(b"strongroom master key fingerprint 1")
            .chain_update(&self.0[..]);
        Fingerprint(hex::encode(&hash.finalize()[..8]))
    }

    /// Derives the key of a stream: another one for each salt, which has to be random, and each context.
    #[expect(
        clippy::missing_panics_doc,
        reason = "it can't: the length is the same each time"
    )]
    pub fn stream_key(&self, salt: &[u8; 32], context: &[u8]) -> StreamKey {
        let mut key = Zeroizing::new([0; 51]);
        Hkdf::<Sha256>::new(Some(salt), &self.0[..])
            .expand_multi_info(&[b"strongroom stream 1", context], &mut key[..])
            .expect("HKDF gives far more than this");
        StreamKey(key)
    }

    /// Makes a data key for a team and wraps it.
    pub fn new_data_key(&self, team_id: TeamId, id: DataKeyId, entropy: &dyn Entropy) -> (DataKey, Sealed) {
        let mut key = DataKey {
            id,
            bytes: Box::new([0; 32]),
        };
        entropy.fill(&mut key.bytes[..]);
        let wrapped = envelope::seal(&self.0, &wrap_context(team_id, id), &key.bytes[..], entropy);
        (key, wrapped)
    }

    /// Unwraps a team's data key.
    ///
    /// # Errors
    /// It was wrapped for another place or by another key, or has been changed.
    pub fn unwrap_data_key(
        &self,
        team_id: TeamId,
        id: DataKeyId,
        wrapped: &Sealed,
    ) -> Result<DataKey, OpenError> {
        let plain = envelope::open(&self.0, &wrap_context(team_id, id), wrapped)?;
        let mut key = DataKey {
            id,
            bytes: Box::new([0; 32]),
        };
        if plain.len() != key.bytes.len() {
            return Err(OpenError);
        }
        key.bytes.copy_from_slice(&plain);
        Ok(key)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// The associated data of a wrapped data key.
fn wrap_context(team_id: TeamId, id: DataKeyId) -> Vec<u8> {
    [
        b"strongroom data key 1".as_slice(),
        team_id.0.as_bytes(),
        id.0.as_bytes(),
    ]
    .concat()
}

/// The key that seals a team's values.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DataKey {
    #[zeroize(skip)]
    id: DataKeyId,
    bytes: Box<[u8; 32]>,
}

impl DataKey {
    /// The key's id, which stands beside each value it seals.
    pub const fn id(&self) -> DataKeyId {
        self.id
    }

    /// Seals a value for its place.
    pub fn seal(&self, context: &ValueContext, value: &[u8], entropy: &dyn Entropy) -> Sealed {
        envelope::seal(&self.bytes, &context.associated_data(), value, entropy)
    }

    /// Opens a value in its place.
    ///
    /// # Errors
    /// It was sealed for another place or by another key, or has been changed.
    pub fn open(&self, context: &ValueContext, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        envelope::open(&self.bytes, &context.associated_data(), sealed)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({}, …)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::super::entropy::counting::Counting;
    use super::*;
    use crate::domain::SecretId;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_master_key_is_read_back_from_its_text_and_shows_nothing() {
        let key = MasterKey::generate(&Counting::default());
        let text = key.to_text();
        assert_eq!(
            MasterKey::from_text(&text).expect("a key").fingerprint(),
            key.fingerprint()
        );
        assert_eq!(format!("{key:?}"), "MasterKey(…)");
        assert_eq!(MasterKey::from_text("hunter2").err(), Some(MasterKeyError));
        assert!(!text.contains(&key.fingerprint().to_string()));
    }

    #[test]
    fn a_data_key_unwraps_only_for_its_team_and_by_its_master_key() {
        let entropy = Counting::default();
        let master = MasterKey::generate(&entropy);
        let (team, key_id) = (TeamId(id(1)), DataKeyId(id(2)));
        let (_, wrapped) = master.new_data_key(team, key_id, &entropy);
        assert!(master.unwrap_data_key(team, key_id, &wrapped).is_ok());
        assert!(master.unwrap_data_key(TeamId(id(3)), key_id, &wrapped).is_err());
        assert!(master.unwrap_data_key(team, DataKeyId(id(3)), &wrapped).is_err());
        assert!(
            MasterKey::generate(&entropy)
                .unwrap_data_key(team, key_id, &wrapped)
                .is_err()
        );
    }

    #[test]
    fn a_value_opens_only_as_the_version_of_the_secret_of_the_team_it_was_sealed_for() {
        let entropy = Counting::default();
        let (key, _) = MasterKey::generate(&entropy).new_data_key(TeamId(id(1)), DataKeyId(id(2)), &entropy);
        let context = ValueContext {
            team_id: TeamId(id(1)),
            secret_id: SecretId(id(3)),
            version: 1,
            data_key_id: key.id(),
        };
        let sealed = key.seal(&context, b"hunter2", &entropy);
        assert_eq!(key.open(&context, &sealed).expect("opens").as_slice(), b"hunter2");
        for elsewhere in [
            ValueContext {
                team_id: TeamId(id(9)),
                ..context
            },
            ValueContext {
                secret_id: SecretId(id(9)),
                ..context
            },
            ValueContext {
                version: 2,
                ..context
            },
            ValueContext {
                data_key_id: DataKeyId(id(9)),
                ..context
            },
        ] {
            assert!(key.open(&elsewhere, &sealed).is_err(), "{elsewhere:?}");
        }
    }
}
