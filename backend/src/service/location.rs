//! The location of a store, and the connection to it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use zeroize::Zeroizing;

use super::master_key::{KeyError, KeySource};
use super::private_file::{self, FileError, at};
use super::values::ValueSettings;
use crate::store::{self, Store};
use crate::vault;

/// A setting that is or may contain a key or a password. `Debug` does not show it.
#[derive(Clone)]
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

hide_in_debug!(Sensitive);

#[derive(Clone, Debug)]
pub struct Location {
    pub data_dir: PathBuf,
    /// The database, if it is not the SQLite file in `data_dir`.
    pub database_url: Option<Sensitive>,
    pub master_key: KeySource,
    pub values: ValueSettings,
}

impl Location {
    /// The database's file in `data_dir`, unless it is elsewhere.
    fn database_file(&self) -> Option<PathBuf> {
        self.database_url.is_none().then(|| self.data_dir.join("strongroom.db"))
    }

    /// Whether servers on other machines may use the database.
    pub(super) fn is_shared(&self) -> bool {
        self.database_url.as_ref().is_some_and(|url| !url.expose().starts_with("sqlite:"))
    }

    /// Fails if the database's URL is wrong.
    pub fn check_url(&self) -> Result<(), OpenError> {
        let url = self.database_url.as_ref();
        Ok(url.map_or(Ok(()), |url| Store::check_url(url.expose()))?)
    }

    /// Fails if there is no store, before one is created by mistake.
    pub fn require_store(&self) -> Result<(), OpenError> {
        let Some(file) = self.database_file() else { return Ok(()) };
        if file.try_exists().map_err(at(&file))? { Ok(()) } else { Err(OpenError::NoStore(file)) }
    }
}

#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("can't create the data directory {}", .path.display())]
    DataDir { path: PathBuf, source: io::Error },
    #[error("there is no store at {0}: run this with the settings of the server, such as its `data-dir`")]
    NoStore(PathBuf),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the store can't be backed up before it is migrated; nothing has been changed")]
    Backup(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(
        "{0} values of the store are in Vault, but `vault-address` is not set; `move-values` moves them to the database"
    )]
    NoVault(u64),
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error("the store can't be opened")]
    Store(#[from] store::Error),
}

/// Connects to the store, without migrating it. Creates an empty one if there is none.
pub(super) async fn connect(location: &Location) -> Result<Store, OpenError> {
    private_file::make_dir(&location.data_dir)
        .map_err(|source| OpenError::DataDir { path: location.data_dir.clone(), source })?;
    let url = if let Some(file) = location.database_file() {
        // SQLite gives its journals the permissions of the database's file.
        private_file::options().append(true).create(true).open(&file).map_err(at(&file))?;
        let path = file.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        Zeroizing::new(format!("sqlite:{path}"))
    } else {
        location.database_url.as_ref().map(|url| url.expose().clone()).unwrap_or_default()
    };
    Ok(Store::connect(&url).await?)
}
