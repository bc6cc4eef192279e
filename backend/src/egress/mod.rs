//! The HTTP client for webhooks and for the keys of issuers. Teams choose its targets, so it must not reach what only this
//! machine or its network can.
//!
//! A host is resolved before its requests. Only addresses that the rules allow are handed to their connections, which are
//! made to exactly those: a name that resolves to another address a moment later gains nothing. Proxies of the environment
//! are not used, because the address would be theirs to choose. Redirects are not followed, and connections not kept.
//!
//! Name servers are the teams' choice, too, and may never answer. So each host is resolved in a thread of its own, and the
//! time for that is not one of a request.

mod address;

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header;
use thiserror::Error;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::task_local;
use url::{Host, Url};

use self::address::is_public;

/// The time for all of a request, response included.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The maximum number of hosts that are resolved at the same time: each occupies a thread until the system's resolver gives
/// up, which takes up to half a minute.
const RESOLUTIONS: usize = 32;
/// The maximum number of callers that send at the same time.
const TURNS: usize = 32;
/// The most bytes of the answer to an event that are read, so that short ones end their connection properly. None are used.
const MAX_ANSWER: usize = 16 * 1024;
/// The largest document that is read, in bytes: issuers' have a few thousand.
const MAX_DOCUMENT: usize = 128 * 1024;

/// Why a target has no answer. No text repeats its URL, which may hold a token.
#[derive(Debug, Error)]
pub enum Error {
    #[error("the HTTP client can't be set up: {0}")]
    SetUp(String),
    #[error("its host resolves to a private address, which the operator can allow with --{0}")]
    Private(&'static str),
    #[error("plain http is for the networks in `{0}` only: use https")]
    Plain(&'static str),
    #[error("its host name does not resolve")]
    Unknown,
    #[error("its answer has the status {0}")]
    Status(u16),
    #[error("its answer is too large")]
    TooLarge,
    #[error("there was no answer within {} seconds", TIME_LIMIT.as_secs())]
    Slow,
    #[error("{0}")]
    Unreachable(String),
}

/// The networks that may be reached besides public addresses, and with plain http: the operator's.
#[derive(Clone, Debug)]
pub struct Networks {
    setting: &'static str,
    allowed: Arc<[IpNet]>,
}

impl Networks {
    pub fn new(setting: &'static str, allowed: Vec<IpNet>) -> Self {
        Self { setting, allowed: allowed.into() }
    }

    fn allow(&self, address: IpAddr, is_plain: bool) -> Result<(), Error> {
        let address = address.to_canonical();
        if self.allowed.iter().any(|network| network.contains(&address)) {
            return Ok(());
        }
        match (is_public(address), is_plain) {
            (false, _) => Err(Error::Private(self.setting)),
            (true, true) => Err(Error::Plain(self.setting)),
            (true, false) => Ok(()),
        }
    }

    fn check(&self, url: &Url) -> Result<(), Error> {
        let is_plain = url.scheme() != "https";
        match url.host() {
            Some(Host::Ipv4(address)) => self.allow(address.into(), is_plain),
            Some(Host::Ipv6(address)) => self.allow(address.into(), is_plain),
            Some(Host::Domain(_)) if is_plain && self.allowed.is_empty() => Err(Error::Plain(self.setting)),
            Some(Host::Domain(_)) => Ok(()),
            None => Err(Error::Unknown),
        }
    }
}

task_local! {
    /// The addresses of the host that a request of this task goes to.
    static ADDRESSES: Vec<SocketAddr>;
}

/// A URL with the addresses of its host, all of which the rules allow.
#[derive(Debug)]
pub struct Target {
    url: Url,
    addresses: Vec<SocketAddr>,
}

/// Sends requests to hosts that teams choose.
#[derive(Debug)]
pub struct Egress {
    networks: Networks,
    resolutions: Arc<Semaphore>,
    turns: Semaphore,
    /// Built when they are first needed: that for TLS needs certificates, which a machine may not have.
    https: OnceLock<reqwest::Client>,
    http: OnceLock<reqwest::Client>,
}

impl Egress {
    pub fn new(networks: Networks) -> Self {
        let (resolutions, turns) = (Arc::new(Semaphore::new(RESOLUTIONS)), Semaphore::new(TURNS));
        Self { networks, resolutions, turns, https: OnceLock::new(), http: OnceLock::new() }
    }

    /// Checks everything about a URL that is known before its host is resolved.
    pub fn check(&self, url: &Url) -> Result<(), Error> {
        self.networks.check(url)
    }

    /// Resolves the host of a URL, and checks its addresses. A caller must not do that again until it has ended, so that no
    /// URL occupies several threads.
    pub async fn resolve(&self, url: &Url) -> Result<Target, Error> {
        self.check(url)?;
        let addresses = match url.host() {
            Some(Host::Domain(name)) => self.look_up(name.to_owned()).await?,
            // An address is connected to without being resolved.
            _ => return Ok(Target { url: url.clone(), addresses: Vec::new() }),
        };
        if addresses.is_empty() {
            return Err(Error::Unknown);
        }
        for address in &addresses {
            self.networks.allow(address.ip(), url.scheme() != "https")?;
        }
        Ok(Target { url: url.clone(), addresses })
    }

    async fn look_up(&self, name: String) -> Result<Vec<SocketAddr>, Error> {
        let permit = Arc::clone(&self.resolutions).acquire_owned().await.map_err(|_| Error::Unknown)?;
        let (answer, answered) = oneshot::channel();
        // Not one of the few threads for blocking work, which also hash passwords.
        let resolve = move || {
            let found = (name.as_str(), 0).to_socket_addrs().map(Vec::from_iter);
            let _ = answer.send(found.unwrap_or_default());
            drop(permit);
        };
        let thread = thread::Builder::new().name("egress-resolver".to_owned()).spawn(resolve);
        thread.map_err(|error| Error::SetUp(error.to_string()))?;
        Ok(answered.await.unwrap_or_default())
    }

    /// Waits for the caller's turn to send, for as long as the permit is held.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    fn client(&self, is_plain: bool) -> Result<&reqwest::Client, Error> {
        let known = if is_plain { &self.http } else { &self.https };
        if let Some(client) = known.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .timeout(TIME_LIMIT)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Strongroom/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Resolved));
        let client = strongroom_outbound::build_direct(builder, !is_plain)
            .map_err(|error| Error::SetUp(error.to_string()))?;
        Ok(known.get_or_init(|| client))
    }

    /// Posts an event, and returns the status of the answer.
    pub async fn send(
        &self,
        target: &Target,
        headers: [(&'static str, String); 3],
        body: String,
    ) -> Result<u16, Error> {
        let Target { url, addresses } = target;
        let client = self.client(url.scheme() != "https")?;
        let mut request =
            client.post(url.clone()).header(header::CONTENT_TYPE, "application/json").body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = ADDRESSES.scope(addresses.clone(), request.send()).await;
        let response = response.map_err(described)?;
        let status = response.status().as_u16();
        // It has arrived, whatever happens to the rest of the answer.
        let _ = strongroom_outbound::read_body(response, MAX_ANSWER).await;
        Ok(status)
    }

    /// Gets a JSON document.
    pub async fn fetch(&self, url: &Url) -> Result<Vec<u8>, Error> {
        let Target { url, addresses } = self.resolve(url).await?;
        let _turn = self.turn().await;
        let client = self.client(url.scheme() != "https")?;
        let request = client.get(url).header(header::ACCEPT, "application/json");
        let response = ADDRESSES.scope(addresses, request.send()).await.map_err(described)?;
        if !response.status().is_success() {
            return Err(Error::Status(response.status().as_u16()));
        }
        let body = strongroom_outbound::read_body(response, MAX_DOCUMENT).await.map_err(described)?;
        body.ok_or(Error::TooLarge)
    }
}

/// Resolves hosts to the addresses of the task's target, and to none outside of such a task.
struct Resolved;

impl Resolve for Resolved {
    fn resolve(&self, _: Name) -> Resolving {
        let found = ADDRESSES.try_with(Clone::clone);
        Box::pin(async { Ok(Box::new(found?.into_iter()) as Addrs) })
    }
}

fn described(error: reqwest::Error) -> Error {
    let error = error.without_url();
    if error.is_timeout() { Error::Slow } else { Error::Unreachable(strongroom_outbound::chain(&error)) }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn check(networks: &[&str], url: &str) -> &'static str {
        let networks = networks.iter().map(|network| network.parse().expect("a network"));
        match Networks::new("networks", networks.collect()).check(&url.parse().expect("a URL")) {
            Ok(()) => "yes",
            Err(Error::Private(_)) => "private",
            Err(Error::Plain(_)) => "plain",
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn urls_are_public_with_tls_or_in_the_operator_s_networks() {
        for (networks, url, expected) in [
            (&[][..], "https://example.com", "yes"),
            (&[], "https://1.1.1.1/x", "yes"),
            (&[], "http://example.com", "plain"),
            (&[], "http://1.1.1.1", "plain"),
            (&[], "https://127.0.0.1", "private"),
            (&[], "https://2130706433", "private"),
            (&[], "https://[::ffff:10.0.0.1]", "private"),
            (&[], "https://[fe80::1]", "private"),
            (&["10.0.0.0/8"], "https://10.1.2.3", "yes"),
            (&["10.0.0.0/8"], "http://10.1.2.3", "yes"),
            (&["10.0.0.0/8"], "http://[::ffff:10.1.2.3]", "yes"),
            (&["10.0.0.0/8"], "http://1.1.1.1", "plain"),
            (&["10.0.0.0/8"], "http://11.1.2.3", "plain"),
            (&["10.0.0.0/8"], "https://192.168.0.1", "private"),
            // Decided once it is resolved.
            (&["10.0.0.0/8"], "http://example.com", "yes"),
        ] {
            assert_eq!(check(networks, url), expected, "{networks:?} {url}");
        }
    }

    #[tokio::test]
    async fn names_of_private_addresses_are_refused_when_they_are_resolved() {
        let networks = ["10.0.0.0/8".parse().expect("a network")];
        let egress = Egress::new(Networks::new("networks", networks.to_vec()));
        let url = "http://localhost:1/x".parse().expect("a URL");
        let resolved = egress.resolve(&url).await;
        assert!(matches!(resolved, Err(Error::Private(_))), "{resolved:?}");
    }

    #[tokio::test]
    async fn connections_are_made_to_the_checked_addresses_only() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let egress = Egress::new(Networks::new("networks", Vec::new()));
        let headers = || ["a", "b", "c"].map(|name| (name, String::new()));
        let url: Url = format!("http://hooks.invalid:{port}/x").parse().expect("a URL");
        let target = Target { url: url.clone(), addresses: vec![([127, 0, 0, 1], 0).into()] };
        let answer = async {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            assert!(stream.read(&mut [0; 4096]).await.expect("a request") > 0);
            let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
            stream.write_all(answer).await.expect("written");
            // Until the client has read it.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        };
        let (sent, ()) = tokio::join!(egress.send(&target, headers(), String::new()), answer);
        assert!(matches!(sent, Ok(204)), "{sent:?}");
        let target = Target { url, addresses: Vec::new() };
        let sent = egress.send(&target, headers(), String::new()).await;
        assert!(matches!(sent, Err(Error::Unreachable(_))), "{sent:?}");
    }
}
