//! Where a store is, and the connection to it.
//!
//! Not here: what is opened with it (`startup`).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;
use zeroize::Zeroizing;

use super::master_key::{KeyError, KeySource};
use super::private_file;
use super::values::ValueSettings;
use crate::store::{self, Store};
use crate::vault;

/// A setting that is or may contain a key or a password. `Debug` does not show it.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Sensitive(Zeroizing<String>);

impl Sensitive {
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

#[derive(Clone, Debug)]
pub struct Location {
    pub data_dir: PathBuf,
    /// The database, if it is not the SQLite file in `data_dir`.
    pub database_url: Option<Sensitive>,
    pub master_key: KeySource,
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
    pub fn require_store(&self) -> Result<(), OpenError> {
        match self.database_file() {
            Some(file) if !file.exists() => Err(OpenError::NoStore(file)),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, Error)]
pub enum OpenError {
    #[error("{path}")]
    Io { path: PathBuf, source: io::Error },
    #[error("there is no store at {0}")]
    NoStore(PathBuf),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the store can't be backed up before it is migrated; nothing has been changed")]
    Backup(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "{0} values of the store are in Vault, and no Vault is set (`vault-address`); `move-values` brings them into the \
         database"
    )]
    NoVault(u64),
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error("the store can't be opened")]
    Store(#[from] store::Error),
}

/// Connects to the store as it is, making an empty one where there is none.
pub(super) async fn connect(location: &Location) -> Result<Store, OpenError> {
    private_file::make_dir(&location.data_dir).map_err(io_error(&location.data_dir))?;
    let url = if let Some(file) = location.database_file() {
        // SQLite gives its journals the permissions of the database's file.
        private_file::options().append(true).create(true).open(&file).map_err(io_error(&file))?;
        Zeroizing::new(format!("sqlite:{}", percent_encode(&file)))
    } else {
        let url = location.database_url.as_ref();
        url.map(|url| url.expose().clone()).unwrap_or_default()
    };
    Ok(Store::connect(&url).await?)
}

fn percent_encode(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { path: path.clone(), source }
}
