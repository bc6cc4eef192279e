//! A client of a Strongroom server.
//!
//! Requests have a timeout. Idempotent requests are retried; others only if they can't have reached the server. One that the
//! server refused because of the login is repeated after another login: nothing was done.

mod builder;
mod change;
mod login;
mod probe;
mod token;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use cynic::{GraphQlError, GraphQlResponse, Operation, QueryBuilder as _};
use reqwest::header::{self, HeaderValue};
use reqwest::{RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use strongroom_outbound::Proxy;
use strongroom_shared::operation::{self, PageVariables};
use strongroom_shared::{ErrorCode, Json, Permission, Uuid, json, limit};
use url::Url;
use zeroize::Zeroizing;

pub use strongroom_shared::operation::{CurrentVersion, Secret as ListedSecret};

pub use self::builder::ClientBuilder;
pub use self::login::Login;
pub use self::probe::Probe;
use crate::error::{Error, Obstacle, Result, tls_error};
use crate::settings::Settings;

/// The first pause before a retry. Each further one is twice as long, with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The endpoint's path below the server's address.
const GRAPHQL: &str = "/graphql";

/// A client of a Strongroom server, with one key or login, in one team. Clones are cheap and share connections.
///
/// Requests fail if the server can't be reached or refuses them; [`Error`] has the reasons.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    proxy: Option<Proxy>,
    endpoint: Url,
    has_key: bool,
    login: Option<login::Shared>,
    retries: usize,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server()).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    errors: Vec<GraphQlError<Extensions>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extensions {
    code: Option<String>,
}

/// When a request may be retried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retry {
    /// Always, because it is idempotent.
    Idempotent,
    /// Only if it can't have reached the server.
    Unsent,
}

/// A key's owner, team and permissions.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The key's name or its owner's.
    pub name: String,
    /// Its role in the team.
    pub role: String,
    /// The team's name.
    pub team: String,
    /// The team's short name.
    pub slug: String,
    /// The team's id.
    pub tenant_id: Uuid,
    /// Its permissions, by name.
    pub permissions: Vec<String>,
    /// The names and prefixes it is limited to; `None` for all of the team's secrets.
    pub secrets: Option<Vec<String>>,
    /// When it expires, in RFC 3339; `None` for never.
    pub expires_at: Option<String>,
}

impl Identity {
    /// Whether it has a permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.iter().any(|held| held == permission.as_str())
    }
}

/// A secret's value at a version.
#[derive(Clone, Debug)]
pub struct SecretWithValue {
    /// The secret's id, which renames and new versions keep.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The version.
    pub version: i32,
    /// The value.
    pub value: Json,
}

/// Options of [`Client::set_secret_with`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SetOptions<'a> {
    /// The description; an empty string removes it.
    pub description: Option<&'a str>,
    /// When it expires, in RFC 3339; an empty string for never. A reminder: an expired secret stays readable.
    pub expires_at: Option<&'a str>,
    /// The version that the secret must have now; 0 if it must not exist yet.
    pub expected_version: Option<i32>,
}

impl Client {
    /// A client of the server at `server`, a URL such as `https://secrets.example.com`.
    pub fn builder(server: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(server.into())
    }

    /// A client with this machine's [`Settings`]: `STRONGROOM_SERVER`, `STRONGROOM_KEY`, `STRONGROOM_KEY_FILE` or
    /// `STRONGROOM_ROLE`, or the configuration file.
    pub fn from_env() -> Result<Self> {
        Self::with_settings(&Settings::find()?).build()
    }

    /// A client with these settings.
    pub fn with_settings(settings: &Settings) -> ClientBuilder {
        Self::builder(&settings.server.value).credentials_of(settings)
    }

    /// The login, if the client has no key.
    pub fn login(&self) -> Option<&Login> {
        self.0.login.as_ref().map(|shared| &shared.login)
    }

    /// The server's address.
    pub fn server(&self) -> String {
        let mut url = self.0.endpoint.clone();
        let path = url.path().trim_end_matches(GRAPHQL).to_owned();
        url.set_path(&path);
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// The proxy for the server, if the environment sets one.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.0.proxy.as_ref()
    }

    /// The server and the proxy, for messages.
    fn place(&self) -> String {
        match &self.0.proxy {
            None => self.server(),
            Some(proxy) => format!("{} (through {proxy})", self.server()),
        }
    }

    /// The names of the secrets that the key can access, in order.
    pub async fn secret_names(&self) -> Result<Vec<String>> {
        let build = operation::SecretNames::build;
        let named = self.pages(build, |answer| answer.secret, |secret| &secret.name).await?;
        Ok(named.into_iter().map(|secret| secret.name).collect())
    }

    /// The secrets that the key can access, without values, in no particular order.
    pub async fn secrets(&self) -> Result<Vec<ListedSecret>> {
        self.pages(operation::Secrets::build, |answer| answer.secret, |secret| &secret.name).await
    }

    /// The current version of each secret that the key can access. The audit log records no read.
    pub async fn current_versions(&self) -> Result<Vec<CurrentVersion>> {
        self.pages(operation::CurrentVersions::build, |answer| answer.secret, |secret| &secret.name).await
    }

    /// A list of any length, page by page.
    async fn pages<T: DeserializeOwned + 'static, Row>(
        &self,
        build: impl Fn(PageVariables) -> Operation<T, PageVariables>,
        take: fn(T) -> Vec<Row>,
        name: fn(&Row) -> &str,
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        loop {
            let operation = build(PageVariables::behind(rows.last().map(name)));
            let page = take(self.query(&operation).await?);
            let is_last = page.len() < limit::PAGE_ROWS;
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// A secret's value, with every digit. The key needs the permission to read values, which the *runner* role has.
    /// [`Error::SecretNotFound`] if the secret does not exist.
    pub async fn secret_value(&self, name: &str) -> Result<Json> {
        let variables = operation::SecretVariables { name: name.to_owned() };
        let operation = operation::SecretValue::build(variables);
        let answer = self.query(&operation).await.map_err(|error| match error {
            // As in Prefect's own API, this code has no other meaning.
            Error::Server { code: Some(ErrorCode::InternalServerError), .. } => {
                Error::SecretNotFound { name: name.to_owned() }
            }
            other => other,
        })?;
        Ok(or_null(answer.secret_value))
    }

    /// The values of the secrets among `names` that exist, in this order.
    pub async fn secret_values(&self, names: &[String]) -> Result<Vec<SecretWithValue>> {
        let mut values = Vec::with_capacity(names.len());
        let mut chunks: Vec<&[String]> = names.chunks(limit::SECRET_VALUES).rev().collect();
        while let Some(names) = chunks.pop() {
            let variables = operation::SecretValuesVariables { names: names.to_vec() };
            let operation = operation::SecretValues::build(variables);
            let answer = match self.query(&operation).await {
                // Large values may exceed the size of a response.
                Err(Error::Refused { .. }) if names.len() > 1 => {
                    let (first, second) = names.split_at(names.len() / 2);
                    chunks.extend([second, first]);
                    continue;
                }
                answer => answer?,
            };
            values.extend(answer.secret_values.into_iter().map(|secret| SecretWithValue {
                id: secret.id,
                name: secret.name,
                version: secret.version,
                value: or_null(secret.value),
            }));
        }
        Ok(values)
    }

    /// The key's owner, team and permissions.
    pub async fn who_am_i(&self) -> Result<Identity> {
        let answer = self.query(&operation::Caller::build(())).await?;
        let malformed = || self.malformed(200);
        let identity = answer.auth_info.ok_or_else(malformed)?;
        let mut teams = answer.tenant.into_iter();
        let team = teams.find(|tenant| tenant.id == identity.tenant_id).ok_or_else(malformed)?;
        Ok(Identity {
            name: identity.name,
            role: identity.role.0,
            team: team.name,
            slug: team.slug,
            tenant_id: team.id,
            permissions: identity.permissions,
            secrets: identity.secrets,
            expires_at: identity.expires_at.map(|time| time.0),
        })
    }

    /// The error for a request without a response.
    fn unreachable(&self, error: &reqwest::Error) -> Error {
        Error::Unreachable {
            server: self.place(),
            obstacle: Obstacle::of(error),
            reason: reason(error),
            may_have_arrived: !error.is_connect(),
        }
    }

    /// A status without a better explanation.
    fn trouble(&self, status: StatusCode) -> String {
        match &self.0.proxy {
            None => format!("HTTP {status}"),
            Some(proxy) => format!("HTTP {status}, through {proxy}"),
        }
    }

    fn malformed(&self, status: u16) -> Error {
        Error::MalformedAnswer { server: self.place(), status }
    }

    /// Sends a query.
    async fn query<T: DeserializeOwned + 'static>(
        &self,
        operation: &Operation<T, impl Serialize>,
    ) -> Result<T> {
        self.send(operation, Retry::Idempotent).await
    }

    async fn send<T: DeserializeOwned + 'static>(
        &self,
        operation: &impl Serialize,
        retry: Retry,
    ) -> Result<T> {
        if !self.0.has_key && self.0.login.is_none() {
            return Err(Error::NoKey);
        }
        let body = json::encode(operation).map_err(|error| Error::SetUp(Box::new(error)))?;
        (|| self.send_logged_in(&body))
            .retry(self.pauses())
            .when(|error| match error {
                Error::Unreachable { may_have_arrived: false, .. } | Error::LoginUnavailable { .. } => true,
                error => error.is_transient() && retry == Retry::Idempotent,
            })
            .await
    }

    fn pauses(&self) -> ExponentialBuilder {
        let pauses = ExponentialBuilder::default().with_min_delay(FIRST_PAUSE);
        pauses.with_max_times(self.0.retries).with_jitter()
    }

    async fn send_logged_in<T: DeserializeOwned + 'static>(&self, body: &[u8]) -> Result<T> {
        let Some(shared) = &self.0.login else { return self.send_once(body, None).await };
        let bearer = self.bearer_of(shared, None).await?;
        match self.send_once(body, Some(&bearer)).await {
            // The login was ended, or this machine slept.
            Err(Error::Unauthenticated { .. }) => {
                let bearer = self.bearer_of(shared, Some(&bearer)).await?;
                self.send_once(body, Some(&bearer)).await
            }
            answer => answer,
        }
    }

    async fn send_once<T: DeserializeOwned + 'static>(
        &self,
        body: &[u8],
        bearer: Option<&HeaderValue>,
    ) -> Result<T> {
        let request = self.0.http.post(self.0.endpoint.clone());
        let mut request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_vec());
        if let Some(bearer) = bearer {
            request = request.header(header::AUTHORIZATION, bearer);
        }
        let (status, bytes) = self.exchange(request).await?;
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Error::Unavailable { message: self.trouble(status) });
        }
        let malformed = |_| self.malformed(status.as_u16());
        // First the errors: with one, the data may be incomplete, and not a `T`.
        let Errors { errors } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if let Some(error) = errors.into_iter().next() {
            let code = error.extensions.and_then(|extensions| extensions.code);
            let credential = if bearer.is_some() { "login" } else { "API key" };
            return Err(refusal(code.as_deref().and_then(ErrorCode::parse), credential, error.message));
        }
        let answer: GraphQlResponse<T, Extensions> = serde_json::from_slice(&bytes).map_err(malformed)?;
        answer.data.ok_or_else(|| self.malformed(status.as_u16()))
    }

    /// Sends a request, and receives the response unless it is a redirect.
    async fn exchange(&self, request: RequestBuilder) -> Result<(StatusCode, impl Deref<Target = [u8]>)> {
        let unreachable = |error| self.unreachable(&error);
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        if let Some(sends_to) = sends_to(&answer) {
            return Err(Error::Redirected { server: self.place(), sends_to });
        }
        Ok((status, answer.bytes().await.map_err(unreachable)?))
    }
}

fn refusal(code: Option<ErrorCode>, credential: &'static str, message: String) -> Error {
    match code {
        Some(ErrorCode::Unauthenticated) => Error::Unauthenticated { credential, message },
        Some(ErrorCode::Forbidden) => Error::Forbidden { message },
        Some(ErrorCode::BadUserInput) => Error::Refused { message },
        Some(ErrorCode::ApiError) => Error::Unavailable { message },
        _ => Error::Server { code, message },
    }
}

/// The target of a redirect, without its path and credentials.
fn sends_to(answer: &reqwest::Response) -> Option<String> {
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let url = answer.url().join(location).ok()?;
    answer.status().is_redirection().then(|| url.origin().ascii_serialization())
}

/// The cause of the error, without the address, which may contain a password.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the request took too long".to_owned();
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    match deepest.downcast_ref().and_then(tls_error) {
        Some(rustls::Error::InvalidMessage(_)) => {
            "that port does not speak TLS. Did you mean http://, or a different port?".to_owned()
        }
        _ if deepest.is::<reqwest::Error>() => "the connection broke".to_owned(),
        _ => deepest.to_string(),
    }
}

/// The server sends the value `null` as no value.
fn or_null(value: Option<Json>) -> Json {
    value.unwrap_or_else(|| Json::new(serde_json::Value::Null))
}

/// The header for a key or a login's token; `None` if it contains invalid characters.
fn bearer(key: &str) -> Option<HeaderValue> {
    let bearer = Zeroizing::new(format!("Bearer {}", key.trim()));
    let mut bearer = HeaderValue::from_str(&bearer).ok()?;
    bearer.set_sensitive(true);
    Some(bearer)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    use super::*;

    /// Why a client finds no server at an address.
    async fn obstacle(scheme: &str, address: SocketAddr) -> Obstacle {
        unreachable(scheme, address).await.0
    }

    async fn unreachable(scheme: &str, address: SocketAddr) -> (Obstacle, String) {
        let builder = Client::builder(format!("{scheme}://{address}")).key("sr_x").retries(0);
        let client = builder.timeout(Duration::from_secs(1)).build().expect("a client");
        match client.secret_names().await {
            Err(Error::Unreachable { obstacle, reason, .. }) => (obstacle, reason),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn obstacles_are_distinguished() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        assert_eq!(obstacle("http", address).await, Obstacle::Timeout);
        let plain = thread::spawn(move || {
            // The first connection is the one above.
            for stream in listener.incoming().take(2) {
                let _ = stream.expect("a connection").write_all(b"I speak no TLS\r\n");
            }
        });
        let (obstacle_of_tls, reason) = unreachable("https", address).await;
        assert_eq!(obstacle_of_tls, Obstacle::Tls);
        assert!(reason.starts_with("that port does not speak TLS"), "{reason}");
        plain.join().expect("it has answered");
        assert_eq!(obstacle("http", address).await, Obstacle::Refused);
    }
}
