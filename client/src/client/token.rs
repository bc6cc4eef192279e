//! The token with which a workload proves its identity, a JSON Web Token of its platform. It is read anew for each login,
//! because platforms replace it before it expires.
//!
//! To add a platform: its line in [`Source::find`], the message of [`Error::NoToken`], the help of `strongroom login`, and a
//! line in `docs/command-line.md`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use strongroom_shared::client_variable::AUDIENCE;
use url::Url;
use zeroize::Zeroizing;

use super::reason;
use crate::error::{Error, Result};
use crate::settings::{self, ID_TOKEN_VARIABLE, JWT_FILE_VARIABLE};

/// Where a job of GitHub Actions asks for a token, and with which key.
const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const GITHUB_KEY: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

const TIMEOUT: Duration = Duration::from_secs(15);
const MAX_BYTES: usize = 64 * 1024;

/// Where a token comes from.
#[derive(Clone)]
pub(super) enum Source {
    Text { place: &'static str, token: Zeroizing<String> },
    File(PathBuf),
    GitHub { url: String, key: Zeroizing<String>, audience: Option<String> },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { place, .. } => f.write_str(place),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::GitHub { .. } => f.write_str("GitHub Actions"),
        }
    }
}

impl Source {
    /// The source that these variables name. A pod's default token is none: it is for the cluster's own API.
    pub(super) fn find(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let secret = |name| variable(name).map(Zeroizing::new);
        if let Some(path) = variable(JWT_FILE_VARIABLE) {
            return Some(Self::File(path.into()));
        }
        if let Some(token) = secret(ID_TOKEN_VARIABLE) {
            return Some(Self::Text { place: ID_TOKEN_VARIABLE, token });
        }
        let (url, key) = (variable(GITHUB_URL)?, secret(GITHUB_KEY)?);
        Some(Self::GitHub { url, key, audience: variable(AUDIENCE) })
    }

    /// The variables that hold the token, or the credentials for requesting one.
    pub(super) fn variables(&self) -> &'static [&'static str] {
        match self {
            Self::Text { place: ID_TOKEN_VARIABLE, .. } => &[ID_TOKEN_VARIABLE],
            Self::GitHub { .. } => &[GITHUB_URL, GITHUB_KEY],
            _ => &[],
        }
    }

    /// Reads the token, or requests one for the server at `origin`.
    pub(super) async fn token(&self, origin: String) -> Result<Zeroizing<String>> {
        match self {
            Self::Text { token, .. } => Ok(Zeroizing::new(token.trim().to_owned())),
            Self::File(path) => {
                settings::read_credential(path)?.ok_or_else(|| self.failure("the file is empty".to_owned()))
            }
            Self::GitHub { url, key, audience } => {
                self.request(url, key, audience.as_deref().unwrap_or(&origin)).await
            }
        }
    }

    async fn request(&self, url: &str, key: &str, audience: &str) -> Result<Zeroizing<String>> {
        #[derive(Deserialize)]
        struct Answer {
            value: String,
        }

        let unreachable = |error| self.unavailable(&format!("can't be reached: {}", reason(&error)));
        let mut url =
            Url::parse(url).map_err(|error| self.failure(format!("{GITHUB_URL} is not a URL: {error}")))?;
        url.query_pairs_mut().append_pair("audience", audience);
        let http = reqwest::Client::builder().timeout(TIMEOUT);
        let (http, _) = strongroom_outbound::build(&url, http)?;
        let answer = http.get(url).bearer_auth(key).send().await.map_err(unreachable)?;
        let status = answer.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(self.unavailable(&format!("answers HTTP {status}")));
        }
        let body = strongroom_outbound::read_body(answer, MAX_BYTES).await.map_err(unreachable)?;
        let body = Zeroizing::new(body.unwrap_or_default());
        match serde_json::from_slice::<Answer>(&body) {
            Ok(answer) if status.is_success() => Ok(Zeroizing::new(answer.value)),
            _ => Err(self.failure(format!("HTTP {status}"))),
        }
    }

    fn unavailable(&self, reason: &str) -> Error {
        Error::LoginUnavailable { message: format!("{self} {reason}") }
    }

    fn failure(&self, reason: String) -> Error {
        Error::Token { place: self.to_string(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_source_is_used() {
        let all = [
            (JWT_FILE_VARIABLE, "/run/token"),
            (ID_TOKEN_VARIABLE, "hunter2"),
            (GITHUB_KEY, "hunter2"),
            (GITHUB_URL, "https://h/?a=b"),
        ];
        let expected = [Some("/run/token"), Some("STRONGROOM_ID_TOKEN"), Some("GitHub Actions"), None, None];
        for (unset, expected) in expected.into_iter().enumerate() {
            let variable = |name: &str| {
                all[unset..].iter().find(|(other, _)| *other == name).map(|(_, text)| (*text).to_owned())
            };
            let found = Source::find(variable).map(|source| source.to_string());
            assert_eq!(found.as_deref(), expected);
        }
    }
}
