//! The environment's proxies, read as `curl` does: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either
//! case.

use std::{env, fmt};

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::{Error, is_this_machine};

/// A proxy, without its user name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    address: String,
    variable: &'static str,
}

impl Proxy {
    /// The variable that sets it.
    pub const fn variable(&self) -> &'static str {
        self.variable
    }

    /// Whether the connection to the proxy uses TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        self.address.starts_with("https://")
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {} of {}", self.address, self.variable)
    }
}

/// All proxies. No `Debug`, because an address may contain a password.
pub(crate) struct Proxies {
    http: Option<(&'static str, String)>,
    https: Option<(&'static str, String)>,
    exceptions: String,
}

impl Proxies {
    pub(crate) fn of_process() -> Self {
        Self::of(|name| env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        // In a CGI process, HTTP_PROXY is the request header `Proxy`.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let first = |names: &[&'static str]| {
            let usable = names.iter().filter(|name| !is_cgi || **name != "HTTP_PROXY");
            let mut named = usable.filter_map(|name| Some((*name, variable(name)?)));
            named.find(|(_, value)| !value.trim().is_empty())
        };
        Self {
            http: first(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
            https: first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            exceptions: first(&["no_proxy", "NO_PROXY"]).map(|(_, hosts)| hosts).unwrap_or_default(),
        }
    }

    /// The proxy for `target`, and its address with user name and password; `None` for a direct connection.
    pub(crate) fn find(&self, target: &Url) -> Result<Option<(Proxy, Url)>, Error> {
        let named = match target.scheme() {
            "http" => &self.http,
            "https" => &self.https,
            _ => return Ok(None),
        };
        let Some((variable, address)) = named else { return Ok(None) };
        // A dummy proxy, to see whether NO_PROXY exempts the target.
        let matcher = Matcher::builder().all("http://proxy").no(&self.exceptions).build();
        let is_exempt = |uri: http::Uri| is_this_machine(target) || matcher.intercept(&uri).is_none();
        if target.as_str().parse().ok().is_none_or(is_exempt) {
            return Ok(None);
        }
        let address = address.trim();
        let scheme = address.split_once("://").map(|(scheme, _)| scheme);
        let url =
            Url::parse(&if scheme.is_some() { address.to_owned() } else { format!("http://{address}") });
        // An unescaped `/`, `?` or `#` in a password ends the host early, and the rest of the password follows it.
        let is_usable = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
        };
        let Some(url) = url.ok().filter(is_usable) else {
            return Err(Error::Proxy {
                variable,
                // Anything else may be part of a password.
                scheme: scheme.filter(|scheme| scheme.starts_with("socks")).map(str::to_owned),
                host: target.host_str().unwrap_or_default().to_owned(),
            });
        };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let shown = format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default());
        Ok(Some((Proxy { address: shown, variable }, url)))
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
    fn proxies_are_chosen_as_curl_does_but_never_for_this_machine() {
        const PROXY: &str = "http://ada:hunter2@proxy:3128";
        const IPV6: &str = "ada:p@ss%2F@[::1]:1/";
        for (variables, target, expected) in [
            (&[("http_proxy", PROXY)][..], "http://h", "http://proxy:3128 of http_proxy"),
            (&[("http_proxy", "proxy:3128")], "http://h", "http://proxy:3128 of http_proxy"),
            (&[("http_proxy", PROXY)], "https://h", ""),
            (&[("ALL_PROXY", PROXY), ("https_proxy", "")], "https://h", "http://proxy:3128 of ALL_PROXY"),
            (&[("ALL_PROXY", PROXY)], "http://127.0.0.1:4300", ""),
            (&[("HTTP_PROXY", PROXY)], "http://localhost", ""),
            (&[("HTTPS_PROXY", PROXY), ("NO_PROXY", "h,10.0.0.0/8")], "https://a.h", ""),
            (&[("HTTPS_PROXY", PROXY), ("no_proxy", "h,10.0.0.0/8")], "https://10.1.2.3", ""),
            (&[("HTTPS_PROXY", PROXY), ("NO_PROXY", "h"), ("no_proxy", "")], "https://h", ""),
            (&[("HTTPS_PROXY", PROXY), ("https_proxy", IPV6)], "https://h", "http://[::1]:1 of https_proxy"),
            (
                &[("HTTPS_PROXY", PROXY), ("REQUEST_METHOD", "")],
                "https://h",
                "http://proxy:3128 of HTTPS_PROXY",
            ),
            (&[("HTTP_PROXY", PROXY), ("REQUEST_METHOD", "GET")], "http://h", ""),
        ] {
            let expected = if expected.is_empty() { "" } else { &format!("the proxy {expected}") };
            assert_eq!(find(variables, target), expected, "{variables:?} {target}");
        }
    }

    #[test]
    fn unusable_proxy_is_named_by_its_variable_only() {
        for address in [
            "socks5h://ada:hunter2@proxy",
            "quic://hunter2",
            "http://ada:hunter2/x@proxy:3128",
            "http://ada/hunter2@proxy:3128",
            "ada:1?hunter2@proxy:3128",
            "https://ada:1#hunter2@proxy:3128",
            "http://hunter2 x",
            "hunter2/x y",
        ] {
            let message = find(&[("ALL_PROXY", address)], "https://h");
            let is_socks = address.starts_with("socks5h");
            let part = if is_socks { "names a proxy of the scheme socks5h" } else { "does not name a proxy" };
            assert!(message.starts_with(&format!("ALL_PROXY {part}")), "{message}");
            assert!(message.contains("NO_PROXY=h"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
            let none = find(&[("ALL_PROXY", address), ("NO_PROXY", "*")], "https://h");
            assert_eq!(none, "", "it is not needed");
        }
    }
}
