//! Vault, as a client: a place for sealed values outside the database.
//!
//! What goes there is sealed already, so that whoever reads Vault has nothing. Each value has a path of its own that is
//! written once, `<mount>/<prefix>/<store>/<id>`; which value that is, only the database knows. Not here: when a value is
//! put, and when it is removed (`service::values`).
//!
//! To add a way to authenticate: a variant of [`Credential`], and what it does for a token in `client`.

mod breaker;
mod client;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

pub use client::Vault;

/// How this server knows Vault, and Vault this server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it is: `https://vault.example.com:8200`.
    pub address: Url,
    /// Where its KV engine is mounted.
    pub mount: String,
    /// What every path in it begins with.
    pub prefix: String,
    /// Which version that engine has.
    pub kv_version: KvVersion,
    /// The namespace, where Vault has such.
    pub namespace: Option<String>,
    /// What lets us in.
    pub credential: Credential,
    /// A file with the certificates that Vault's is checked against, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long Vault may take for an answer, further tries included.
    pub time_limit: Duration,
}

/// The version of Vault's key-value engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvVersion {
    /// Without versions.
    One,
    /// With versions, of which we use one each.
    Two,
}

/// What Vault lets us in with.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A token.
    Token(Secret),
    /// A file with a token. It is read again when Vault refuses the one that it had.
    TokenFile(PathBuf),
    /// A role for programs, through which a token is had, and another when that has expired.
    AppRole {
        /// Where the method is mounted.
        mount: String,
        /// The role.
        role_id: String,
        /// A file with the secret id that goes with it.
        secret_id_file: PathBuf,
    },
}

/// Something that lets one in. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes what stands in a variable or a file, without the white space around it; `None` if that is nothing that can
    /// stand in a header.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_plain.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What does not work. No text holds a token, and none holds what Vault wrote.
#[derive(Debug, Error)]
pub enum Error {
    /// The client can't be set up.
    #[error("the client of Vault can't be set up: {0}")]
    SetUp(String),
    /// A file with a token or a secret id can't be read.
    #[error("the Vault credential file {path} can't be read: {reason}")]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why: the system says so, or other users can read it.
        reason: std::io::Error,
    },
    /// There is no token or secret id in a file.
    #[error("the file {0}, which lets us into Vault, holds nothing of use")]
    Empty(PathBuf),
    /// Nobody answers.
    #[error("Vault can't be reached: {0}")]
    Unreachable(String),
    /// It takes too long.
    #[error("Vault has not answered within {0:?}")]
    Slow(Duration),
    /// It answers, and does not do it.
    #[error("Vault answered with the status {0}{hint}", hint = hint(*.0))]
    Refused(u16),
    /// What it answers is not what it should be.
    #[error("Vault's answer is not {0}")]
    Answer(&'static str),
    /// Too many requests to Vault are running.
    #[error("too many requests to Vault: this one waited {0:?} for its turn")]
    Busy(Duration),
    /// The circuit breaker is open.
    #[error("Vault has failed several times just now, and is not asked for a moment")]
    CircuitOpen,
}

impl Error {
    /// Whether Vault itself is down, and not only this request refused. A 403 may concern a single path or verb, so it
    /// is no outage: where a policy lacks deletion, reads go on.
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

    /// Whether it may work when tried again at once.
    fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Refused(429 | 500..))
    }
}

/// What a status mostly means.
fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => ": it sends us elsewhere; is the address that of the active node?",
        400 => ": it does not take the request; is the version of the engine right?",
        403 => ": the token has expired, or its policy does not allow it",
        404 => ": there is no such path; are the mount and the version of its engine right?",
        429 => ": it has too much to do",
        503 => ": it is sealed, or under maintenance",
        _ => "",
    }
}
