//! What operations do to some secrets, and what they answer: the server's promises, small enough to be read at once.
//!
//! The model has a state that is exact, and one rule for each action. It knows nothing of time, of concurrency or of
//! crashes; the [checker](super::checker) does.

use std::collections::BTreeMap;

use super::value::Content;

/// How many values of a secret are kept, the current one among them: the server's default.
const KEPT_VALUES: usize = 11;

/// What a client asks for. `number` is the operation whose value a secret gets, new or not; a rename may overwrite, which
/// deletes another secret of the new name, and may set the value in the same step. What was deleted last is restored; an
/// older version's value becomes the current one again. Who looks sees everything, while nobody else asks for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Set { name: String, number: u64 },
    Rename { from: String, to: String, overwrite: bool, number: Option<u64> },
    Delete { name: String },
    Restore { name: String },
    Revert { name: String, version: u64 },
    Read { name: String },
    Look,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// Nothing was done, because there is no such secret, or because there is one.
    Refused,
    Value(Option<Seen>),
    All(Sight),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seen {
    /// The number of its version, if that was told.
    pub version: Option<u64>,
    pub content: Content,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    pub live: BTreeMap<String, Seen>,
    /// How many deleted secrets of a name could be restored, if that was told.
    pub deleted: Option<BTreeMap<String, usize>>,
}

/// Some secrets that have nothing to do with any others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shelf {
    live: BTreeMap<String, Secret>,
    deleted: BTreeMap<String, Deleted>,
    memory: Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Memory {
    /// All that the server keeps: older values, and one deleted secret below another.
    Full,
    /// The current value and each name's last deletion: enough, with fewer states, where nothing is renamed or reverted.
    Short,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Secret {
    version: u64,
    /// Whose values it has, as far as they are kept; the current one last.
    values: Vec<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Deleted {
    count: usize,
    /// As many of them as are remembered, the one deleted last at the end.
    last: Vec<Secret>,
}

impl Shelf {
    pub const fn new(memory: Memory) -> Self {
        Self { live: BTreeMap::new(), deleted: BTreeMap::new(), memory }
    }

    /// As it was seen, without a past.
    #[must_use]
    pub fn as_seen(&self, sight: &Sight) -> Self {
        let live = sight.live.iter().filter_map(|(name, seen)| match seen.content {
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
            Action::Rename { from, to, overwrite, number } => {
                done_if(after.rename(from, to, *overwrite, *number))
            }
            Action::Delete { name } => done_if(after.delete(name)),
            Action::Restore { name } => done_if(after.restore(name)),
            Action::Revert { name, version } => done_if(after.revert(name, *version)),
            Action::Read { name } => Answer::Value(self.live.get(name).map(Secret::seen)),
            Action::Look => Answer::All(self.sight()),
        };
        (after, answer)
    }

    pub fn sight(&self) -> Sight {
        let live = self.live.iter().map(|(name, secret)| (name.clone(), secret.seen()));
        let deleted = self.deleted.iter().filter(|(_, deleted)| deleted.count > 0);
        Sight {
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
        match self.live.get_mut(name) {
            Some(secret) => secret.add(number, memory),
            None => {
                self.live.insert(name.to_owned(), Secret::new(1, number));
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str, overwrite: bool, number: Option<u64>) -> bool {
        if !self.live.contains_key(from) || (self.live.contains_key(to) && !overwrite) {
            return false;
        }
        self.delete(to);
        if let Some(mut secret) = self.live.remove(from) {
            if let Some(number) = number {
                secret.add(number, self.memory);
            }
            self.live.insert(to.to_owned(), secret);
        }
        true
    }

    fn delete(&mut self, name: &str) -> bool {
        let Some(secret) = self.live.remove(name) else {
            return false;
        };
        let deleted = self.deleted.entry(name.to_owned()).or_default();
        deleted.count += 1;
        if self.memory == Memory::Short {
            deleted.last.clear();
        }
        deleted.last.push(secret);
        true
    }

    fn restore(&mut self, name: &str) -> bool {
        if self.live.contains_key(name) {
            return false;
        }
        let Some(deleted) = self.deleted.get_mut(name) else {
            return false;
        };
        let Some(secret) = deleted.last.pop() else {
            return false;
        };
        deleted.count -= 1;
        self.live.insert(name.to_owned(), secret);
        true
    }

    fn revert(&mut self, name: &str, version: u64) -> bool {
        let memory = self.memory;
        let Some(secret) = self.live.get_mut(name) else {
            return false;
        };
        let Some(number) = secret.older(version) else {
            return false;
        };
        secret.add(number, memory);
        true
    }
}

impl Secret {
    fn new(version: u64, number: u64) -> Self {
        Self { version, values: vec![number] }
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

    /// Whose value an older version has, if it is kept.
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
    /// Whether what was told is this, as far as it was told.
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
    /// Whether what was seen is this, as far as it was told.
    pub fn fits(&self, seen: &Self) -> bool {
        self.content == seen.content && (seen.version.is_none() || seen.version == self.version)
    }
}
