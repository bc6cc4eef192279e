//! The provider through which people log in.

use std::path::PathBuf;

use clap::Args;
use url::Url;
use zeroize::Zeroizing;

use super::{Settings, SettingsError, has_login};
use crate::oidc::Registration;
use crate::secret_file;

/// The provider through which people log in, by OpenID Connect: all of it, or nothing.
#[derive(Args, Clone, Debug, Default)]
pub struct OidcSettings {
    /// The provider through which people log in (OpenID Connect): its issuer's URL
    #[arg(id = "oidc_issuer", long = "oidc-issuer", global = true, env = "STRONGROOM_OIDC_ISSUER", value_name = "URL", value_parser = parse_issuer)]
    pub issuer: Option<Url>,
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
}

impl Settings {
    /// How the provider is known through which people log in; `None` when there is none.
    ///
    /// # Errors
    /// Some of it is missing, or there is no secret to be read.
    pub fn registration(&self) -> Result<Option<Registration>, SettingsError> {
        let OidcSettings { issuer, client_id, client_secret_file, name } = &self.oidc;
        if issuer.is_none() && client_id.is_none() && client_secret_file.is_none() && name.is_none() {
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
        Ok(Some(Registration {
            issuer: issuer.clone().ok_or(missing("oidc-issuer"))?,
            client_id: client_id.clone().ok_or(missing("oidc-client-id"))?,
            client_secret: secret,
            name: name.clone().unwrap_or_else(|| "single sign-on".to_owned()),
        }))
    }
}

pub(super) fn parse_issuer(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL is needed, such as https://accounts.example.com")?;
    let is_here = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    if has_login(&url) {
        return Err("a URL without a user name or password is needed");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err("a URL of https is needed, or one of this machine"),
    }
}
