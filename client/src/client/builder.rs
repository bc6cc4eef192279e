//! Builds a [`Client`]: the server's address, the key, and how long a request may take.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use url::Url;
use zeroize::Zeroizing;

use super::{Client, GRAPHQL, Inner};
use crate::error::{Error, Result};

/// As long as Prefect waits.
const TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const RETRIES: usize = 4;

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    server: String,
    key: Option<Zeroizing<String>>,
    tenant: Option<String>,
    timeout: Duration,
    retries: usize,
}

opaque_debug!(ClientBuilder);

impl ClientBuilder {
    pub(super) const fn new(server: String) -> Self {
        Self { server, key: None, tenant: None, timeout: TIMEOUT, retries: RETRIES }
    }

    /// The API key.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Zeroizing::new(key.into()));
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
            let bearer = Zeroizing::new(format!("Bearer {}", key.trim()));
            let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| Error::MalformedKey)?;
            bearer.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, bearer);
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
        Ok(Client(Arc::new(Inner { http, proxy, endpoint, has_key, retries: self.retries })))
    }
}

/// The GraphQL endpoint at a server's address.
fn endpoint(server: &str) -> Result<Url> {
    let wrong = |reason: &str| Error::Address { reason: reason.to_owned() };
    let mut url = Url::parse(server.trim()).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it does not begin with https:// or http://"));
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
        for wrong in ["", "127.0.0.1:4300", "secrets.example.com", "ftp://h", "file:///x"] {
            assert!(matches!(endpoint(wrong), Err(Error::Address { .. })), "{wrong}");
        }
    }

    #[test]
    fn debug_shows_neither_key_nor_password() {
        let builder = Client::builder("https://user:hunter2@h").key("sr_hunter2");
        assert!(!format!("{builder:?}").contains("hunter2"));
        let client = builder.build().expect("a client");
        assert!(!format!("{client:?}").contains("hunter2"));
        assert_eq!(client.server(), "https://h");
    }
}
