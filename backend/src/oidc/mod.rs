//! OpenID Connect, as a client: a provider tells who someone is.
//!
//! Authorization code flow with PKCE and a nonce. Not here: what becomes of that someone (`service`), and cookies and
//! redirects (`http`). Time and randomness are parameters. Without the feature `oidc` there is no provider, and settings
//! that ask for one stop the start.

#[cfg(feature = "oidc")]
mod provider;
#[cfg(not(feature = "oidc"))]
#[path = "absent.rs"]
mod provider;

use thiserror::Error;
use url::Url;

pub use provider::Provider;

/// How this server knows the provider, and the provider this server.
pub struct Registration {
    /// The provider's issuer.
    pub issuer: Url,
    /// This server's id at the provider.
    pub client_id: String,
    /// The secret that goes with it.
    pub client_secret: zeroize::Zeroizing<String>,
    /// What the provider is called on the button.
    pub name: String,
}

/// A log-in that has begun: what has to be remembered until the provider sends the person back. It goes with their
/// browser, and is of no use without the code that the provider gives.
#[derive(Clone)]
pub struct Pending {
    /// What the provider has to repeat.
    pub state: String,
    /// What the provider has to sign.
    pub nonce: String,
    /// What the code can only be redeemed with.
    pub verifier: String,
}

/// Who someone is, as the provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// The person there, for good.
    pub subject: String,
    /// Their address at present.
    pub email: Option<String>,
    /// Whether the provider has made sure that it is theirs.
    pub email_verified: bool,
}

/// What does not work.
#[derive(Debug, Error)]
pub enum Error {
    /// This program was built without OpenID Connect.
    #[error("this server was built without OpenID Connect (the feature `oidc`)")]
    Absent,
    /// The client can't be set up.
    #[error("the client of the provider can't be set up: {0}")]
    SetUp(String),
    /// The provider does not answer, or answers what it should not. The text holds no code and no token.
    #[error("the provider: {0}")]
    Provider(String),
}
