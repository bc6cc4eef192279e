//! The Vault client: a location for encrypted values outside the database.
//!
//! Each value has a path of its own that is written once, `<mount>/<prefix>/<store>/<id>`; only the database knows the
//! secret that it belongs to. Not here: when a value is put and removed (`service::values`).
//!
//! To add a way to authenticate: a variant of [`Credential`], and how `client` gets a token with it.

mod breaker;
mod client;

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

pub use client::Vault;

#[derive(Clone, Debug)]
pub struct Settings {
    /// The address, without a path: `https://vault.example.com:8200`.
    pub address: Url,
    /// The mount of its KV engine.
    pub mount: String,
    /// The beginning of every path in the engine.
    pub prefix: String,
    pub kv_version: KvVersion,
    pub namespace: Option<String>,
    pub credential: Credential,
    /// A file with the certificates that replace the system's.
    pub ca_file: Option<PathBuf>,
    /// The longest time for an answer, retries included.
    pub time_limit: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvVersion {
    /// Without versions of values.
    One,
    /// With versions, of which each of our values has one.
    Two,
}

#[derive(Clone, Debug)]
pub enum Credential {
    Token(Secret),
    /// A file with a token. It is read again when Vault refuses the token.
    TokenFile(PathBuf),
    /// An `AppRole` login, repeated when Vault refuses the token that it gave.
    AppRole {
        mount: String,
        role_id: String,
        secret_id_file: PathBuf,
    },
}

/// A token or a secret id. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Parses the text of a variable or a file, without the white space around it; `None` if a header can't hold it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_plain.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

hide_in_debug!(Secret);

/// An error of Vault or its client. No text contains a token or a part of an answer.
#[derive(Debug, Error)]
pub enum Error {
    #[error("the Vault client can't be set up: {0}")]
    SetUp(String),
    /// The reason may be that other users can read it.
    #[error("the Vault credential file {path} can't be read: {reason}")]
    Unreadable { path: PathBuf, reason: std::io::Error },
    #[error("the Vault credential file {0} holds no usable token or secret id")]
    Empty(PathBuf),
    #[error("Vault can't be reached: {0}")]
    Unreachable(String),
    #[error("Vault has not answered within {0:?}")]
    Slow(Duration),
    #[error("Vault answered with the status {0}{hint}", hint = hint(*.0))]
    Refused(u16),
    #[error("Vault's answer is not {0}")]
    Answer(&'static str),
    #[error("too many requests to Vault: this one waited {0:?} for its turn")]
    Busy(Duration),
    #[error("Vault has failed several times just now: the circuit breaker is open")]
    CircuitOpen,
}

impl Error {
    /// Whether Vault is down. A 403 is no outage, because it may concern a single path or verb: where a policy lacks
    /// deletion, reads go on.
    fn is_outage(&self) -> bool {
        match self {
            Self::Refused(status) => matches!(status, 300..=399 | 429 | 500..),
            Self::Unreadable { .. }
            | Self::Empty(_)
            | Self::Unreachable(_)
            | Self::Slow(_)
            | Self::Answer(_) => true,
            Self::SetUp(_) | Self::Busy(_) | Self::CircuitOpen => false,
        }
    }

    fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Refused(429 | 500..))
    }
}

/// The likely cause of a status.
fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => ": it redirects; is this the active node's address?",
        400 => ": it does not accept the request; is the engine's version right?",
        403 => ": the token has expired, or its policy does not allow it",
        404 => ": there is no such path; are the mount and the version of its engine right?",
        429 => ": it is overloaded",
        503 => ": it is sealed, or under maintenance",
        _ => "",
    }
}
