//! The OpenID Connect provider.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use url::Url;
use zeroize::Zeroizing;

use super::{Settings, has_login};
use crate::oidc::{EMAIL_CLAIM, Registration};
use crate::secret_file;

/// The provider: all of it, or nothing.
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcSettings {
    /// The issuer URL of the OpenID Connect provider
    #[arg(long, value_name = "URL", value_parser = parse_issuer)]
    oidc_issuer: Option<String>,
    /// The server's client id at the provider
    #[arg(long, value_name = "ID")]
    oidc_client_id: Option<String>,
    /// A file with the client secret
    #[arg(long, value_name = "FILE")]
    oidc_client_secret_file: Option<PathBuf>,
    /// The provider's name on the button [default: single sign-on]
    #[arg(long, value_name = "NAME")]
    oidc_name: Option<String>,
    /// The claim with the user's email address, if it is not `email`
    #[arg(long, value_name = "CLAIM")]
    oidc_email_claim: Option<String>,
    /// Accept email addresses that the provider does not mark as verified. Only for a provider where users can't choose
    /// theirs: a user with a member's address there can log in as that member
    #[arg(
        long,
        value_name = "BOOLEAN",
        value_parser = clap::builder::BoolishValueParser::new(),
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    oidc_trust_unverified_email: Option<bool>,
}

impl Settings {
    /// The registration at the provider, if there is one.
    pub fn registration(&self) -> anyhow::Result<Option<Registration>> {
        const NEEDED: &str = "a provider needs `oidc-issuer`, `oidc-client-id` and `oidc-client-secret-file`";
        if self.oidc == OidcSettings::default() {
            return Ok(None);
        }
        let given = self.oidc.clone();
        let missing = |name| format!("`{name}` is missing: {NEEDED}");
        let issuer = given.oidc_issuer.with_context(|| missing("oidc-issuer"))?;
        let client_id = given.oidc_client_id.with_context(|| missing("oidc-client-id"))?;
        let file = given.oidc_client_secret_file.with_context(|| missing("oidc-client-secret-file"))?;
        let named = format!("the file {} (`oidc-client-secret-file`)", file.display());
        let secret = secret_file::read(&file).with_context(|| format!("{named} can't be read"))?;
        let client_secret = Zeroizing::new(secret.trim().to_owned());
        ensure!(!client_secret.is_empty(), "{named} is empty");
        let email_claim = given.oidc_email_claim.unwrap_or_else(|| EMAIL_CLAIM.to_owned());
        let trusts_unverified_email = given.oidc_trust_unverified_email.unwrap_or_default();
        ensure!(
            email_claim == EMAIL_CLAIM || trusts_unverified_email,
            "`oidc-email-claim` = {email_claim:?} needs `oidc-trust-unverified-email`: providers verify only the \
             `email` claim"
        );
        Ok(Some(Registration {
            issuer,
            client_id,
            client_secret,
            name: given.oidc_name.unwrap_or_else(|| "single sign-on".to_owned()),
            email_claim,
            trusts_unverified_email,
        }))
    }
}

/// The issuer as typed, with or without a trailing slash. Operators also copy the address of the discovery document.
fn parse_issuer(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let text = text.strip_suffix("/.well-known/openid-configuration").unwrap_or(text);
    let url = Url::parse(text).map_err(|_| "must be a URL, such as https://accounts.example.com")?;
    let is_here = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    if has_login(&url) {
        return Err("must not contain a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or a fragment");
    }
    if text.contains(['{', '}', '<', '>']) {
        return Err("must not contain placeholders: put in your tenant's id or name");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(text.to_owned()),
        "http" if is_here => Ok(text.to_owned()),
        _ => Err("must be an https URL, or one of this machine"),
    }
}
