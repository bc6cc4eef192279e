//! Why a secret could not be read or set. No message repeats a value or a key.
//!
//! To add a reason: a variant that names it, and where it matters its exit code in `command_line::exit`.

use std::io;

use strongroom_shared::ErrorCode;
use thiserror::Error;

use crate::settings;
#[cfg(feature = "prefect")]
use crate::{deserialize, local};

/// What comes of asking.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a secret could not be read or set.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A flow is being built: what is read now would be baked into it.
    #[cfg(feature = "prefect")]
    #[error("Secrets should only be retrieved during a Flow run, not while building a Flow.")]
    BuildingFlow,
    /// It is not on this machine, and the settings say to look nowhere else.
    #[cfg(feature = "prefect")]
    #[error("Local Secret \"{name}\" was not found.")]
    LocalSecretNotFound {
        /// The secret's name.
        name: String,
    },
    /// The server has none of that name, or the key may not see it.
    #[error("The secret {name} was not found. Please ensure that it was set in the key's team.")]
    SecretNotFound {
        /// The secret's name.
        name: String,
    },
    /// There is no key to ask with.
    #[error(
        "There is no API key. Set STRONGROOM_KEY or STRONGROOM_KEY_FILE, or write `key = \"sr_…\"` into the configuration file."
    )]
    NoKey,
    /// The server does not take the key: it is wrong, revoked or expired.
    #[error("The server does not accept the API key: {message}")]
    Unauthenticated {
        /// What the server says.
        message: String,
    },
    /// The key may not do that.
    #[error("{message}")]
    Forbidden {
        /// What the server says.
        message: String,
    },
    /// The server says no, and nothing has changed: a rule is broken, or what was named is not there.
    #[error("{message}")]
    Refused {
        /// What the server says.
        message: String,
    },
    /// The server says something else.
    #[error("The server could not do it: {message}")]
    Server {
        /// Its code, if it is one of ours.
        code: Option<ErrorCode>,
        /// What the server says.
        message: String,
    },
    /// What answered does not speak as a Strongroom server does.
    #[error("{server} does not answer as a Strongroom server does ({status}). Is the address right?")]
    MalformedAnswer {
        /// Where it was asked.
        server: String,
        /// The answer's HTTP status.
        status: u16,
    },
    /// The server redirects to another address; the key was not sent there.
    #[error("{server} redirects to {sends_to}. If that is your server, use that address.")]
    Redirected {
        /// The requested address.
        server: String,
        /// The other address, without its path.
        sends_to: String,
    },
    /// The server can't be reached, or takes too long: trying again later may help.
    #[error("{server} can't be reached: {reason}")]
    Unreachable {
        /// The requested address and the proxy.
        server: String,
        /// What kind of obstacle there is.
        obstacle: Obstacle,
        /// What went wrong.
        reason: String,
        /// Whether the request may have arrived.
        may_have_arrived: bool,
    },
    /// The server is there, and could not do it just now: trying again later may help.
    #[error("The server could not do it just now: {message}")]
    Unavailable {
        /// What the server says.
        message: String,
    },
    /// The address of the server is none.
    #[error("The address of the server is not a URL such as https://secrets.example.com: {reason}")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// The key has characters that no key has.
    #[error("The API key has characters that no key has. Is it something else, or cut off?")]
    MalformedKey,
    /// The settings of this machine can't be used.
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// Prefect's configuration on this machine can't be used.
    #[cfg(feature = "prefect")]
    #[error(transparent)]
    Local(#[from] local::Error),
    /// The value is not of the type that was asked for.
    #[cfg(feature = "prefect")]
    #[error("The secret {name} is not of the type that was asked for: {mismatch}")]
    Mismatch {
        /// The secret's name.
        name: String,
        /// In what.
        mismatch: deserialize::Mismatch,
    },
    /// What was to be set can't be written as JSON.
    #[error("The value of {name} can't be written as JSON.")]
    NotJson {
        /// The secret's name.
        name: String,
    },
    /// Neither when the task was made nor when it ran was a name given.
    #[cfg(feature = "prefect")]
    #[error("A secret name must be provided.")]
    NoName,
    /// The variable has to be set, and is not.
    #[cfg(feature = "prefect")]
    #[error("Environment variable not set: {name}")]
    VariableNotSet {
        /// The variable's name.
        name: String,
    },
    /// The variable's text could not be cast.
    #[cfg(feature = "prefect")]
    #[error("The environment variable {name} could not be cast.")]
    NotCast {
        /// The variable's name.
        name: String,
    },
    /// There are no certificates for https, or the environment's proxy is unusable.
    #[error(transparent)]
    Outbound(#[from] strongroom_outbound::Error),
    /// This machine could not provide what asking needs.
    #[error("The client can't be set up")]
    SetUp(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What stands between a client and a server that it can't reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The name of the server or the proxy could not be resolved.
    Name,
    /// Nothing listens at the address.
    Refused,
    /// No answer came in time.
    Timeout,
    /// The server's certificate is not trusted, or is for another name.
    Certificate,
    /// There is no TLS connection for another reason: what answers may not speak TLS.
    Tls,
    /// Something else.
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
                if error.kind() == io::ErrorKind::ConnectionRefused {
                    return Self::Refused;
                }
                match tls_error(error) {
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

/// The error of TLS in one of input and output. These have to be unwrapped, because they don't name it as their source.
fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    let wrapped = error.get_ref()?;
    wrapped.downcast_ref().or_else(|| tls_error(wrapped.downcast_ref()?))
}

impl Error {
    /// Whether doing the same later may work.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Unavailable { .. })
    }
}
