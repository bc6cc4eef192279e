//! Builds a [`Client`]: the server's address, the key or the login, and how long a request may take.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use url::{ParseError, Url};
use zeroize::Zeroizing;

use super::login::{Login, Shared};
use super::{Client, GRAPHQL, Inner, bearer};
use crate::error::{Error, Result};
use crate::settings::Settings;

/// As long as Prefect waits.
const TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RETRIES: usize = 4;

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    server: String,
    key: Option<Zeroizing<String>>,
    login: Option<Login>,
    tenant: Option<String>,
    timeout: Duration,
    retries: usize,
}

opaque_debug!(ClientBuilder);

impl ClientBuilder {
    pub(super) const fn new(server: String) -> Self {
        Self { server, key: None, login: None, tenant: None, timeout: TIMEOUT, retries: RETRIES }
    }

    /// The API key.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Zeroizing::new(key.into()));
        self
    }

    /// Logs in with a workload's own identity; a key takes precedence. The client logs in with its first request, and again
    /// shortly before the login expires or when the server does not accept it any more. Requests share the login.
    /// [`Error::LoginRefused`] if no trust accepts the identity.
    pub fn login(mut self, login: Login) -> Self {
        self.login = Some(login);
        self
    }

    pub(crate) fn credentials_of(mut self, settings: &Settings) -> Self {
        self.key = settings.key.as_ref().map(|key| key.value.clone());
        self.login = Login::of_settings(settings);
        self
    }

    /// The team's id, if it is not the key's own team.
    pub fn tenant(mut self, id: impl Into<String>) -> Self {
        self.tenant = Some(id.into());
        self
    }

    /// The timeout of a request; 15 seconds by default.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The number of times a request is retried if that is safe and may help; 4 by default.
    pub const fn retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }

    /// Builds the client.
    pub fn build(self) -> Result<Client> {
        let endpoint = endpoint(&self.server)?;
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            if key.trim().is_empty() {
                return Err(Error::EmptyKey);
            }
            headers.insert(header::AUTHORIZATION, bearer(key).ok_or(Error::MalformedKey)?);
        }
        if let Some(tenant) = &self.tenant {
            let tenant = HeaderValue::from_str(tenant)
                .map_err(|_| Error::Address { reason: "the team's id is invalid".to_owned() })?;
            headers.insert("x-prefect-tenant-id", tenant);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(concat!("strongroom/", env!("CARGO_PKG_VERSION")))
            .timeout(self.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout));
        let (http, proxy) = strongroom_outbound::build(&endpoint, http)?;
        let has_key = self.key.is_some();
        let login = self.login.filter(|_| !has_key).map(|login| Shared::new(login, self.timeout));
        Ok(Client(Arc::new(Inner { http, proxy, endpoint, has_key, login, retries: self.retries })))
    }
}

/// The GraphQL endpoint at a server's address.
fn endpoint(server: &str) -> Result<Url> {
    const SCHEME: &str = "it does not begin with https:// or http://";
    let wrong = |reason: &str| Error::Address { reason: reason.to_owned() };
    let mut url = Url::parse(server.trim()).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => wrong(SCHEME),
        error => wrong(&error.to_string()),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(SCHEME));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it must not contain a user name or a password"));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(GRAPHQL).unwrap_or(path).to_owned() + GRAPHQL;
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_reaches_graphql() {
        for (server, expected) in [
            ("http://127.0.0.1:4300", "http://127.0.0.1:4300/graphql"),
            (" https://h/ ", "https://h/graphql"),
            ("https://h/graphql/", "https://h/graphql"),
            ("https://h/behind/a/proxy", "https://h/behind/a/proxy/graphql"),
            ("https://h/?a#b", "https://h/graphql"),
        ] {
            assert_eq!(endpoint(server).expect("an address").as_str(), expected);
        }
        for (wrong, part) in [
            ("", "begin with https://"),
            ("127.0.0.1:4300", "begin with https://"),
            ("localhost:4300", "begin with https://"),
            ("ftp://h", "begin with https://"),
            ("file:///x", "begin with https://"),
            ("https://", "empty host"),
            ("https://hunter2@h", "a user name or a password"),
            ("https://:hunter2@h", "a user name or a password"),
        ] {
            let error = endpoint(wrong).expect_err(wrong).to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{wrong}: {error}");
        }
    }

    #[test]
    fn debug_shows_neither_key_nor_password() {
        let builder = Client::builder("https://user:hunter2@h").key("sr_hunter2");
        assert!(!format!("{builder:?}").contains("hunter2"));
        assert!(matches!(Client::builder("https://h").key(" ").build(), Err(Error::EmptyKey)));
        let client = Client::builder("https://h").key("sr_hunter2").build().expect("a client");
        assert!(!format!("{client:?}").contains("hunter2"));
        assert_eq!(client.server(), "https://h");
    }
}
