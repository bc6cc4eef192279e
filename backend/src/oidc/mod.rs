//! OpenID Connect as a client: authorization code flow with PKCE and a nonce. Not here: the login itself (`service`),
//! and cookies and redirects (`http`).
//!
//! Providers deviate in everything that a login doesn't need. So we read only the fields that it needs, in every form
//! that a provider is known to use: see `docs/adr/0022-we-read-few-fields-of-provider-responses.md`.

mod claims;
mod document;
pub mod issuer;
mod provider;
mod token;

use thiserror::Error;

pub use provider::Provider;
pub use token::{Unopened, open_signed};

/// The claim with the email address, unless the settings name another.
pub const EMAIL_CLAIM: &str = "email";

pub struct Registration {
    /// The issuer as the operator typed it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: zeroize::Zeroizing<String>,
    /// The provider's name on the button.
    pub name: String,
    pub email_claim: String,
    /// Whether to accept addresses that the provider does not mark as verified.
    pub trusts_unverified_email: bool,
}

/// A login that has begun. The browser keeps it until the provider sends the user back with a code.
#[derive(Clone)]
pub struct Pending {
    /// The provider must repeat it.
    pub state: String,
    /// The provider must sign it.
    pub nonce: String,
    /// Redeeming the code requires it (PKCE).
    pub verifier: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    /// The user's permanent id at the provider.
    pub subject: String,
    pub email: Result<String, EmailDoubt>,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EmailDoubt {
    #[error("the provider sends no email address: grant the `email` scope there, or set oidc-email-claim")]
    Missing,
    #[error(
        "the provider says that the email address is not verified: see oidc-trust-unverified-email in docs/single-sign-on.md"
    )]
    Unverified,
    #[error(
        "the provider does not say whether the email address is verified: see oidc-trust-unverified-email in docs/single-sign-on.md"
    )]
    Unsaid,
}

#[derive(Debug, Error)]
pub enum Error {
    #[error("the OpenID Connect client can't be set up: {0}")]
    SetUp(String),
    /// No response, or an invalid one. The text contains no code and no token.
    #[error("the provider: {0}")]
    Provider(String),
}

/// The provider's error code and description for the log, except those with one of `secrets` or a user's address.
pub fn complaint(code: Option<&str>, description: Option<&str>, secrets: &[&str]) -> String {
    let shown = |text: &&str| {
        !text.is_empty()
            && !text.contains('@')
            && !secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret))
    };
    let mut told = [code, description].into_iter().flatten().filter(shown).map(|text| {
        let text: String = text.chars().take(200).collect();
        // Quoted, so that it can't forge a log line.
        format!("{text:?}")
    });
    match (told.next(), told.next()) {
        (None, _) => "an error without a code".to_owned(),
        (Some(code), None) => format!("the error {code}"),
        (Some(code), Some(description)) => format!("the error {code}: {description}"),
    }
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn complaint_repeats_no_secret_and_no_address() {
        let told = |description| complaint(Some("invalid_grant"), Some(description), &["c0de", ""]);
        assert_eq!(told("it has expired"), r#"the error "invalid_grant": "it has expired""#);
        for description in ["the code c0de has expired", "ada@example.com may not", ""] {
            assert_eq!(told(description), r#"the error "invalid_grant""#);
        }
        assert_eq!(told("a\nb"), r#"the error "invalid_grant": "a\nb""#);
        assert_eq!(complaint(None, None, &[]), "an error without a code");
    }
}
