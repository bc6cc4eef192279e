//! The requests to Vault. Servers with Vault's protocol differ in the fields of their answers, so only those that we need
//! are read.

use std::path::Path;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metrics::{counter, histogram};
use reqwest::Method;
use serde_json::{Value, json};
use strongroom_outbound::{Proxy, chain};
use strongroom_shared::Uuid;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

use super::breaker::Breaker;
use super::{Credential, Error, KvVersion, Secret, Settings};
use crate::secret_file;

/// The maximum number of concurrent requests.
const REQUESTS: usize = 32;
/// How often a request is retried after a transient error, and the delay before the first retry.
const RETRIES: usize = 2;
const RETRY_DELAY: Duration = Duration::from_millis(50);
/// The largest answer that is read, in bytes: a list of a million values has some 40 MB.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// An answer from something other than the engine that the settings name.
const UNEXPECTED: Error = Error::Answer("that of Vault's API");

pub struct Vault {
    settings: Settings,
    http: reqwest::Client,
    proxy: Option<Proxy>,
    /// The current token. While one caller gets another, the others wait here.
    token: Mutex<Option<Secret>>,
    breaker: Breaker,
    /// Requests beyond the limit wait here, not in Vault's queue, where the wait would count as an outage.
    permits: Semaphore,
}

/// An operation's name in metrics, its method, and the part of the path that version 2 of the engine inserts.
type Operation = (&'static str, &'static str, &'static str);

const PUT: Operation = ("put", "POST", "data/");
const FIND: Operation = ("find", "GET", "data/");
/// All versions of a value, and its metadata.
const REMOVE: Operation = ("remove", "DELETE", "metadata/");
const LIST: Operation = ("list", "LIST", "metadata/");

impl Vault {
    /// Sends nothing yet: the server also starts while Vault is down.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let set_up = |error: reqwest::Error| Error::SetUp(chain(&error));
        let mut http = reqwest::Client::builder();
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
            settings: settings.clone(),
            http,
            proxy,
            token: Mutex::default(),
            breaker: Breaker::new(),
            permits: Semaphore::new(REQUESTS),
        })
    }

    /// Puts an encrypted value of a store under an id. After an error, Vault may have it nevertheless.
    pub async fn put(&self, store: Uuid, id: Uuid, sealed: &[u8]) -> Result<(), Error> {
        let stored = json!({ "sealed": STANDARD.encode(sealed) });
        let body = match self.settings.kv_version {
            KvVersion::One => stored,
            KvVersion::Two => json!({ "data": stored }),
        };
        let answer = self.ask(PUT, &format!("{store}/{id}"), Some(&body)).await?;
        let answer = answer.ok_or(Error::Refused(404))?;
        let is_stored = match self.settings.kv_version {
            KvVersion::One => answer.is_object(),
            // An engine of version 1 accepts the request, too, but its answer is empty.
            KvVersion::Two => answer.pointer("/data/version").is_some_and(Value::is_u64),
        };
        if is_stored { Ok(()) } else { Err(UNEXPECTED) }
    }

    pub async fn find(&self, store: Uuid, id: Uuid) -> Result<Option<Vec<u8>>, Error> {
        let Some(answer) = self.ask(FIND, &format!("{store}/{id}"), None).await? else {
            return Ok(None);
        };
        let field = match self.settings.kv_version {
            KvVersion::One => "/data/sealed",
            KvVersion::Two => "/data/data/sealed",
        };
        let sealed = answer.pointer(field).and_then(Value::as_str).ok_or(UNEXPECTED)?;
        STANDARD.decode(sealed).map(Some).map_err(|_| Error::Answer("a value of ours"))
    }

    /// Removes a value, if it exists, with all its versions.
    pub async fn remove(&self, store: Uuid, id: Uuid) -> Result<(), Error> {
        let answer = self.ask(REMOVE, &format!("{store}/{id}"), None).await?;
        if answer.is_none_or(|answer| answer.is_object()) { Ok(()) } else { Err(UNEXPECTED) }
    }

    pub async fn list(&self, store: Uuid) -> Result<Vec<Uuid>, Error> {
        let Some(answer) = self.ask(LIST, &store.to_string(), None).await? else {
            return Ok(Vec::new());
        };
        let keys = answer.pointer("/data/keys").and_then(Value::as_array).ok_or(UNEXPECTED)?;
        // Other keys are not ours.
        let id = |key: &Value| Uuid::parse_str(key.as_str()?).ok();
        Ok(keys.iter().filter_map(id).collect())
    }

    /// Sends a request if the circuit breaker permits it; `None` if nothing is at the path.
    async fn ask(
        &self,
        (name, method, part): Operation,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Option<Value>, Error> {
        let time_limit = self.settings.time_limit;
        let permit = timeout(time_limit, self.permits.acquire()).await;
        let _permit = permit.map_err(|_| Error::Busy(time_limit))?.map_err(|_| Error::CircuitOpen)?;
        let begun = Instant::now();
        if !self.breaker.permits(begun) {
            return Err(Error::CircuitOpen);
        }
        let Settings { address, mount, prefix, .. } = &self.settings;
        let part = if self.settings.kv_version == KvVersion::Two { part } else { "" };
        let url = format!("{address}v1/{mount}/{part}{prefix}/{path}");
        let retries = ExponentialBuilder::default().with_min_delay(RETRY_DELAY).with_max_times(RETRIES);
        let attempts = (|| self.send_with_token(method, &url, body)).retry(retries).when(Error::is_transient);
        let answer = timeout(time_limit, attempts).await;
        let answer = answer.unwrap_or(Err(Error::Slow(time_limit)));
        let ended = Instant::now();
        let outcome = match &answer {
            Err(error) if error.is_outage() => "outage",
            Err(_) => "refused",
            Ok(_) => "ok",
        };
        if outcome == "outage" {
            self.breaker.failed(ended);
        } else {
            self.breaker.succeeded(ended);
        }
        counter!("strongroom_vault_requests_total", "operation" => name, "outcome" => outcome).increment(1);
        histogram!("strongroom_vault_request_seconds", "operation" => name)
            .record(ended.duration_since(begun).as_secs_f64());
        match answer {
            Ok(body) if body.is_empty() => Ok(Some(json!({}))),
            Ok(body) => parse(&body).map(Some),
            Err(Error::Refused(404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request with the current token, and with a new one if that has expired.
    async fn send_with_token(&self, method: &str, url: &str, body: Option<&Value>) -> Result<Vec<u8>, Error> {
        let token = self.token(None).await?;
        match self.send(method, url, body, Some(&token)).await {
            Err(Error::Refused(403)) => {
                let other = self.token(Some(&token)).await?;
                if other == token {
                    return Err(Error::Refused(403));
                }
                self.send(method, url, body, Some(&other)).await
            }
            answer => answer,
        }
    }

    /// The token to use: not `refused`, if there is another.
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let mut held = self.token.lock().await;
        // Another request may have got a new one.
        if let Some(token) = held.as_ref().filter(|token| Some(*token) != refused) {
            return Ok(token.clone());
        }
        let token = match &self.settings.credential {
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
        let url = format!("{}v1/auth/{mount}/login", self.settings.address);
        let body = json!({ "role_id": role_id, "secret_id": secret_id.expose() });
        let answer = self.send("POST", &url, Some(&body), None).await.map_err(|error| match error {
            // Vault's answer to an unknown role or secret id.
            Error::Refused(400) => Error::Refused(403),
            error => error,
        })?;
        let answer = parse(&answer)?;
        let token = answer.pointer("/auth/client_token").and_then(Value::as_str).ok_or(UNEXPECTED)?;
        Secret::parse(token).ok_or(Error::Answer("a token"))
    }

    async fn send(
        &self,
        method: &str,
        url: &str,
        body: Option<&Value>,
        token: Option<&Secret>,
    ) -> Result<Vec<u8>, Error> {
        let method = Method::from_bytes(method.as_bytes()).expect("each is the name of a method");
        let mut request = self.http.request(method, url).header("X-Vault-Request", "true");
        if let Some(token) = token {
            request = request.header("X-Vault-Token", token.expose());
        }
        if let Some(namespace) = &self.settings.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let unreachable = |error: reqwest::Error| {
            let cause = chain(&error);
            Error::Unreachable(match &self.proxy {
                None => cause,
                Some(proxy) => format!("{cause} (through {proxy})"),
            })
        };
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        // Also of a refusal: otherwise its connection can't be used again.
        let body = strongroom_outbound::read_body(answer, MAX_ANSWER).await.map_err(unreachable)?;
        if !status.is_success() {
            return Err(Error::Refused(status.as_u16()));
        }
        body.ok_or(Error::Answer("of a size that can be read"))
    }
}

fn parse(body: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|_| UNEXPECTED)
}

fn read(path: &Path) -> Result<Secret, Error> {
    let text =
        secret_file::read(path).map_err(|reason| Error::Unreadable { path: path.to_owned(), reason })?;
    Secret::parse(&text).ok_or_else(|| Error::Empty(path.to_owned()))
}
