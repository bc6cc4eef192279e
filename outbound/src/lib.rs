//! The setup of HTTP clients, for the server and the client library.
//!
//! - Certificates are loaded only if the first request needs TLS: a machine without any can use http.
//! - The environment's proxies are used as `NO_PROXY` allows, but never for this machine: a key for `localhost` must
//!   not leave it. Errors name the proxy.
//! - Redirects are not followed, so that credentials only go to the chosen server.

mod proxy;

use std::ffi::OsString;
use std::net::IpAddr;
use std::{env, fmt, iter};

use reqwest::ClientBuilder;
use url::{Host, Url};

use self::proxy::Proxies;
pub use self::proxy::Proxy;

/// The variables that replace the system's certificates.
const CERTIFICATES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Nothing can listen there.
const DEAD_END: &str = "http://127.0.0.1:0";

/// Why a client could not be set up. No text repeats a possible password.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No certificates to verify the server's.
    NoCertificates {
        /// The variable that sets another location for them, and its value.
        named: Option<(&'static str, OsString)>,
    },
    /// The environment's proxy is unusable.
    Proxy {
        /// The variable.
        variable: &'static str,
        /// The proxy's scheme, if it is unsupported.
        scheme: Option<String>,
        /// The target host.
        host: String,
    },
    /// Another error.
    Other(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.problem(), self.remedy())
    }
}

impl std::error::Error for Error {}

impl Error {
    /// The first half of the message.
    pub fn problem(&self) -> String {
        match self {
            Self::NoCertificates { named: Some((variable, place)) } if place.is_empty() => {
                format!("{variable} is empty and names no CA certificates")
            }
            Self::NoCertificates { named: Some((variable, place)) } => {
                format!("{variable} names {}, where no CA certificate can be read", place.display())
            }
            Self::NoCertificates { named: None } => {
                "there are no CA certificates on this machine, and https needs them".to_owned()
            }
            Self::Proxy { variable, scheme: Some(scheme), .. } => {
                format!("{variable} names a proxy of the scheme {scheme}, which is not supported")
            }
            Self::Proxy { variable, scheme: None, .. } => format!("{variable} does not name a proxy"),
            Self::Other(reason) => format!("the HTTP client can't be set up ({reason})"),
        }
    }

    /// The second half of the message.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoCertificates { named: Some((variable, _)) } => {
                format!("correct {variable}, or unset it and install ca-certificates")
            }
            Self::NoCertificates { named: None } => {
                "install ca-certificates, or name a file in SSL_CERT_FILE".to_owned()
            }
            Self::Proxy { host, .. } => format!(
                "name one such as http://proxy.example.com:3128, with `/`, `?` and `#` in its password as %2F, %3F and %23, \
                 or set NO_PROXY={host} to connect directly"
            ),
            Self::Other(_) => "check the settings".to_owned(),
        }
    }
}

/// Builds a client whose first request goes to `target`, and returns the proxy for that request.
///
/// # Errors
/// TLS is needed and there are no certificates, or the environment's proxy is unusable.
pub fn build(target: &Url, builder: ClientBuilder) -> Result<(reqwest::Client, Option<Proxy>), Error> {
    install_provider();
    let proxies = Proxies::of_process();
    let proxy = proxies.find(target)?.map(|(proxy, _)| proxy);
    let needs_tls = target.scheme() == "https" || proxy.as_ref().is_some_and(Proxy::needs_tls);
    let builder = if needs_tls { builder } else { builder.tls_certs_only([]) };
    let client = builder
        // Replaces reqwest's own reading of the environment.
        .no_proxy()
        .proxy(reqwest::Proxy::custom(move |url| match proxies.find(url) {
            Ok(found) => found.map(|(_, address)| address),
            // A request that needs a proxy must never go direct.
            Err(_) => Url::parse(DEAD_END).ok(),
        }))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| set_up(&error))?;
    Ok((client, proxy))
}

/// Builds a client that uses no proxy, for targets of which the caller checks the address.
///
/// # Errors
/// TLS is needed and there are no certificates.
pub fn build_direct(builder: ClientBuilder, needs_tls: bool) -> Result<reqwest::Client, Error> {
    install_provider();
    let builder = if needs_tls { builder } else { builder.tls_certs_only([]) };
    let builder = builder.no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.build().map_err(|error| set_up(&error))
}

/// Another part of the program may already have installed a provider, which is fine.
fn install_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Reads the body of a response; `None` if it has more than `max_bytes`.
///
/// # Errors
/// The connection broke.
pub async fn read_body(
    mut response: reqwest::Response,
    max_bytes: usize,
) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > max_bytes {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// An error and its sources on one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn set_up(error: &reqwest::Error) -> Error {
    let reason = chain(error);
    // The platform's verifier has no error type for it.
    if !reason.contains("No CA certificates") {
        return Error::Other(reason);
    }
    let mut set = CERTIFICATES.into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
    // The verifier reads an empty list of directories as no directory.
    Error::NoCertificates { named: set.find(|(name, place)| *name != "SSL_CERT_DIR" || !place.is_empty()) }
}

/// Whether `url` is on this machine.
pub fn is_this_machine(url: &Url) -> bool {
    let is_own = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_own(address.into()),
        Some(Host::Ipv6(address)) => is_own(address.to_canonical()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_this_machine_is_recognised() {
        let check = |url: &str| is_this_machine(&url.parse().expect("a URL"));
        for url in [
            "http://localhost:4300", "http://LOCALHOST./x", "http://a.localhost", "http://127.8.9.1",
            "http://2130706433", "http://0.0.0.0:1", "https://[::1]:1", "http://[::ffff:127.0.0.1]",
        ] {
            assert!(check(url), "{url}");
        }
        for url in ["http://localhost.example.com", "http://10.0.0.1", "http://[2001:db8::1]"] {
            assert!(!check(url), "{url}");
        }
    }

    #[test]
    fn http_needs_no_certificates() {
        let url = "http://127.0.0.1:1".parse().expect("a URL");
        let (_, proxy) = build(&url, reqwest::Client::builder()).expect("a client");
        assert_eq!(proxy, None);
    }

    #[tokio::test]
    async fn body_beyond_the_limit_is_not_returned() {
        for (limit, expected) in [(5, Some(b"12345".to_vec())), (4, None)] {
            let response = http::Response::new("12345").into();
            assert_eq!(read_body(response, limit).await.expect("a body"), expected, "{limit}");
        }
    }
}
