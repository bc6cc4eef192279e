//! The proxies that the environment names, read as `curl` does: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`,
//! in either case.

use std::{env, fmt};

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::{Error, is_this_machine};

/// What a scheme may have in it. Anything else may be part of a password.
const MAX_SCHEME: usize = 16;

/// A proxy on the way to somewhere, without the user and password that it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    address: String,
    variable: &'static str,
}

impl Proxy {
    /// The variable that names it.
    pub const fn variable(&self) -> &'static str {
        self.variable
    }

    /// Whether it is spoken to over TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        self.address.starts_with("https://")
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} of {}", self.address, self.variable)
    }
}

/// All of them. There is no `Debug`: an address may hold a password.
pub(crate) struct Proxies {
    http: Option<(&'static str, String)>,
    https: Option<(&'static str, String)>,
    exceptions: String,
}

impl Proxies {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self::of(|name| env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        // There, HTTP_PROXY is what a request says in a header of that name.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let first = |names: [&'static str; 4]| {
            let mut named = names.into_iter().filter_map(|name| Some((name, variable(name)?)));
            named.find(|(_, address)| !is_cgi && !address.trim().is_empty())
        };
        Self {
            http: first(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
            https: first(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            exceptions: ["NO_PROXY", "no_proxy"].into_iter().find_map(variable).unwrap_or_default(),
        }
    }

    /// The proxy on the way to `target`, and its address as it was given; `None`: the way is straight.
    ///
    /// # Errors
    /// It can't be used.
    pub(crate) fn find(&self, target: &Url) -> Result<Option<(Proxy, &str)>, Error> {
        let named = match target.scheme() {
            "http" => &self.http,
            "https" => &self.https,
            _ => return Ok(None),
        };
        let Some((variable, address)) = named.as_ref().filter(|_| !is_this_machine(target)) else {
            return Ok(None);
        };
        let Ok(uri) = target.as_str().parse::<http::Uri>() else {
            return Ok(None);
        };
        // Any proxy at all, to see whether it is an exception.
        if Matcher::builder().all("http://proxy").no(&self.exceptions).build().intercept(&uri).is_none() {
            return Ok(None);
        }
        let address = address.trim();
        let found = Matcher::builder().all(address).build().intercept(&uri);
        let usable = found.filter(|found| matches!(found.uri().scheme_str(), Some("http" | "https")));
        let Some(usable) = usable else {
            let is_scheme = |text: &&str| {
                text.len() <= MAX_SCHEME && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            let scheme = address.split_once("://").map(|(scheme, _)| scheme).filter(is_scheme);
            return Err(Error::Proxy {
                variable,
                scheme: scheme.filter(|scheme| !matches!(*scheme, "http" | "https")).map(str::to_owned),
                host: target.host_str().unwrap_or_default().to_owned(),
            });
        };
        let shown = usable.uri().to_string();
        let proxy = Proxy { address: shown.trim_end_matches('/').to_owned(), variable };
        Ok(Some((proxy, address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)], target: &str) -> String {
        let proxies = Proxies::of(|name| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        });
        let found = proxies.find(&target.parse().expect("a URL"));
        let found = found.map(|found| found.map(|(proxy, _)| proxy.to_string()).unwrap_or_default());
        found.unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn the_environment_names_a_proxy_for_all_but_this_machine() {
        const PROXY: &str = "http://ada:hunter2@proxy:3128";
        for (variables, target, expected) in [
            (&[("http_proxy", PROXY)][..], "http://h", "the proxy http://proxy:3128 of http_proxy"),
            (&[("http_proxy", "proxy:3128")], "http://h", "the proxy http://proxy:3128 of http_proxy"),
            (&[("http_proxy", PROXY)], "https://h", ""),
            (
                &[("ALL_PROXY", PROXY), ("https_proxy", "")],
                "https://h",
                "the proxy http://proxy:3128 of ALL_PROXY",
            ),
            (&[("ALL_PROXY", PROXY)], "http://127.0.0.1:4300", ""),
            (&[("HTTP_PROXY", PROXY)], "http://localhost", ""),
            (&[("HTTPS_PROXY", PROXY), ("NO_PROXY", "h,10.0.0.0/8")], "https://a.h", ""),
            (&[("HTTPS_PROXY", PROXY), ("no_proxy", "h,10.0.0.0/8")], "https://10.1.2.3", ""),
            (&[("HTTPS_PROXY", PROXY), ("REQUEST_METHOD", "GET")], "https://h", ""),
        ] {
            assert_eq!(find(variables, target), expected, "{variables:?} {target}");
        }
    }

    #[test]
    fn a_proxy_that_can_not_be_used_is_named_by_its_variable_alone() {
        for (address, part) in [
            ("socks5h://ada:hunter2@proxy", "ALL_PROXY names a proxy of the scheme socks5h"),
            ("quic://hunter2", "of the scheme quic"),
            ("http://hunter2 x", "ALL_PROXY does not name a proxy"),
            ("hunter2/x y", "ALL_PROXY does not name a proxy"),
        ] {
            let message = find(&[("ALL_PROXY", address)], "https://h");
            assert!(message.contains(part) && message.contains("NO_PROXY=h"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
            let none = find(&[("ALL_PROXY", address), ("NO_PROXY", "*")], "https://h");
            assert_eq!(none, "", "it is not needed");
        }
    }
}
