//! Opening: the store, and the master key that fits it.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::Semaphore;

use super::read_log::ReadLog;
use super::{BackupError, Rules, Service, backup};
use crate::crypto::keyring::MasterKeyError;
use crate::crypto::{Entropy, Fingerprint, MasterKey, PasswordHasher};
use crate::domain::Clock;
use crate::store::{self, Store};

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Location {
    /// The folder of the store and, unless said otherwise, of the master key.
    pub data_dir: PathBuf,
    /// The database, if it is not the SQLite file in `data_dir`.
    pub database_url: Option<String>,
    /// The master key's file, if it is not `master.key` in `data_dir`.
    pub master_key_file: Option<PathBuf>,
}

impl Location {
    /// Where the database is, if that is a file of ours.
    fn database_file(&self) -> Option<PathBuf> {
        let is_ours = self.database_url.is_none();
        is_ours.then(|| self.data_dir.join("strongroom.db"))
    }

    /// Where the master key is.
    pub(super) fn master_key_path(&self) -> PathBuf {
        let path = self.master_key_file.clone();
        path.unwrap_or_else(|| self.data_dir.join("master.key"))
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
    /// The master key's file holds something else.
    #[error("{path}")]
    NotAKey {
        /// Which one.
        path: PathBuf,
        /// What it should hold.
        source: MasterKeyError,
    },
    /// The store has sealed data, and the key's file is gone.
    #[error(
        "the store is sealed with the master key {wanted}, and there is no file {path}; nothing has been changed"
    )]
    MissingKey {
        /// The key's fingerprint.
        wanted: Fingerprint,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The key is not the one that the store was sealed with.
    #[error(
        "the store is sealed with the master key {wanted}, but {path} holds {found}; nothing has been changed"
    )]
    WrongKey {
        /// The fingerprint of the key that is needed.
        wanted: Fingerprint,
        /// The fingerprint of the key that is there.
        found: Fingerprint,
        /// Where it is.
        path: PathBuf,
    },
    /// The store is of an older version, and can't be backed up before it is migrated.
    #[error("the store can't be backed up before it is migrated; nothing has been changed")]
    Backup(#[source] Box<BackupError>),
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
        let store = connect(location).await?;
        let wanted = if store::backup::list_migrations(&store).await?.is_empty() {
            Vec::new()
        } else {
            store::data_key::list_fingerprints(&store).await?
        };
        let master_key = open_master_key(location.master_key_path(), wanted, &*entropy)?;
        backup::migrate(&store, location, &master_key, &*clock, &*entropy).await?;
        let passwords = Arc::new(PasswordHasher::new(&*entropy));
        // Half the cores, so that log-ins never starve the programs that read.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let hashing = Arc::new(Semaphore::new((cores / 2).max(1)));
        Ok(Self {
            reads: ReadLog::start(store.clone()),
            provider: None,
            store,
            master_key,
            clock,
            entropy,
            passwords,
            hashing,
            rules,
        })
    }
}

/// Connects to the store as it is, making an empty one where there is none.
pub(super) async fn connect(location: &Location) -> Result<Store, OpenError> {
    make_private_dir(&location.data_dir).map_err(io_error(&location.data_dir))?;
    let url = if let Some(file) = location.database_file() {
        // SQLite gives its journals the permissions of the database's file.
        private_file()
            .append(true)
            .create(true)
            .open(&file)
            .map_err(io_error(&file))?;
        format!("sqlite:{}", percent_encode(&file))
    } else {
        location.database_url.clone().unwrap_or_default()
    };
    Ok(Store::connect(&url).await?)
}

/// Reads the master key, or makes one for a store that has nothing sealed yet.
fn open_master_key(
    path: PathBuf,
    wanted: Vec<String>,
    entropy: &dyn Entropy,
) -> Result<MasterKey, OpenError> {
    if !path.try_exists().map_err(io_error(&path))? {
        if let Some(wanted) = wanted.into_iter().next() {
            return Err(OpenError::MissingKey {
                wanted: Fingerprint::from_text(wanted),
                path,
            });
        }
        let key = MasterKey::generate(entropy);
        return match write_private_file(&path, key.to_text().as_bytes()) {
            Ok(()) => {
                tracing::warn!(
                    path = %path.display(),
                    fingerprint = %key.fingerprint(),
                    "made a master key: keep a copy of it apart from the store, without it no value can be read"
                );
                Ok(key)
            }
            // Another process has just made one.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_master_key(&path),
            Err(error) => Err(io_error(&path)(error)),
        };
    }
    let key = read_master_key(&path)?;
    let found = key.fingerprint();
    match wanted
        .into_iter()
        .map(Fingerprint::from_text)
        .find(|wanted| *wanted != found)
    {
        Some(wanted) => Err(OpenError::WrongKey { wanted, found, path }),
        None => Ok(key),
    }
}

pub(super) fn read_master_key(path: &Path) -> Result<MasterKey, OpenError> {
    let text = zeroize::Zeroizing::new(fs::read_to_string(path).map_err(io_error(path))?);
    MasterKey::from_text(&text).map_err(|source| OpenError::NotAKey {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file that only its owner can read, whole or not at all, and only where there is none.
fn write_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = private_file().write(true).create_new(true).open(&draft)?;
    // A link, unlike a rename, fails where there is a file already.
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    written?;
    fs::File::open(folder)?.sync_all()
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
    path.to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io {
        path: path.clone(),
        source,
    }
}
