//! The client of Vault, by the crate `vaultrs`.
//!
//! Its requests are sent with a client of HTTP and read with types of our own: the answers of servers that speak Vault's
//! protocol differ in fields that nobody needs.

use std::path::Path;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metrics::{counter, histogram};
use rustify::Endpoint;
use rustify::client::Client as _;
use rustify::endpoint::MiddleWare as _;
use rustify::errors::ClientError;
use serde::{Deserialize, Serialize};
use strongroom_outbound::{Proxy, chain};
use strongroom_shared::Uuid;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;
use vaultrs::api::auth::approle::requests::LoginWithApproleRequest;
use vaultrs::api::{EndpointMiddleware, kv1, kv2};

use super::breaker::Breaker;
use super::{Credential, Error, KvVersion, Secret, Settings};
use crate::secret_file;

/// How many requests run side by side at most.
const REQUESTS: usize = 32;
/// How often a request is tried again that may pass, and how long after the first.
const RETRIES: usize = 2;
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// A Vault that values are put into. Values are sealed before they come here.
pub struct Vault {
    mount: String,
    prefix: String,
    kv_version: KvVersion,
    namespace: Option<String>,
    credential: Credential,
    time_limit: Duration,
    http: rustify::Client,
    /// The proxy for its requests, if the environment sets one.
    proxy: Option<Proxy>,
    /// The token that is used at present. Whoever needs another one gets it while the others wait here.
    token: Mutex<Option<Secret>>,
    breaker: Breaker,
    /// Requests beyond the limit wait here, not in Vault's queue, where their time would count; at most the time limit.
    places: Semaphore,
}

/// What stands in Vault under a value's path.
#[derive(Serialize, Deserialize)]
struct Stored {
    /// The sealed value, in base64.
    sealed: String,
}

/// An answer, as far as it matters.
#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

/// What the engine's second version puts between.
#[derive(Deserialize)]
struct Versioned {
    data: Stored,
}

/// What it answers to a value.
#[derive(Deserialize)]
struct Version {
    #[serde(rename = "version")]
    _version: u64,
}

/// The names below a path.
#[derive(Deserialize)]
struct Listed {
    keys: Vec<String>,
}

/// What a log-in is answered with.
#[derive(Deserialize)]
struct LoggedIn {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    client_token: String,
}

impl Vault {
    /// Sets the client up. Vault itself is asked when there is something to ask: it need not be there at the start.
    ///
    /// # Errors
    /// There is no TLS to be had, or no certificates in the file.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let set_up = |error: reqwest::Error| Error::SetUp(chain(&error));
        let mut http = reqwest::Client::builder().timeout(settings.time_limit);
        if let Some(path) = &settings.ca_file {
            let pem =
                std::fs::read(path).map_err(|error| Error::SetUp(format!("{}: {error}", path.display())))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(set_up)?;
            if certificates.is_empty() {
                return Err(Error::SetUp(format!("{} holds no certificate", path.display())));
            }
            http = http.tls_certs_only(certificates);
        }
        let (http, proxy) = strongroom_outbound::build(&settings.address, http)
            .map_err(|error| Error::SetUp(error.to_string()))?;
        Ok(Self {
            mount: settings.mount.clone(),
            prefix: settings.prefix.clone(),
            kv_version: settings.kv_version,
            namespace: settings.namespace.clone(),
            credential: settings.credential.clone(),
            time_limit: settings.time_limit,
            http: rustify::Client::new(settings.address.as_str(), http),
            proxy,
            token: Mutex::default(),
            breaker: Breaker::new(),
            places: Semaphore::new(REQUESTS),
        })
    }

    /// Puts a sealed value of a store under an id. When this returns, Vault has it.
    ///
    /// # Errors
    /// Vault is out of order, or does not take it. It may be there all the same.
    pub async fn put(&self, store: Uuid, id: Uuid, sealed: &[u8]) -> Result<(), Error> {
        let (mount, path) = (self.mount.as_str(), self.path(store, id));
        let stored = Stored { sealed: STANDARD.encode(sealed) };
        match self.kv_version {
            KvVersion::One => {
                let data = serde_json::to_vec(&stored).map_err(|_| BAD_REQUEST)?;
                let put = kv1::requests::SetSecretRequest::builder()
                    .mount(mount)
                    .path(path)
                    .data(data)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                is_done(&self.ask("put", &put).await?)
            }
            KvVersion::Two => {
                let data = serde_json::to_value(&stored).map_err(|_| BAD_REQUEST)?;
                let put = kv2::requests::SetSecretRequest::builder()
                    .mount(mount)
                    .path(path)
                    .data(data)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                // An engine of the first version takes it, too, and answers with nothing.
                parse::<Answer<Version>>(&self.ask("put", &put).await?).map(|_| ())
            }
        }
    }

    /// Finds the sealed value of a store under an id; `None` where Vault has none.
    ///
    /// # Errors
    /// Vault is out of order.
    pub async fn find(&self, store: Uuid, id: Uuid) -> Result<Option<Vec<u8>>, Error> {
        let (mount, path) = (self.mount.as_str(), self.path(store, id));
        let stored = match self.kv_version {
            KvVersion::One => {
                let get = kv1::requests::GetSecretRequest::builder()
                    .mount(mount)
                    .path(path)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                let answer = self.ask("find", &get).await;
                found(answer)?
                    .map(|body| parse::<Answer<Stored>>(&body))
                    .transpose()?
                    .map(|answer| answer.data)
            }
            KvVersion::Two => {
                let get = kv2::requests::ReadSecretRequest::builder()
                    .mount(mount)
                    .path(path)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                let answer = self.ask("find", &get).await;
                found(answer)?
                    .map(|body| parse::<Answer<Versioned>>(&body))
                    .transpose()?
                    .map(|answer| answer.data.data)
            }
        };
        let decode = |stored: Stored| STANDARD.decode(stored.sealed);
        stored.map(decode).transpose().map_err(|_| Error::Answer("a value of ours"))
    }

    /// Removes the value of a store under an id, for good. One that is not there is as good as removed.
    ///
    /// # Errors
    /// Vault is out of order.
    pub async fn remove(&self, store: Uuid, id: Uuid) -> Result<(), Error> {
        let (mount, path) = (self.mount.as_str(), self.path(store, id));
        let answer = match self.kv_version {
            KvVersion::One => {
                let delete = kv1::requests::DeleteSecretRequest::builder()
                    .mount(mount)
                    .path(path)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                self.ask("remove", &delete).await
            }
            // Its versions and all that is known of them.
            KvVersion::Two => {
                let delete = kv2::requests::DeleteSecretMetadataRequest::builder()
                    .mount(mount)
                    .path(path)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                self.ask("remove", &delete).await
            }
        };
        found(answer)?.map_or(Ok(()), |body| is_done(&body))
    }

    /// The ids under which a store has values.
    ///
    /// # Errors
    /// Vault is out of order.
    pub async fn list(&self, store: Uuid) -> Result<Vec<Uuid>, Error> {
        let (mount, path) = (self.mount.as_str(), format!("{}/{store}", self.prefix));
        let answer = match self.kv_version {
            KvVersion::One => {
                let list = kv1::requests::ListSecretRequest::builder()
                    .mount(mount)
                    .path(path)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                self.ask("list", &list).await
            }
            KvVersion::Two => {
                let list = kv2::requests::ListSecretsRequest::builder()
                    .mount(mount)
                    .path(path)
                    .build()
                    .map_err(|_| BAD_REQUEST)?;
                self.ask("list", &list).await
            }
        };
        let Some(body) = found(answer)? else {
            return Ok(Vec::new());
        };
        let keys = parse::<Answer<Listed>>(&body)?.data.keys;
        // What is no id is not ours.
        Ok(keys.iter().filter_map(|key| Uuid::parse_str(key).ok()).collect())
    }

    fn path(&self, store: Uuid, id: Uuid) -> String {
        format!("{}/{store}/{id}", self.prefix)
    }

    /// Asks Vault, if it may be asked, and tells what came of it.
    async fn ask(&self, operation: &'static str, endpoint: &impl Endpoint) -> Result<Vec<u8>, Error> {
        let place = timeout(self.time_limit, self.places.acquire()).await;
        let _place = place.map_err(|_| Error::Busy(self.time_limit))?.map_err(|_| Error::CircuitOpen)?;
        let begun = Instant::now();
        if !self.breaker.permits(begun) {
            return Err(Error::CircuitOpen);
        }
        let retries = ExponentialBuilder::default().with_min_delay(RETRY_DELAY).with_max_times(RETRIES);
        let tries = (|| self.try_to_ask(endpoint)).retry(retries).when(Error::may_pass);
        let answer = timeout(self.time_limit, tries).await;
        let answer = answer.unwrap_or(Err(Error::Slow(self.time_limit)));
        let ended = Instant::now();
        let outcome = match &answer {
            Err(error) if error.is_outage() => {
                self.breaker.failed(ended);
                "outage"
            }
            answer => {
                self.breaker.succeeded(ended);
                if answer.is_ok() { "ok" } else { "refused" }
            }
        };
        counter!("strongroom_vault_requests_total", "operation" => operation, "outcome" => outcome)
            .increment(1);
        histogram!("strongroom_vault_request_seconds", "operation" => operation)
            .record(ended.duration_since(begun).as_secs_f64());
        answer
    }

    /// Asks Vault with the token that there is, and with another if that has expired.
    async fn try_to_ask(&self, endpoint: &impl Endpoint) -> Result<Vec<u8>, Error> {
        let token = self.token(None).await?;
        match self.send(endpoint, Some(&token)).await {
            Err(Error::Refused(403)) => {
                let other = self.token(Some(&token)).await?;
                if other == token {
                    return Err(Error::Refused(403));
                }
                self.send(endpoint, Some(&other)).await
            }
            answer => answer,
        }
    }

    /// The token to use, another one than `refused` if there is one to be had.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let mut held = self.token.lock().await;
        match &*held {
            // Somebody may have got another one meanwhile.
            Some(token) if Some(token) != refused => return Ok(token.clone()),
            _ => {}
        }
        let token = match &self.credential {
            Credential::Token(token) => token.clone(),
            Credential::TokenFile(path) => read(path)?,
            Credential::AppRole { mount, role_id, secret_id_file } => {
                self.log_in(mount, role_id, &read(secret_id_file)?).await?
            }
        };
        *held = Some(token.clone());
        Ok(token)
    }

    async fn log_in(&self, mount: &str, role_id: &str, secret_id: &Secret) -> Result<Secret, Error> {
        let log_in = LoginWithApproleRequest::builder()
            .mount(mount)
            .role_id(role_id)
            .secret_id(secret_id.expose())
            .build()
            .map_err(|_| BAD_REQUEST)?;
        let answer = self.send(&log_in, None).await.map_err(|error| match error {
            // That is how Vault refuses a role or a secret id that it does not know.
            Error::Refused(400) => Error::Refused(403),
            error => error,
        })?;
        let token = parse::<LoggedIn>(&answer)?.auth.client_token;
        Secret::parse(&token).ok_or(Error::Answer("a token"))
    }

    /// Sends a request: the body of the answer.
    async fn send(&self, endpoint: &impl Endpoint, token: Option<&Secret>) -> Result<Vec<u8>, Error> {
        let middleware = EndpointMiddleware {
            token: token.map_or_else(String::new, |token| token.expose().to_owned()),
            version: "v1".to_owned(),
            wrap: None,
            namespace: self.namespace.clone(),
        };
        let mut request = endpoint.request(&self.http.base).map_err(|_| BAD_REQUEST)?;
        middleware.request(endpoint, &mut request).map_err(|_| BAD_REQUEST)?;
        match self.http.execute(request).await {
            Ok(answer) => Ok(answer.into_body()),
            Err(ClientError::ServerResponseError { code, .. }) => Err(Error::Refused(code)),
            Err(ClientError::RequestError { source, .. } | ClientError::ResponseError { source }) => {
                let cause = chain(source.as_ref());
                Err(Error::Unreachable(match &self.proxy {
                    None => cause,
                    Some(proxy) => format!("{cause} (through {proxy})"),
                }))
            }
            Err(_) => Err(BAD_REQUEST),
        }
    }
}

/// A request of fixed parts that can't be put together.
const BAD_REQUEST: Error = Error::Answer("to be had: the request can't be put together");

/// Where nothing is, is `None`.
fn found(answer: Result<Vec<u8>, Error>) -> Result<Option<Vec<u8>>, Error> {
    match answer {
        Ok(body) => Ok(Some(body)),
        Err(Error::Refused(404)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Vault answers with nothing, or with warnings; whatever else stands there in its place, with something else.
fn is_done(body: &[u8]) -> Result<(), Error> {
    if body.is_empty() {
        return Ok(());
    }
    parse::<serde_json::Map<String, serde_json::Value>>(body).map(|_| ())
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|_| Error::Answer("that of Vault's API"))
}

/// Reads a token or a secret id from a file that nobody else may read.
fn read(path: &Path) -> Result<Secret, Error> {
    let text =
        secret_file::read(path).map_err(|reason| Error::Unreadable { path: path.to_owned(), reason })?;
    Secret::parse(&text).ok_or_else(|| Error::Empty(path.to_owned()))
}
