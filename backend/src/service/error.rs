//! Errors of use cases.

use thiserror::Error;

use strongroom_shared::RoleName;

use super::master_key::KeyError;
use crate::crypto;
use crate::domain::{Denied, Rule, Slug, VaultId};
use crate::store;
use crate::vault;

/// The message while too many passwords wait to be hashed.
pub(super) const BUSY: &str = "The server is busy. Try again in a few seconds.";

/// Why a use case failed. `graphql::error` decides what a client sees.
#[derive(Debug, Error)]
pub enum Error {
    #[error("no credential was given")]
    NoCredential,
    /// The `Authorization` header is not `Bearer` and a key.
    #[error("the Authorization header is malformed")]
    MalformedCredential,
    #[error("the request has several session cookies")]
    AmbiguousCredential,
    /// The key or session is unknown, revoked or expired. Clients get the same answer for this and the next two.
    #[error("the credential is invalid")]
    UnknownCredential,
    #[error("the API key has expired")]
    ExpiredKey,
    #[error("the API key was revoked")]
    RevokedKey,
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The caller is not in the requested team, or it does not exist.
    #[error("not a team of the caller")]
    OtherTeam,
    #[error(transparent)]
    Rule(#[from] Rule),
    #[error("{}", BUSY)]
    Busy,
    #[error("there is no such value")]
    NoValue,
    #[error("there is no team with the slug {:?}; {}", .slug.as_str(), list_slugs(.known))]
    UnknownTeam { slug: Slug, known: Vec<Slug> },
    #[error("there is no role {:?} in the team; there are: {}", .name.0, list_roles(.known))]
    UnknownRole { name: RoleName, known: Vec<RoleName> },
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Key(Box<KeyError>),
    #[error(transparent)]
    Vault(#[from] vault::Error),
    #[error("Vault has lost the value {0}")]
    LostValue(VaultId),
    #[error(transparent)]
    Sealed(#[from] crypto::envelope::OpenError),
    #[error("broken: {0}")]
    Broken(&'static str),
}

impl Error {
    /// Whether the server can't use its store or Vault, so that a retry may succeed.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Busy | Self::Vault(_) => true,
            Self::Store(error) => !error.is_about_content(),
            _ => false,
        }
    }
}

pub type Result<T> = std::result::Result<T, Error>;

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Key(Box::new(error))
    }
}

impl From<strongroom_shared::SecretNameError> for Error {
    fn from(error: strongroom_shared::SecretNameError) -> Self {
        Self::Rule(Rule::new(error.to_string()))
    }
}

fn list_roles(roles: &[RoleName]) -> String {
    roles.iter().map(|role| role.0.as_str()).collect::<Vec<_>>().join(", ")
}

fn list_slugs(slugs: &[Slug]) -> String {
    match slugs {
        [] => "there is no team yet".to_owned(),
        slugs => {
            format!("there are: {}", slugs.iter().map(Slug::as_str).collect::<Vec<_>>().join(", "))
        }
    }
}
