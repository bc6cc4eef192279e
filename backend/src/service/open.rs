//! Opening: the store, and the master key that fits it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::authentication::FindKeys;
use super::batch::Batches;
use super::health::Readiness;
use super::master_key::{KeyError, KeySource, MasterKeys};
use super::read_log::RecordReads;
use super::refusals::Refusals;
use super::secret::FindValues;
use super::values::{ValueSettings, Values};
use super::{BackupError, Rules, Service, backup};
use crate::crypto::{Entropy, Fingerprint, PasswordHasher};
use crate::domain::Clock;
use crate::store::{self, Executor, Store};
use crate::vault;

/// A setting that is or may contain a key or a password. `Debug` does not show it.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Sensitive(Zeroizing<String>);

impl Sensitive {
    /// The text itself.
    pub const fn expose(&self) -> &Zeroizing<String> {
        &self.0
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(…)")
    }
}
/// How many passwords may wait to be hashed, which takes some tens of milliseconds each: a few seconds' worth.
const HASHING_QUEUE: usize = 64;

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Location {
    /// The folder of the store.
    pub data_dir: PathBuf,
    /// The database, if it is not the SQLite file in `data_dir`.
    pub database_url: Option<Sensitive>,
    /// Where the master key comes from.
    pub master_key: KeySource,
    /// Where values are.
    pub values: ValueSettings,
}

impl Location {
    /// Where the database is, if that is a file of ours.
    fn database_file(&self) -> Option<PathBuf> {
        let is_ours = self.database_url.is_none();
        is_ours.then(|| self.data_dir.join("strongroom.db"))
    }

    /// Whether servers on other machines may use the database.
    pub(super) fn is_shared(&self) -> bool {
        let url = self.database_url.as_ref();
        url.is_some_and(|url| !url.expose().starts_with("sqlite:"))
    }

    /// Makes sure that there is a store, before one is made by mistake.
    ///
    /// # Errors
    /// There is none.
    pub fn require_store(&self) -> Result<(), BackupError> {
        match self.database_file() {
            Some(file) if !file.exists() => Err(BackupError::NoStore(file)),
            _ => Ok(()),
        }
    }
}

/// Why the service can't be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A file or folder can't be read or made.
    #[error("{path}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no master key, or another one.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store is of an older version, and can't be backed up before it is migrated.
    #[error("the store can't be backed up before it is migrated; nothing has been changed")]
    Backup(#[source] Box<BackupError>),
    /// Values are in Vault, and there are no settings for it.
    #[error(
        "{0} values of the store are in Vault, and no Vault is set (`vault-address`); `move-values` brings them into the \
         database"
    )]
    NoVault(u64),
    /// Vault's client can't be set up.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The store can't be opened.
    #[error("the store can't be opened")]
    Store(#[from] store::Error),
}

impl Service {
    /// Opens the store and the master key, making both where there are none.
    ///
    /// # Errors
    /// No access, or a master key that does not fit the store.
    pub async fn open(
        location: &Location,
        rules: Rules,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let values = Values::new(&location.values)?;
        let store = connect(location).await?;
        let keys = open_keys(&store, &location.master_key, &*entropy).await?;
        backup::migrate(&store, location, &keys.held(), &values, &*clock, &*entropy).await?;
        values.take_part(&store, &*entropy, clock.now()).await?;
        if !values.uses_vault() {
            let in_vault = store::vault_value::count(&store, true).await?;
            if in_vault > 0 {
                return Err(OpenError::NoVault(in_vault));
            }
        }
        let passwords = Arc::new(PasswordHasher::new(&*entropy));
        // Half the cores, so that log-ins never starve the programs that read.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let hashing = Arc::new(Semaphore::new((cores / 2).max(1)));
        let reads = Arc::new(Batches::start(RecordReads(store.clone())));
        Ok(Self {
            keys_by_token: Batches::start(FindKeys(store.clone())),
            values_by_name: Batches::start(FindValues(store.clone())),
            refusals: Refusals::new(Arc::clone(&reads)),
            reads,
            workers: std::sync::Mutex::default(),
            readiness: Readiness::default(),
            provider: None,
            store,
            values,
            keys,
            clock,
            entropy,
            passwords,
            hashing,
            hashing_queue: Arc::new(Semaphore::new(HASHING_QUEUE)),
            rules,
        })
    }
}

/// Connects to the store as it is, making an empty one where there is none.
pub(super) async fn connect(location: &Location) -> Result<Store, OpenError> {
    make_private_dir(&location.data_dir).map_err(io_error(&location.data_dir))?;
    let url = if let Some(file) = location.database_file() {
        // SQLite gives its journals the permissions of the database's file.
        private_file().append(true).create(true).open(&file).map_err(io_error(&file))?;
        Zeroizing::new(format!("sqlite:{}", percent_encode(&file)))
    } else {
        let url = location.database_url.as_ref();
        url.map(|url| url.expose().clone()).unwrap_or_default()
    };
    Ok(Store::connect(&url).await?)
}

/// Reads the master keys, or makes one for a store that has nothing sealed yet.
async fn open_keys(
    store: &Store,
    source: &KeySource,
    entropy: &dyn Entropy,
) -> Result<MasterKeys, OpenError> {
    // A store that has just been made has no tables.
    let is_new = store::backup::list_migrations(store).await?.is_empty();
    let wanted = if is_new { Vec::new() } else { list_fingerprints(store).await? };
    match MasterKeys::open(source.clone(), &wanted, entropy).await {
        // Between the two looks, a rotation may have ended.
        Err(KeyError::Wrong { .. }) => {
            let wanted = list_fingerprints(store).await?;
            Ok(MasterKeys::open(source.clone(), &wanted, entropy).await?)
        }
        opened => Ok(opened?),
    }
}

/// The master keys that wrap the store's data keys.
pub(super) async fn list_fingerprints(on: &impl Executor) -> store::Result<Vec<Fingerprint>> {
    let fingerprints = store::data_key::list_fingerprints(on).await?;
    Ok(fingerprints.into_iter().map(Fingerprint::from_text).collect())
}

/// How to open a file that, where it is made, only its owner can read.
pub(super) fn private_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder that only its owner can enter. One that exists is left as it is.
fn make_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A path inside a URL.
fn percent_encode(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { path: path.clone(), source }
}
