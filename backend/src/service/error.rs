//! Why a use case could not be done.

use std::borrow::Cow;

use thiserror::Error;

use strongroom_shared::RoleName;

use crate::crypto;
use crate::domain::{Denied, Slug, VaultId};
use crate::store;
use crate::vault;

/// The message while too many passwords wait to be hashed.
pub(super) const BUSY: &str = "The server is busy. Try again in a few seconds.";

/// Why a use case could not be done. What of it a client may see is decided in `graphql::error`.
#[derive(Debug, Error)]
pub enum Error {
    /// No credential was given.
    #[error("no credential was given")]
    NoCredential,
    /// The `Authorization` header is not `Bearer` and a key.
    #[error("the Authorization header is malformed")]
    MalformedCredential,
    /// The request has several session cookies.
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
    /// Known, but not allowed.
    #[error("denied: {0:?}")]
    Denied(Denied),
    /// The one who asks is not in the team they ask for, or there is no such team.
    #[error("not a team of the one who asks")]
    OtherTeam,
    /// The input breaks a rule, which the text names.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// The server is overloaded.
    #[error("{}", BUSY)]
    Busy,
    /// There is no value under that name.
    #[error("there is no such value")]
    NoValue,
    /// There is no team of that slug; there are these.
    #[error("there is no team with the slug {:?}; {}", .slug.as_str(), list_slugs(.known))]
    UnknownTeam {
        /// The slug asked for.
        slug: Slug,
        /// Those there are.
        known: Vec<Slug>,
    },
    /// The team has no role of that name; there are these.
    #[error("there is no role {:?} in the team; there are: {}", .name.0, list_roles(.known))]
    UnknownRole {
        /// The name asked for.
        name: RoleName,
        /// Those there are.
        known: Vec<RoleName>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A data key's master key is not there.
    #[error(transparent)]
    Key(Box<super::KeyError>),
    /// Vault failed.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// Vault does not have a value that the store has put there.
    #[error("Vault has lost the value {0}")]
    LostValue(VaultId),
    /// What the store holds does not open.
    #[error(transparent)]
    Sealed(#[from] crypto::envelope::OpenError),
    /// What should be there is not.
    #[error("broken: {0}")]
    Broken(&'static str),
}

/// A result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

impl From<super::KeyError> for Error {
    fn from(error: super::KeyError) -> Self {
        Self::Key(Box::new(error))
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<&'static str> for Error {
    /// The rules of `domain` are told in words.
    fn from(rule: &'static str) -> Self {
        Self::Invalid(rule.into())
    }
}

impl From<String> for Error {
    /// The same, where the words have to be put together.
    fn from(rule: String) -> Self {
        Self::Invalid(rule.into())
    }
}

impl From<strongroom_shared::SecretNameError> for Error {
    fn from(error: strongroom_shared::SecretNameError) -> Self {
        Self::Invalid(error.to_string().into())
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
