//! The master keys of this process, and their sources: a file, an environment variable, or the output of a command.
//!
//! A source has one key, or several on a line each, the one to use first. A running server reads its source again when a
//! data key is wrapped with a key that it does not hold: so it learns of a new one without a restart.
//!
//! Not here: rotating them (`keys::rotation`).

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::private_file::{FileError, at, beside, write_new};
use crate::crypto::keyring::MasterKeyError;
use crate::crypto::{Entropy, Fingerprint, Keyring, MasterKey};
use crate::secret_file;
use crate::store::{self, Executor};

pub const VARIABLE: &str = "STRONGROOM_MASTER_KEY";
pub const COMMAND: &str = "master-key-command";
/// The time limit of the command.
const PATIENCE: Duration = Duration::from_secs(30);
/// The maximum size of its output, in bytes: a few hundred keys.
const MOST_BYTES: usize = 16 * 1024;
/// The time for which the source is not read again after it lacked a key.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub enum KeySource {
    /// The only source in which a missing key is created.
    File(PathBuf),
    Variable(Zeroizing<String>),
    Command {
        program: String,
        arguments: Vec<String>,
    },
}

impl fmt::Display for KeySource {
    /// The place, and never its content: a command's arguments may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(_) => write!(f, "the variable {VARIABLE}"),
            Self::Command { .. } => write!(f, "the command of `{COMMAND}`"),
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySource({self})")
    }
}

#[derive(Debug, Error)]
pub enum KeyError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{place} holds no valid master key")]
    NotAKey { place: KeySource, source: MasterKeyError },
    #[error(
        "the store is encrypted with the master key {wanted}, and there is no file {path}; nothing has been changed"
    )]
    Missing { wanted: Fingerprint, path: PathBuf },
    #[error(
        "the store is encrypted with the master key {wanted}, but {place} holds {found}; nothing has been changed"
    )]
    Wrong { wanted: Fingerprint, found: String, place: KeySource },
    #[error("the program {program} of `{COMMAND}` can't be started")]
    CommandNotStarted { program: String, source: io::Error },
    #[error(
        "the command of `{COMMAND}` can't be started: it runs without a shell, so it can't start with `NAME=value`"
    )]
    CommandForShell,
    #[error("the output of the command of `{COMMAND}` can't be read")]
    CommandUnreadable(#[source] io::Error),
    #[error("the command of `{COMMAND}` failed ({0}); see its output above")]
    CommandFailed(ExitStatus),
    #[error(
        "the command of `{COMMAND}` has not ended after {} seconds; its standard input is empty, so it can't prompt",
        PATIENCE.as_secs()
    )]
    CommandTimedOut,
}

impl KeySource {
    pub async fn load(&self) -> Result<Keyring, KeyError> {
        let text = match self {
            Self::File(path) => secret_file::read(path).map_err(at(path))?,
            Self::Variable(text) => text.clone(),
            Self::Command { program, arguments } => run(program, arguments, PATIENCE).await?,
        };
        Keyring::from_text(&text).map_err(|source| KeyError::NotAKey { place: self.clone(), source })
    }

    /// Reads the older keys in files beside the key file, named after their fingerprints. Unreadable ones are skipped.
    pub fn load_older(&self) -> Vec<Keyring> {
        let Self::File(path) = self else { return Vec::new() };
        let Ok(path) = fs::canonicalize(path) else { return Vec::new() };
        let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok());
        let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
        paths
            .filter_map(|file| {
                let keys = Keyring::from_text(&secret_file::read(&file).ok()?).ok()?;
                let named = beside(&path, &keys.first().fingerprint().to_string());
                (named == file).then_some(keys)
            })
            .collect()
    }

    /// The path of a source that is a missing file.
    pub fn missing_file(&self) -> Result<Option<&Path>, KeyError> {
        match self {
            Self::File(path) if !path.try_exists().map_err(at(path))? => Ok(Some(path)),
            _ => Ok(None),
        }
    }

    pub fn require(&self, keys: &Keyring, wanted: &[Fingerprint]) -> Result<(), KeyError> {
        match keys.first_missing(wanted) {
            None => Ok(()),
            Some(wanted) => {
                Err(KeyError::Wrong { wanted: wanted.clone(), found: keys.to_string(), place: self.clone() })
            }
        }
    }

    /// Reads the keys, which must include all `wanted`. If none are, a missing file is created.
    async fn open(&self, wanted: &[Fingerprint], entropy: &dyn Entropy) -> Result<Keyring, KeyError> {
        let keys = match (self.missing_file()?, wanted.first()) {
            (None, _) => self.load().await?,
            (Some(path), Some(wanted)) => {
                return Err(KeyError::Missing { wanted: wanted.clone(), path: path.to_owned() });
            }
            (Some(path), None) => match make_file(path, entropy)? {
                Some(keys) => keys,
                // Another process has just created it.
                None => self.load().await?,
            },
        };
        self.require(&keys, wanted)?;
        Ok(keys)
    }
}

/// The master keys that this process holds. A key is never dropped, so that a data key once read can be unwrapped.
pub struct MasterKeys {
    source: KeySource,
    held: RwLock<Keyring>,
    /// Keys that the source lacked, and when it was last read for them. Locked while the source is read.
    missed: Mutex<HashMap<Fingerprint, Instant>>,
}

impl MasterKeys {
    pub async fn open(
        source: KeySource,
        wanted: &[Fingerprint],
        entropy: &dyn Entropy,
    ) -> Result<Self, KeyError> {
        let held = source.open(wanted, entropy).await?;
        Ok(Self { source, held: RwLock::new(held), missed: Mutex::default() })
    }

    pub const fn source(&self) -> &KeySource {
        &self.source
    }

    pub fn held(&self) -> Keyring {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds keys, of which the first is used from now on.
    pub fn hold(&self, keys: Keyring) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        *held = keys.with(&held);
    }

    /// The keys, including all `wanted`. If one is not held, the source is read again, but at most once a second.
    pub async fn with(self: &Arc<Self>, wanted: &[Fingerprint]) -> Result<Keyring, KeyError> {
        let held = self.held();
        if held.first_missing(wanted).is_none() {
            return Ok(held);
        }
        // In a separate task, which continues if a change that waits for a slow command is cancelled.
        let (keys, missing) = (Arc::clone(self), wanted.to_vec());
        if let Ok(loaded) = tokio::spawn(async move { keys.load_missing(&missing).await }).await {
            loaded?;
        }
        let held = self.held();
        self.source.require(&held, wanted)?;
        Ok(held)
    }

    async fn load_missing(&self, wanted: &[Fingerprint]) -> Result<(), KeyError> {
        let mut missed = self.missed.lock().await;
        if let Some(missing) = self.held().first_missing(wanted)
            && missed.get(missing).is_none_or(|missed| missed.elapsed() >= PAUSE)
        {
            let loaded = self.source.load().await;
            missed.insert(missing.clone(), Instant::now());
            let keys = loaded?;
            tracing::info!(%keys, source = %self.source, "read the master keys again");
            self.hold(keys);
        }
        Ok(())
    }
}

/// The fingerprints of the master keys that wrap the store's data keys.
pub(super) async fn list_fingerprints(on: &impl Executor) -> store::Result<Vec<Fingerprint>> {
    let fingerprints = store::data_key::list_fingerprints(on).await?;
    Ok(fingerprints.into_iter().map(Fingerprint::from_text).collect())
}

/// Creates a file with a new key; `None` if the file exists.
fn make_file(path: &Path, entropy: &dyn Entropy) -> Result<Option<Keyring>, KeyError> {
    let key = MasterKey::generate(entropy);
    match write_new(path, key.to_text().as_bytes()) {
        Ok(()) => {
            tracing::warn!(
                path = %path.display(),
                fingerprint = %key.fingerprint(),
                "created a master key: keep a copy of it apart from the store; without it no value can be read"
            );
            Ok(Some(Keyring::from(key)))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(at(path)(error).into()),
    }
}

/// Runs a command and returns its output. It inherits standard error, so that the operator sees its messages.
async fn run(program: &str, arguments: &[String], patience: Duration) -> Result<Zeroizing<String>, KeyError> {
    // A value before the program may be a secret, so it must not be named in an error.
    if program.contains('=') {
        return Err(KeyError::CommandForShell);
    }
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| KeyError::CommandNotStarted { program: program.to_owned(), source })?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
    let output = child.stdout.take();
    let ended = tokio::time::timeout(patience, async {
        if let Some(output) = output {
            output.take(MOST_BYTES as u64).read_to_end(&mut bytes).await?;
        }
        child.wait().await
    });
    let status = ended.await.map_err(|_| KeyError::CommandTimedOut)?;
    let status = status.map_err(KeyError::CommandUnreadable)?;
    if !status.success() {
        return Err(KeyError::CommandFailed(status));
    }
    // Output that is no text holds no key either.
    let text = str::from_utf8(&bytes).unwrap_or_default();
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::entropy::counting::Counting;

    #[tokio::test]
    async fn hanging_command_is_killed() {
        let begun = Instant::now();
        let ran = run("sleep", &["60".to_owned()], Duration::from_millis(50)).await;
        assert!(matches!(ran, Err(KeyError::CommandTimedOut)), "{:?}", ran.err());
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[tokio::test]
    async fn endless_output_is_refused() {
        let source = KeySource::Command { program: "yes".to_owned(), arguments: vec!["7f".repeat(32)] };
        assert!(source.load().await.is_err());
    }

    #[tokio::test]
    async fn source_is_read_again_for_a_missing_key_and_held_keys_are_kept() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("the.key");
        let entropy = Counting::default();
        let source = KeySource::File(path.clone());
        let keys = Arc::new(MasterKeys::open(source, &[], &entropy).await.expect("made"));
        let first = keys.held().first().fingerprint();
        let mut all = vec![first];
        // One after the other without a pause.
        for _ in 0..2 {
            let next = MasterKey::generate(&entropy);
            let wanted = next.fingerprint();
            assert!(!keys.held().iter().any(|key| key.fingerprint() == wanted));
            fs::write(&path, next.to_text().as_bytes()).expect("written");
            all.push(wanted);
            let ring = keys.with(&all).await.expect("all of them");
            assert_eq!(Some(&ring.first().fingerprint()), all.last());
        }
        // A missing key is not looked for each time.
        let missing = MasterKey::generate(&entropy);
        let wanted = [missing.fingerprint()];
        assert!(matches!(keys.with(&wanted).await, Err(KeyError::Wrong { .. })));
        fs::write(&path, missing.to_text().as_bytes()).expect("written");
        assert!(keys.with(&wanted).await.is_err());
        keys.missed.lock().await.clear();
        assert!(keys.with(&wanted).await.is_ok());
    }
}
