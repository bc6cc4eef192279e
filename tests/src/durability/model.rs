//! A model of the server: the effect and the answer of each operation. It knows nothing of time, concurrency or crashes; the
//! [checker](super::checker) does.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// How many values of a secret are kept, the current one among them: the server's default.
const KEPT_VALUES: usize = 11;
/// Part of every value; no log may show it.
pub const PLAINTEXT: &str = "the plaintext of an operation's value";

/// A request. `number` is the operation that has set a value. A rename may overwrite, which deletes another secret of
/// the new name, and may set the value in the same step. `Restore` restores the last deleted secret, `Revert` an older
/// version's value. `KvSet` and `KvDelete` go through Vault's API, where versions count on after a deletion. `Look` reads
/// everything, while no client sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Set { name: String, number: u64 },
    KvSet { name: String, number: u64 },
    Rename { from: String, to: String, overwrite: bool, number: Option<u64> },
    Delete { name: String },
    KvDelete { name: String },
    Restore { name: String },
    Revert { name: String, version: u64 },
    Read { name: String },
    Look,
}

impl Action {
    /// The name of the secret; `None` if it is about all of them.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Set { name, .. }
            | Self::KvSet { name, .. }
            | Self::Rename { from: name, .. }
            | Self::Delete { name }
            | Self::KvDelete { name }
            | Self::Restore { name }
            | Self::Revert { name, .. }
            | Self::Read { name } => Some(name),
            Self::Look => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// Nothing was done, because the secret is missing, or because it exists.
    Refused,
    Value(Option<Seen>),
    All(Snapshot),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seen {
    /// `None` for clients that don't learn it.
    pub version: Option<u64>,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    Whole(u64),
    Torn(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub live: BTreeMap<String, Seen>,
    /// How many deleted secrets of a name could be restored; `None` if that is not known.
    pub deleted: Option<BTreeMap<String, usize>>,
}

/// A group of secrets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Secrets {
    live: BTreeMap<String, Secret>,
    deleted: BTreeMap<String, Deleted>,
    memory: Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Memory {
    /// Everything that the server keeps: older values, and all deleted secrets.
    Full,
    /// The current value and each name's last deletion: fewer states, and enough if nothing is renamed or reverted.
    Short,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Secret {
    version: u64,
    /// Whether it was deleted through Vault's API, which then still shows it.
    is_shown: bool,
    /// The operations that have set the values kept, the current one last.
    values: Vec<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Deleted {
    count: usize,
    /// Those that are remembered, the last deleted one at the end.
    last: Vec<Secret>,
}

impl Secrets {
    pub const fn new(memory: Memory) -> Self {
        Self { live: BTreeMap::new(), deleted: BTreeMap::new(), memory }
    }

    /// The same group after a snapshot, without a past.
    #[must_use]
    pub fn as_seen(&self, snapshot: &Snapshot) -> Self {
        let live = snapshot.live.iter().filter_map(|(name, seen)| match seen.content {
            Content::Whole(number) => Some((name.clone(), Secret::new(seen.version.unwrap_or(1), number))),
            Content::Torn(_) => None,
        });
        Self { live: live.collect(), ..Self::new(self.memory) }
    }

    #[must_use]
    pub fn after(&self, action: &Action) -> (Self, Answer) {
        let mut after = self.clone();
        let answer = match action {
            Action::Set { name, number } => {
                after.set(name, *number);
                Answer::Done
            }
            Action::KvSet { name, number } => {
                after.kv_set(name, *number);
                Answer::Done
            }
            Action::Rename { from, to, overwrite, number } => {
                done_if(after.rename(from, to, *overwrite, *number))
            }
            Action::Delete { name } => done_if(after.delete(name, false)),
            Action::KvDelete { name } => {
                after.delete(name, true);
                Answer::Done
            }
            Action::Restore { name } => done_if(after.restore(name)),
            Action::Revert { name, version } => done_if(after.revert(name, *version)),
            Action::Read { name } => Answer::Value(self.live.get(name).map(Secret::seen)),
            Action::Look => Answer::All(self.snapshot()),
        };
        (after, answer)
    }

    pub fn snapshot(&self) -> Snapshot {
        let live = self.live.iter().map(|(name, secret)| (name.clone(), secret.seen()));
        let deleted = self.deleted.iter().filter(|(_, deleted)| deleted.count > 0);
        Snapshot {
            live: live.collect(),
            deleted: Some(deleted.map(|(name, deleted)| (name.clone(), deleted.count)).collect()),
        }
    }

    pub fn has_deleted(&self, name: &str, number: u64) -> bool {
        let deleted = self.deleted.get(name);
        deleted.is_some_and(|deleted| deleted.last.iter().any(|secret| secret.values.contains(&number)))
    }

    fn set(&mut self, name: &str, number: u64) {
        let memory = self.memory;
        let existing = self.live.entry(name.to_owned()).and_modify(|secret| secret.add(number, memory));
        existing.or_insert_with(|| Secret::new(1, number));
    }

    fn kv_set(&mut self, name: &str, number: u64) {
        let last = self.deleted.get(name).and_then(|deleted| deleted.last.last());
        if last.is_some_and(|last| last.is_shown) {
            self.restore(name);
        }
        self.set(name, number);
    }

    fn rename(&mut self, from: &str, to: &str, overwrite: bool, number: Option<u64>) -> bool {
        if !self.live.contains_key(from) || (self.live.contains_key(to) && !overwrite) {
            return false;
        }
        self.delete(to, false);
        if let Some(mut secret) = self.live.remove(from) {
            if let Some(number) = number {
                secret.add(number, self.memory);
            }
            self.live.insert(to.to_owned(), secret);
        }
        true
    }

    fn delete(&mut self, name: &str, is_shown: bool) -> bool {
        let Some(secret) = self.live.remove(name) else {
            return false;
        };
        let deleted = self.deleted.entry(name.to_owned()).or_default();
        deleted.count += 1;
        if self.memory == Memory::Short {
            deleted.last.clear();
        }
        deleted.last.push(Secret { is_shown, ..secret });
        true
    }

    fn restore(&mut self, name: &str) -> bool {
        if !self.live.contains_key(name)
            && let Some(deleted) = self.deleted.get_mut(name)
            && let Some(secret) = deleted.last.pop()
        {
            deleted.count -= 1;
            self.live.insert(name.to_owned(), Secret { is_shown: false, ..secret });
            return true;
        }
        false
    }

    fn revert(&mut self, name: &str, version: u64) -> bool {
        let memory = self.memory;
        if let Some(secret) = self.live.get_mut(name)
            && let Some(number) = secret.older(version)
        {
            secret.add(number, memory);
            return true;
        }
        false
    }
}

impl Secret {
    fn new(version: u64, number: u64) -> Self {
        Self { version, is_shown: false, values: vec![number] }
    }

    fn add(&mut self, number: u64, memory: Memory) {
        let kept = match memory {
            Memory::Full => KEPT_VALUES,
            Memory::Short => 1,
        };
        self.version += 1;
        self.values.push(number);
        let too_old = self.values.len().saturating_sub(kept);
        self.values.drain(..too_old);
    }

    /// The operation that has set an older version's value, if it is kept.
    fn older(&self, version: u64) -> Option<u64> {
        let back = usize::try_from(self.version.checked_sub(version)?).ok()?;
        let index = self.values.len().checked_sub(back + 1)?;
        (back > 0).then(|| self.values[index])
    }

    fn seen(&self) -> Seen {
        let current = self.values.last().copied().unwrap_or_default();
        Seen { version: Some(self.version), content: Content::Whole(current) }
    }
}

fn done_if(done: bool) -> Answer {
    if done { Answer::Done } else { Answer::Refused }
}

impl Answer {
    /// Whether a client may have received this.
    pub fn fits(&self, told: &Self) -> bool {
        match (self, told) {
            (Self::Value(Some(expected)), Self::Value(Some(seen))) => expected.fits(seen),
            (Self::All(expected), Self::All(seen)) => {
                expected.live.len() == seen.live.len()
                    && (expected.live.iter().zip(&seen.live))
                        .all(|(expected, seen)| expected.0 == seen.0 && expected.1.fits(seen.1))
                    && (seen.deleted.is_none() || expected.deleted == seen.deleted)
            }
            _ => self == told,
        }
    }
}

impl Seen {
    /// Whether a client may have seen this.
    pub fn fits(&self, seen: &Self) -> bool {
        self.content == seen.content && (seen.version.is_none() || seen.version == self.version)
    }
}

/// The value set by operation `number`, with a checksum. Most are short; one in eight fills several database pages.
pub fn value(number: u64) -> Value {
    let mut random = fastrand::Rng::with_seed(number);
    let length = if random.u8(..8) == 0 { random.usize(4_000..20_000) } else { random.usize(..200) };
    let padding: String = std::iter::repeat_with(|| random.alphanumeric()).take(length).collect();
    let text = format!("{PLAINTEXT} {padding}");
    json!({"operation": number, "text": text, "checksum": checksum(number, &text)})
}

pub fn content(value: &Value) -> Content {
    let found = value["operation"].as_u64().zip(value["text"].as_str());
    match found {
        Some((number, text)) if value["checksum"] == checksum(number, text) => Content::Whole(number),
        _ => Content::Torn(value.to_string().chars().take(200).collect()),
    }
}

fn checksum(number: u64, text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(number.to_be_bytes());
    hash.update(text);
    hex::encode(hash.finalize())
}
