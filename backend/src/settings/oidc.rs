//! The provider through which people log in.

use std::path::PathBuf;

use clap::Args;
use url::Url;
use zeroize::Zeroizing;

use super::{Settings, SettingsError, has_login};
use crate::oidc::{EMAIL_CLAIM, Registration};
use crate::secret_file;

/// The provider through which people log in, by OpenID Connect: all of it, or nothing.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcSettings {
    /// The provider through which people log in (OpenID Connect): its issuer's URL
    #[arg(id = "oidc_issuer", long = "oidc-issuer", global = true, env = "STRONGROOM_OIDC_ISSUER", value_name = "URL", value_parser = parse_issuer)]
    pub issuer: Option<String>,
    /// The id under which the provider knows this server
    #[arg(
        id = "oidc_client_id",
        long = "oidc-client-id",
        global = true,
        env = "STRONGROOM_OIDC_CLIENT_ID",
        value_name = "ID"
    )]
    pub client_id: Option<String>,
    /// A file with the secret that goes with the id
    #[arg(
        id = "oidc_client_secret_file",
        long = "oidc-client-secret-file",
        global = true,
        env = "STRONGROOM_OIDC_CLIENT_SECRET_FILE",
        value_name = "FILE"
    )]
    pub client_secret_file: Option<PathBuf>,
    /// What the provider is called on the button [default: single sign-on]
    #[arg(
        id = "oidc_name",
        long = "oidc-name",
        global = true,
        env = "STRONGROOM_OIDC_NAME",
        value_name = "NAME"
    )]
    pub name: Option<String>,
    /// The claim that holds a person's email address, if the provider does not use `email`
    #[arg(
        id = "oidc_email_claim",
        long = "oidc-email-claim",
        global = true,
        env = "STRONGROOM_OIDC_EMAIL_CLAIM",
        value_name = "CLAIM"
    )]
    pub email_claim: Option<String>,
    /// Accept email addresses that the provider does not call verified. Only for a provider where users can't choose
    /// theirs: anyone who has a member's address there can log in as that member
    #[arg(
        id = "oidc_trust_unverified_email",
        long = "oidc-trust-unverified-email",
        global = true,
        env = "STRONGROOM_OIDC_TRUST_UNVERIFIED_EMAIL",
        value_name = "BOOLEAN",
        value_parser = clap::builder::BoolishValueParser::new(),
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub trust_unverified_email: Option<bool>,
}

impl Settings {
    /// How the provider is known through which people log in; `None` when there is none.
    ///
    /// # Errors
    /// Some of it is missing, or there is no secret to be read.
    pub fn registration(&self) -> Result<Option<Registration>, SettingsError> {
        let OidcSettings { issuer, client_id, client_secret_file, name, email_claim, trust_unverified_email } =
            &self.oidc;
        if self.oidc == OidcSettings::default() {
            return Ok(None);
        }
        let missing = SettingsError::MissingOidc;
        let path = client_secret_file.as_ref().ok_or(missing("oidc-client-secret-file"))?;
        let secret = secret_file::read(path)
            .map_err(|source| SettingsError::UnreadableSecret { path: path.clone(), source })?;
        let secret = Zeroizing::new(secret.trim().to_owned());
        if secret.is_empty() {
            return Err(SettingsError::NoSecret(path.clone()));
        }
        let email_claim = email_claim.as_deref().unwrap_or(EMAIL_CLAIM);
        let trusts_unverified_email = trust_unverified_email.unwrap_or_default();
        if email_claim != EMAIL_CLAIM && !trusts_unverified_email {
            return Err(SettingsError::UnverifiedClaim(email_claim.to_owned()));
        }
        Ok(Some(Registration {
            issuer: issuer.clone().ok_or(missing("oidc-issuer"))?,
            client_id: client_id.clone().ok_or(missing("oidc-client-id"))?,
            client_secret: secret,
            name: name.clone().unwrap_or_else(|| "single sign-on".to_owned()),
            email_claim: email_claim.to_owned(),
            trusts_unverified_email,
        }))
    }
}

/// The issuer as it was typed, with or without a trailing slash. Users also copy the address of the discovery document.
pub(super) fn parse_issuer(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let text = text.strip_suffix("/.well-known/openid-configuration").unwrap_or(text);
    let url = Url::parse(text).map_err(|_| "a URL is needed, such as https://accounts.example.com")?;
    let is_here = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    if has_login(&url) {
        return Err("a URL without a user name or password is needed");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a URL without a query or a fragment is needed");
    }
    if text.contains(['{', '}', '<', '>']) {
        return Err("a URL without placeholders is needed: put in your tenant's id or name");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(text.to_owned()),
        "http" if is_here => Ok(text.to_owned()),
        _ => Err("a URL of https is needed, or one of this machine"),
    }
}
