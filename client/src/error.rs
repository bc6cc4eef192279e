//! Why a secret could not be read or set. No message repeats a value or a key.

use std::io;

use strongroom_shared::ErrorCode;
use thiserror::Error;

use crate::settings;
#[cfg(feature = "prefect")]
use crate::{deserialize, local};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a secret could not be read or set. `message` is the server's own.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages and the fields' names say it")]
#[non_exhaustive]
pub enum Error {
    /// A flow is being built, and a value read now would be baked into it.
    #[error("Secrets should only be retrieved during a Flow run, not while building a Flow.")]
    BuildingFlow,
    /// The secret is not on this machine, and the settings say not to ask a server.
    #[error("Local Secret \"{name}\" was not found.")]
    LocalSecretNotFound { name: String },
    /// The server has no secret of that name, or the key has no access to it.
    #[error("The secret {name} was not found. Please ensure that it was set in the key's team.")]
    SecretNotFound { name: String },
    #[error(
        "There is no API key{}. Set STRONGROOM_KEY or STRONGROOM_KEY_FILE, or write `key = \"sr_…\"` into the configuration file. \
         A workload with an identity of its own can log in without a key: set STRONGROOM_ROLE.",
        if settings::is_key_variable_empty() { ": STRONGROOM_KEY is empty" } else { "" }
    )]
    NoKey,
    /// The key is wrong, revoked or expired, or the login was ended. `credential` says which of them it is.
    #[error("The server does not accept the {credential}: {message}")]
    Unauthenticated { credential: &'static str, message: String },
    /// The workload has no token with which it could log in.
    #[error(
        "There is no token to log in with. Name its file in STRONGROOM_JWT_FILE, in Kubernetes that of a projected token. \
         In GitHub Actions, the job needs the permission `id-token: write`; in GitLab, an ID token named \
         STRONGROOM_ID_TOKEN."
    )]
    NoToken,
    #[error("{place} gives no token to log in with: {reason}")]
    Token { place: String, reason: String },
    /// No trust accepts the token's identity for this role, or the role does not exist.
    #[error("The server refused the login: {message}")]
    LoginRefused { message: String },
    /// The server can't verify tokens now, or the platform can't issue one. A retry may help.
    #[error("Logging in is temporarily unavailable: {message}")]
    LoginUnavailable { message: String },
    #[error("{server} has no logins for workloads (HTTP 404). Check the address.")]
    NoLogins { server: String },
    #[error("{message}")]
    Forbidden { message: String },
    /// The request breaks a rule, or names something that does not exist. Nothing has changed.
    #[error("{message}")]
    Refused { message: String },
    /// Any other error of the server, with its code if this version knows it.
    #[error("The server failed: {message}")]
    Server { code: Option<ErrorCode>, message: String },
    #[error("{server} does not respond like a Strongroom server (HTTP {status}). Check the address.")]
    MalformedAnswer { server: String, status: u16 },
    /// The server redirects to another address, given without its path; the key was not sent there.
    #[error("{server} redirects to {sends_to}. If that is your server, use that address.")]
    Redirected { server: String, sends_to: String },
    /// There was no response, or not in time. A retry may help. `server` names the proxy, too.
    #[error("{server} can't be reached: {reason}")]
    Unreachable { server: String, obstacle: Obstacle, reason: String, may_have_arrived: bool },
    /// The server, or a proxy in front of it, can't serve the request now. A retry may help.
    #[error("The server is temporarily unavailable: {message}")]
    Unavailable { message: String },
    #[error("The server's address is not a URL such as https://secrets.example.com: {reason}")]
    Address { reason: String },
    #[error("The API key is empty.")]
    EmptyKey,
    #[error("The API key contains invalid characters. Was it cut off, or is it something else?")]
    MalformedKey,
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// Prefect's configuration on this machine is unusable.
    #[cfg(feature = "prefect")]
    #[error(transparent)]
    Local(#[from] local::Error),
    #[cfg(feature = "prefect")]
    #[error("The secret {name} does not fit the requested type: {mismatch}")]
    Mismatch { name: String, mismatch: deserialize::Mismatch },
    #[error("The value of {name} can't be written as JSON.")]
    NotJson { name: String },
    /// A task has no name from its construction, and was given none when it ran.
    #[error("A secret name must be provided.")]
    NoName,
    #[error("Environment variable not set: {name}")]
    VariableNotSet { name: String },
    #[error("The environment variable {name} could not be cast.")]
    NotCast { name: String },
    /// There are no certificates for https, or the environment's proxy is unusable.
    #[error(transparent)]
    Outbound(#[from] strongroom_outbound::Error),
    #[error("The client can't be set up")]
    SetUp(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a server is unreachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The name of the server or the proxy could not be resolved.
    Name,
    /// The connection was refused.
    Refused,
    /// There was no response in time.
    Timeout,
    /// The server's certificate is not trusted, or is for another name.
    Certificate,
    /// TLS failed for another reason: the port may not speak TLS.
    Tls,
    /// Another reason.
    Other,
}

impl Obstacle {
    pub(crate) fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        if error.is_dns() {
            return Self::Name;
        }
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<io::Error>() {
                match tls_error(error) {
                    _ if error.kind() == io::ErrorKind::ConnectionRefused => return Self::Refused,
                    Some(rustls::Error::InvalidCertificate(_)) => return Self::Certificate,
                    Some(_) => return Self::Tls,
                    None => {}
                }
            }
            source = cause.source();
        }
        Self::Other
    }
}

/// The TLS error wrapped in an I/O error, which does not name it as its source.
pub(crate) fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    let wrapped = error.get_ref()?;
    wrapped.downcast_ref().or_else(|| tls_error(wrapped.downcast_ref()?))
}

impl Error {
    /// Whether a retry may succeed.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Unavailable { .. } | Self::LoginUnavailable { .. })
    }
}
