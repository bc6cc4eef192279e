//! Master keys, which are outside the store, and teams' data keys, which the store holds wrapped by a master key. While
//! the master key is rotated there are several, in a keyring.

use std::fmt;
use std::sync::Arc;

use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::entropy::Entropy;
use super::envelope::{self, Context, OpenError, Sealed};
use super::stream::StreamKey;
use crate::domain::{DataKeyId, TeamId};

/// The key that wraps data keys.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct MasterKey {
    bytes: Box<[u8; 32]>,
    #[zeroize(skip)]
    fingerprint: Fingerprint,
}

/// Identifies a master key without revealing anything about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a master key is 64 hexadecimal digits on one line; of several lines, the first is the one to use")]
pub struct MasterKeyError;

impl MasterKey {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut key = Self::zero();
        entropy.fill(&mut key.bytes[..]);
        key.named()
    }

    /// Reads the text of a key file.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let mut key = Self::zero();
        hex::decode_to_slice(text.trim(), &mut key.bytes[..]).map_err(|_| MasterKeyError)?;
        Ok(key.named())
    }

    /// A key to fill in place and then pass to [`named`](Self::named).
    fn zero() -> Self {
        Self { bytes: Box::new([0; 32]), fingerprint: Fingerprint(String::new()) }
    }

    fn named(mut self) -> Self {
        let hash =
            Sha256::new().chain_update(b"strongroom master key fingerprint 1").chain_update(&self.bytes[..]);
        self.fingerprint = Fingerprint(hex::encode(&hash.finalize()[..8]));
        self
    }

    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.bytes[..]) + "\n")
    }

    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint.clone()
    }

    /// Derives the key of a stream from a random salt and a context.
    #[expect(clippy::missing_panics_doc, reason = "it can't: the length is the same each time")]
    pub fn stream_key(&self, salt: &[u8; 32], context: &[u8]) -> StreamKey {
        let mut key = Zeroizing::new([0; 51]);
        Hkdf::<Sha256>::new(Some(salt), &self.bytes[..])
            .expand_multi_info(&[b"strongroom stream 1", context], &mut key[..])
            .expect("HKDF gives far more than this");
        StreamKey(key)
    }

    pub fn new_data_key(&self, team_id: TeamId, id: DataKeyId, entropy: &dyn Entropy) -> (DataKey, Sealed) {
        let mut key = DataKey { id, bytes: Box::new([0; 32]) };
        entropy.fill(&mut key.bytes[..]);
        let wrapped = self.wrap_data_key(team_id, &key, entropy);
        (key, wrapped)
    }

    pub fn wrap_data_key(&self, team_id: TeamId, key: &DataKey, entropy: &dyn Entropy) -> Sealed {
        envelope::seal(&self.bytes, &wrap_context(team_id, key.id), &key.bytes[..], entropy)
    }

    pub(crate) fn unwrap_data_key(
        &self,
        team_id: TeamId,
        id: DataKeyId,
        wrapped: &Sealed,
    ) -> Result<DataKey, OpenError> {
        let plain = envelope::open(&self.bytes, &wrap_context(team_id, id), wrapped)?;
        let mut key = DataKey { id, bytes: Box::new([0; 32]) };
        if plain.len() != key.bytes.len() {
            return Err(OpenError);
        }
        key.bytes.copy_from_slice(&plain);
        Ok(key)
    }
}

hide_in_debug!(MasterKey);

/// The available master keys: the one to use, and others that may still wrap data keys. Not empty, without duplicates;
/// clones share the keys.
#[derive(Clone)]
pub struct Keyring {
    first: Arc<MasterKey>,
    others: Vec<Arc<MasterKey>>,
}

impl Keyring {
    /// Reads keys, one per line, the one to use first. Empty lines don't count.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let mut keys = text.lines().filter(|line| !line.trim().is_empty());
        let mut ring = Self::from(MasterKey::from_text(keys.next().ok_or(MasterKeyError)?)?);
        for key in keys {
            ring.add(Arc::new(MasterKey::from_text(key)?));
        }
        Ok(ring)
    }

    pub fn to_text(&self) -> Zeroizing<String> {
        // Sized in advance: a growing buffer leaves copies of the keys behind.
        let mut text = Zeroizing::new(String::with_capacity(65 * (1 + self.others.len())));
        for key in self.iter() {
            text.push_str(&key.to_text());
        }
        text
    }

    pub fn iter(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.first).chain(&self.others).map(AsRef::as_ref)
    }

    pub fn first(&self) -> &MasterKey {
        &self.first
    }

    pub fn others(&self) -> impl Iterator<Item = &MasterKey> {
        self.iter().skip(1)
    }

    pub fn find(&self, fingerprint: &Fingerprint) -> Option<&MasterKey> {
        self.iter().find(|key| key.fingerprint == *fingerprint)
    }

    pub fn first_missing<'a>(&self, wanted: &'a [Fingerprint]) -> Option<&'a Fingerprint> {
        wanted.iter().find(|wanted| self.find(wanted).is_none())
    }

    /// The key for new data keys in a store that uses the keys with those fingerprints: the first of them. So servers can
    /// have the next key before a rotation begins to use it.
    pub fn first_of(&self, used: &[Fingerprint]) -> &MasterKey {
        let used = self.iter().find(|key| used.contains(&key.fingerprint));
        used.unwrap_or(&self.first)
    }

    /// These keys, followed by the missing ones of `other`.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for key in std::iter::once(&other.first).chain(&other.others) {
            self.add(Arc::clone(key));
        }
        self
    }

    fn add(&mut self, key: Arc<MasterKey>) {
        if self.find(&key.fingerprint).is_none() {
            self.others.push(key);
        }
    }
}

impl From<MasterKey> for Keyring {
    fn from(key: MasterKey) -> Self {
        Self { first: Arc::new(key), others: Vec::new() }
    }
}

impl fmt::Display for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.fingerprint)?;
        self.others.iter().try_for_each(|key| write!(f, " and {}", key.fingerprint))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({self})")
    }
}

fn wrap_context(team_id: TeamId, id: DataKeyId) -> Vec<u8> {
    [b"strongroom data key 1".as_slice(), team_id.0.as_bytes(), id.0.as_bytes()].concat()
}

/// The key for a team's values.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DataKey {
    #[zeroize(skip)]
    id: DataKeyId,
    bytes: Box<[u8; 32]>,
}

impl DataKey {
    pub const fn id(&self) -> DataKeyId {
        self.id
    }

    pub fn seal(&self, context: &impl Context, value: &[u8], entropy: &dyn Entropy) -> Sealed {
        envelope::seal(&self.bytes, &context.associated_data(), value, entropy)
    }

    pub fn open(&self, context: &impl Context, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, OpenError> {
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
    use super::super::envelope::ValueContext;
    use super::*;
    use crate::domain::SecretId;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn keyring_is_read_back_from_its_text_in_order_and_shows_nothing() {
        let entropy = Counting::default();
        let (new, old) = (MasterKey::generate(&entropy), MasterKey::generate(&entropy));
        let (new, old) = (Keyring::from(new), Keyring::from(old));
        let both = new.clone().with(&old).with(&new);
        let fingerprints = [new.first().fingerprint(), old.first().fingerprint()];
        for text in [both.to_text().to_string(), both.to_text().replace('\n', "\r\n\r\n")] {
            let read = Keyring::from_text(&text).expect("keys");
            assert!(read.iter().map(MasterKey::fingerprint).eq(fingerprints.clone()));
            assert!(fingerprints.iter().all(|fingerprint| !text.contains(&fingerprint.to_string())));
            let shown = format!("{read:?} {read} {:?}", read.first());
            assert!(!text.lines().any(|line| !line.is_empty() && shown.contains(line)), "{shown}");
        }
        for text in ["", "\n \n", "hunter2", &format!("{}hunter2\n", both.to_text().as_str())] {
            assert_eq!(Keyring::from_text(text).err(), Some(MasterKeyError), "{text:?}");
        }
    }

    #[test]
    fn new_data_keys_are_wrapped_by_the_first_key_that_the_store_uses() {
        let entropy = Counting::default();
        let new = Keyring::from(MasterKey::generate(&entropy));
        let old = Keyring::from(MasterKey::generate(&entropy));
        let both = new.clone().with(&old);
        let (new, old) = (new.first().fingerprint(), old.first().fingerprint());
        for (used, expected) in [
            (vec![], &new),
            (vec![old.clone()], &old),
            (vec![old.clone(), new.clone()], &new),
            (vec![new.clone()], &new),
        ] {
            assert_eq!(both.first_of(&used).fingerprint(), *expected, "{used:?}");
            assert_eq!(both.first_missing(&used), None);
        }
        let strange = MasterKey::generate(&entropy).fingerprint();
        let wanted = [old, strange.clone()];
        assert_eq!(both.first_missing(&wanted), Some(&strange));
    }

    #[test]
    fn data_key_unwraps_only_for_its_team_and_by_its_master_key() {
        let entropy = Counting::default();
        let (old, new) = (MasterKey::generate(&entropy), MasterKey::generate(&entropy));
        let (team, key_id) = (TeamId(id(1)), DataKeyId(id(2)));
        let (key, wrapped) = old.new_data_key(team, key_id, &entropy);
        let unwrapped = old.unwrap_data_key(team, key_id, &wrapped).expect("unwraps");
        assert!(old.unwrap_data_key(TeamId(id(3)), key_id, &wrapped).is_err());
        assert!(old.unwrap_data_key(team, DataKeyId(id(3)), &wrapped).is_err());
        assert!(new.unwrap_data_key(team, key_id, &wrapped).is_err());
        let rewrapped = new.wrap_data_key(team, &unwrapped, &entropy);
        assert!(old.unwrap_data_key(team, key_id, &rewrapped).is_err());
        let unwrapped = new.unwrap_data_key(team, key_id, &rewrapped).expect("unwraps");
        assert_eq!(unwrapped.bytes, key.bytes);
    }

    #[test]
    fn value_opens_only_for_its_team_secret_version_and_key() {
        let entropy = Counting::default();
        let (team_id, data_key_id) = (TeamId(id(1)), DataKeyId(id(2)));
        let (key, _) = MasterKey::generate(&entropy).new_data_key(team_id, data_key_id, &entropy);
        let context = ValueContext { team_id, secret_id: SecretId(id(3)), version: 1, data_key_id };
        let sealed = key.seal(&context, b"hunter2", &entropy);
        assert_eq!(key.open(&context, &sealed).expect("opens").as_slice(), b"hunter2");
        for elsewhere in [
            ValueContext { team_id: TeamId(id(9)), ..context },
            ValueContext { secret_id: SecretId(id(9)), ..context },
            ValueContext { version: 2, ..context },
            ValueContext { data_key_id: DataKeyId(id(9)), ..context },
        ] {
            assert!(key.open(&elsewhere, &sealed).is_err(), "{elsewhere:?}");
        }
    }
}
