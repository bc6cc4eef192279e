//! Why a use case could not be done.

use thiserror::Error;

use strongroom_shared::RoleName;

use super::master_key::KeyError;
use crate::crypto;
use crate::domain::{Denied, Rule, Slug, VaultId};
use crate::store;
use crate::vault;

/// The message while too many passwords wait to be hashed.
pub(super) const BUSY: &str = "The server is busy. Try again in a few seconds.";

/// Why a use case could not be done. What of it a client may see is decided in `graphql::error`.
#[derive(Debug, Error)]
pub enum Error {
    #[error("no credential was given")]
    NoCredential,
    /// The `Authorization` header is not `Bearer` and a key.
    #[error("the Authorization header is malformed")]
    MalformedCredential,
    #[error("the request has several session cookies")]
    AmbiguousCredential,
    /// The key or the session is unknown, revoked or expired. Which of them is nobody's business.
    #[error("the credential does not count")]
    UnknownCredential,
    /// The key has expired. Clients get the same answer as for an unknown key.
    #[error("the API key has expired")]
    ExpiredKey,
    /// The key was revoked. Clients get the same answer as for an unknown key.
    #[error("the API key was revoked")]
    RevokedKey,
    #[error("denied: {0:?}")]
    Denied(Denied),
    /// The one who asks is not in the team they ask for, or there is no such team.
    #[error("not a team of the one who asks")]
    OtherTeam,
    #[error("{0}")]
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

pub type Result<T> = std::result::Result<T, Error>;

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Key(Box::new(error))
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<strongroom_shared::SecretNameError> for Error {
    fn from(error: strongroom_shared::SecretNameError) -> Self {
        Self::Rule(Rule::new(error.to_string()))
    }
}

fn list_roles(roles: &[RoleName]) -> String {
    let roles: Vec<_> = roles.iter().map(|role| role.0.as_str()).collect();
    roles.join(", ")
}

fn list_slugs(slugs: &[Slug]) -> String {
    let slugs: Vec<_> = slugs.iter().map(Slug::as_str).collect();
    if slugs.is_empty() {
        "there is no team yet".to_owned()
    } else {
        format!("there are: {}", slugs.join(", "))
    }
}
