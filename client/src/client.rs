//! A client of a Strongroom server.
//!
//! Requests end after a while, and are tried again where that can't do harm: what was set twice was set. What must not
//! happen twice is tried again only if it can't have arrived.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use cynic::{GraphQlError, GraphQlResponse, MutationBuilder as _, Operation, QueryBuilder as _};
use reqwest::header::{self, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use strongroom_outbound::Proxy;
use strongroom_shared::input::{
    DeleteSecretInput, ImportSecretsInput, ImportedSecret, RestoreSecretInput, SetSecretInput,
};
use strongroom_shared::operation::{self, PageVariables};
use strongroom_shared::payload::{ImportSecretsPayload, SuccessPayload};
use strongroom_shared::{ErrorCode, GivenJson, Json, Uuid, limit};
use url::Url;
use zeroize::Zeroizing;

pub use strongroom_shared::operation::{CurrentVersion, Secret as ListedSecret};

use crate::error::{Error, Obstacle, Result};
use crate::settings::Settings;

/// How long a request may take, unless said otherwise: as long as Prefect waits.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a request is tried again, unless said otherwise.
const RETRIES: usize = 4;
/// The first pause; each further one is twice as long, and a little is added by chance.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Where GraphQL is spoken, behind the address that people know.
const GRAPHQL: &str = "/graphql";

/// A client of a Strongroom server: one key, in one team. Cloning it is cheap, and clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    proxy: Option<Proxy>,
    endpoint: Url,
    has_key: bool,
    retries: usize,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server()).finish_non_exhaustive()
    }
}

/// A client in the making.
pub struct ClientBuilder {
    server: String,
    key: Option<Zeroizing<String>>,
    tenant: Option<String>,
    timeout: Duration,
    retries: usize,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// The API key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(Zeroizing::new(key.into()));
        self
    }

    /// The team's id, where it is not the key's own.
    #[must_use]
    pub fn tenant(mut self, id: impl Into<String>) -> Self {
        self.tenant = Some(id.into());
        self
    }

    /// How long a request may take before it is given up; 15 seconds unless said otherwise.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a request is tried again where that may help and can't do harm; 4 times unless said otherwise.
    #[must_use]
    pub const fn retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// The address is not a URL, the key contains invalid characters, this machine has no certificates for https, or
    /// the environment's proxy is unusable.
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
                .map_err(|_| Error::Address { reason: "the team's id is no id".to_owned() })?;
            headers.insert("x-prefect-tenant-id", tenant);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .user_agent(concat!("strongroom/", env!("CARGO_PKG_VERSION")))
            .timeout(self.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout));
        let (http, proxy) = strongroom_outbound::build(&endpoint, http)?;
        Ok(Client(Arc::new(Inner {
            http,
            proxy,
            endpoint,
            has_key: self.key.is_some(),
            retries: self.retries,
        })))
    }
}

/// Where GraphQL is spoken, at the address that people know.
fn endpoint(server: &str) -> Result<Url> {
    let wrong = |reason: &str| Error::Address { reason: reason.to_owned() };
    let mut url = Url::parse(server.trim()).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it starts with neither https:// nor http://"));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(GRAPHQL).unwrap_or(path).to_owned() + GRAPHQL;
    url.set_path(&path);
    Ok(url)
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

/// Whether a request may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Doing it twice is doing it once.
    Safe,
    /// Only if it can't have arrived.
    UnlessArrived,
}

/// Who the key says one is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// What the key is called, or whose it is.
    pub name: String,
    /// Its role in the team.
    pub role: String,
    /// The team's name.
    pub team: String,
    /// The team's short name.
    pub slug: String,
    /// The team's id.
    pub tenant_id: Uuid,
    /// What it may do.
    pub permissions: Vec<String>,
    /// The names and prefixes it is limited to; `None`: all of the team's secrets.
    pub secrets: Option<Vec<String>>,
    /// When it stops working, as RFC 3339 text; `None`: never.
    pub expires_at: Option<String>,
}

impl Identity {
    /// Whether it may.
    pub fn may(&self, permission: strongroom_shared::Permission) -> bool {
        self.permissions.iter().any(|held| held == permission.as_str())
    }
}

/// A secret with its value, and which version that is.
#[derive(Clone, Debug)]
pub struct SecretWithValue {
    /// The secret's id, through renames and versions.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Which version of it this is.
    pub version: i32,
    /// The value.
    pub value: Json,
}

/// Options of [`Client::set_secret_with`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SetOptions<'a> {
    /// The description; empty text removes it.
    pub description: Option<&'a str>,
    /// The version that the secret has to have now; 0 if it must not exist yet.
    pub expected_version: Option<i32>,
}

impl Client {
    /// A client of the server at `server`, a URL such as `https://secrets.example.com`.
    pub fn builder(server: impl Into<String>) -> ClientBuilder {
        ClientBuilder { server: server.into(), key: None, tenant: None, timeout: TIMEOUT, retries: RETRIES }
    }

    /// A client as this machine's settings say: `STRONGROOM_SERVER`, `STRONGROOM_KEY` or `STRONGROOM_KEY_FILE`, or the
    /// configuration file.
    ///
    /// # Errors
    /// The settings can't be used.
    pub fn from_env() -> Result<Self> {
        Self::with_settings(&Settings::find()?).build()
    }

    /// A client with these settings.
    pub fn with_settings(settings: &Settings) -> ClientBuilder {
        let builder = Self::builder(&settings.server.value);
        match &settings.key {
            None => builder,
            Some(key) => builder.key(key.value.as_str()),
        }
    }

    /// Where the server is.
    pub fn server(&self) -> String {
        let mut url = self.0.endpoint.clone();
        let path = url.path().trim_end_matches(GRAPHQL).to_owned();
        url.set_path(&path);
        // A password for a proxy is nobody's business.
        let _ = url.set_password(None);
        let _ = url.set_username("");
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// The proxy for the server, if the environment sets one.
    pub fn proxy(&self) -> Option<&Proxy> {
        self.0.proxy.as_ref()
    }

    fn place(&self) -> String {
        match &self.0.proxy {
            None => self.server(),
            Some(proxy) => format!("{} (through {proxy})", self.server()),
        }
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// Creates or overwrites a secret. The value is anything that is JSON: text stays text.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn set_secret(&self, name: &str, value: impl Serialize) -> Result<()> {
        let not_json = |_| Error::NotJson { name: name.to_owned() };
        // Through text, because `to_value` would read raw JSON in a value by `serde_json`'s rules, not ours.
        let text = Zeroizing::new(serde_json::to_string(&value).map_err(not_json)?);
        let value: Json = serde_json::from_str(&text).map_err(not_json)?;
        self.set_secret_with(name, value, SetOptions::default()).await
    }

    /// Creates or overwrites a secret, with options. With an expected version, it is retried only if the request can't
    /// have reached the server: if the change was made, a retry would find the next version.
    ///
    /// # Errors
    /// The server can't be reached, or says no: [`Error::Refused`] where the version is another one.
    pub async fn set_secret_with(&self, name: &str, value: Json, options: SetOptions<'_>) -> Result<()> {
        let input = SetSecretInput {
            name: name.to_owned(),
            value: GivenJson(Some(value)),
            description: options.description.map(str::to_owned),
            expected_version: options.expected_version,
        };
        let again = match options.expected_version {
            None => Again::Safe,
            Some(_) => Again::UnlessArrived,
        };
        let operation = operation::SetSecret::build(operation::SetSecretVariables { input });
        let answer = self.send(&operation, again).await?;
        self.done(answer.payload)
    }

    /// Deletes a secret. It can be restored for a while.
    ///
    /// # Errors
    /// The server can't be reached, or says no: [`Error::Refused`] where there is none of that name.
    pub async fn delete_secret(&self, name: &str) -> Result<()> {
        self.delete_secret_at(name, None).await
    }

    /// Deletes a secret; with a version, only if the secret is at that version.
    ///
    /// # Errors
    /// As for [`Client::delete_secret`]; [`Error::Refused`] where the version is another one.
    pub async fn delete_secret_at(&self, name: &str, expected_version: Option<i32>) -> Result<()> {
        let input = DeleteSecretInput { name: name.to_owned(), expected_version };
        let operation = operation::DeleteSecret::build(operation::DeleteSecretVariables { input });
        let answer = self.send(&operation, Again::UnlessArrived).await?;
        self.done(answer.payload)
    }

    /// Brings back the secret of that name that was deleted last.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn restore_secret(&self, name: &str) -> Result<()> {
        let input = RestoreSecretInput { name: name.to_owned() };
        let operation = operation::RestoreSecret::build(operation::RestoreSecretVariables { input });
        let answer = self.send(&operation, Again::UnlessArrived).await?;
        self.done(answer.payload)
    }

    /// The names of the secrets that the key may see, in order.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn secret_names(&self) -> Result<Vec<String>> {
        let build = operation::SecretNames::build;
        let named = self.pages(build, |answer| answer.secret, |secret| &secret.name).await?;
        Ok(named.into_iter().map(|secret| secret.name).collect())
    }

    /// The secrets that the key may see, without values, in no promised order.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn secrets(&self) -> Result<Vec<ListedSecret>> {
        let build = operation::Secrets::build;
        self.pages(build, |answer| answer.secret, |secret| &secret.name).await
    }

    /// Which version each secret has that the key may see. Nothing of it is recorded as read.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn current_versions(&self) -> Result<Vec<CurrentVersion>> {
        let build = operation::CurrentVersions::build;
        self.pages(build, |answer| answer.secret, |secret| &secret.name).await
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
            let page = take(self.send(&operation, Again::Safe).await?);
            let is_last = page.len() < limit::PAGE_ROWS;
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// A secret's value, with every digit. Only a key with the role *runner* reads one.
    ///
    /// # Errors
    /// The server can't be reached, or says no: [`Error::SecretNotFound`] where there is none of that name.
    pub async fn secret_value(&self, name: &str) -> Result<Json> {
        let variables = operation::SecretValueVariables { name: name.to_owned() };
        let operation = operation::SecretValue::build(variables);
        let answer = self.send(&operation, Again::Safe).await.map_err(|error| match error {
            // The code that is for this alone, as in Prefect's own API.
            Error::Server { code: Some(ErrorCode::InternalServerError), .. } => {
                Error::SecretNotFound { name: name.to_owned() }
            }
            other => other,
        })?;
        Ok(or_null(answer.secret_value))
    }

    /// The values of those of `names` that are there, in this order.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn secret_values(&self, names: &[String]) -> Result<Vec<SecretWithValue>> {
        let mut values = Vec::with_capacity(names.len());
        let mut chunks: Vec<&[String]> = names.chunks(limit::SECRET_VALUES).rev().collect();
        while let Some(names) = chunks.pop() {
            let variables = operation::SecretValuesVariables { names: names.to_vec() };
            let operation = operation::SecretValues::build(variables);
            let answer = match self.send(&operation, Again::Safe).await {
                // Large values may be too much for one answer.
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

    /// Looks what importing `secrets` would do. The answer's `state` is for [`Client::import_secrets`].
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn preview_import(&self, secrets: &[(String, Json)]) -> Result<ImportSecretsPayload> {
        self.import(secrets, Some(true), None, Again::Safe).await
    }

    /// Sets all of `secrets`, or none. With the `expected_state` of a preview it is refused if any of them has changed
    /// since.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn import_secrets(
        &self,
        secrets: &[(String, Json)],
        expected_state: Option<String>,
    ) -> Result<ImportSecretsPayload> {
        self.import(secrets, None, expected_state, Again::UnlessArrived).await
    }

    async fn import(
        &self,
        secrets: &[(String, Json)],
        preview: Option<bool>,
        expected_state: Option<String>,
        again: Again,
    ) -> Result<ImportSecretsPayload> {
        let secrets = secrets.iter().map(|(name, value)| ImportedSecret {
            name: name.clone(),
            value: GivenJson(Some(value.clone())),
        });
        let input = ImportSecretsInput { secrets: secrets.collect(), preview, expected_state };
        let operation = operation::ImportSecrets::build(operation::ImportSecretsVariables { input });
        let payload = self.send(&operation, again).await?.payload;
        let payload = payload.ok_or_else(|| self.malformed(200))?;
        if payload.success == Some(true) {
            Ok(payload)
        } else {
            Err(Error::Refused { message: payload.error.unwrap_or_default() })
        }
    }

    /// Whose key this is, in which team, and what it may do.
    ///
    /// # Errors
    /// The server can't be reached, or does not accept the key.
    pub async fn who_am_i(&self) -> Result<Identity> {
        let answer = self.send(&operation::WhoAmI::build(()), Again::Safe).await?;
        let identity = answer.auth_info.ok_or_else(|| self.malformed(200))?;
        let team = answer
            .tenant
            .into_iter()
            .find(|tenant| tenant.id == identity.tenant_id)
            .ok_or_else(|| self.malformed(200))?;
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

    fn done(&self, payload: Option<impl Into<SuccessPayload>>) -> Result<()> {
        payload
            .ok_or_else(|| self.malformed(200))?
            .into()
            .into_result()
            .map_err(|message| Error::Refused { message })
    }

    /// The error for a request that got no answer.
    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> Error {
        Error::Unreachable {
            server: self.place(),
            obstacle: Obstacle::of(error),
            reason: reason(error),
            may_have_arrived: !error.is_connect(),
        }
    }

    fn malformed(&self, status: u16) -> Error {
        Error::MalformedAnswer { server: self.place(), status }
    }

    /// Sends an operation, and again where that may help and can't do harm.
    async fn send<T, V>(&self, operation: &Operation<T, V>, again: Again) -> Result<T>
    where
        T: DeserializeOwned + 'static,
        V: Serialize,
    {
        if !self.0.has_key {
            return Err(Error::NoKey);
        }
        let body = serde_json::to_vec(operation).map_err(|error| Error::SetUp(Box::new(error)))?;
        let body = Zeroizing::new(body);
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_times(self.0.retries)
            .with_jitter();
        (|| self.send_once(&body))
            .retry(pauses)
            .when(|error| match error {
                Error::Unreachable { may_have_arrived, .. } => again == Again::Safe || !may_have_arrived,
                Error::Unavailable { .. } => again == Again::Safe,
                _ => false,
            })
            .await
    }

    async fn send_once<T: DeserializeOwned + 'static>(&self, body: &[u8]) -> Result<T> {
        let unreachable = |error| self.unreachable(&error);
        let answer = self
            .0
            .http
            .post(self.0.endpoint.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_vec())
            .send()
            .await
            .map_err(unreachable)?;
        let status = answer.status();
        if let Some(sends_to) = sends_to(&answer) {
            return Err(Error::Redirected { server: self.place(), sends_to });
        }
        let bytes = answer.bytes().await.map_err(unreachable)?;
        if status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS {
            let message = match &self.0.proxy {
                None => format!("HTTP {status}"),
                Some(proxy) => format!("HTTP {status}, through {proxy}"),
            };
            return Err(Error::Unavailable { message });
        }
        let malformed = |_| self.malformed(status.as_u16());
        // The errors first: beside one, the data may be in part what was asked for, and no `T`.
        let Errors { errors } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if let Some(error) = errors.into_iter().next() {
            let code = error.extensions.and_then(|extensions| extensions.code);
            return Err(refusal(code.as_deref().and_then(ErrorCode::parse), error.message));
        }
        let answer: GraphQlResponse<T, Extensions> = serde_json::from_slice(&bytes).map_err(malformed)?;
        answer.data.ok_or_else(|| self.malformed(status.as_u16()))
    }
}

/// What an error of the server's is to us.
fn refusal(code: Option<ErrorCode>, message: String) -> Error {
    match code {
        Some(ErrorCode::Unauthenticated) => Error::Unauthenticated { message },
        Some(ErrorCode::Forbidden) => Error::Forbidden { message },
        Some(ErrorCode::BadUserInput) => Error::Refused { message },
        Some(ErrorCode::ApiError) => Error::Unavailable { message },
        _ => Error::Server { code, message },
    }
}

/// The target of a redirect, without its path and credentials.
pub(crate) fn sends_to(answer: &reqwest::Response) -> Option<String> {
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let url = answer.url().join(location).ok()?;
    answer.status().is_redirection().then(|| url.origin().ascii_serialization())
}

/// What went wrong on the way, without the address, which may hold a password.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it takes too long".to_owned();
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    if deepest.is::<reqwest::Error>() { "the connection broke".to_owned() } else { deepest.to_string() }
}

/// Null is a value.
fn or_null(value: Option<Json>) -> Json {
    value.unwrap_or_else(|| Json::new(serde_json::Value::Null))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    use super::*;

    fn check(server: &str, expected: &str) {
        assert_eq!(endpoint(server).expect("an address").as_str(), expected);
    }

    #[test]
    fn every_form_of_an_address_reaches_graphql() {
        check("http://127.0.0.1:4300", "http://127.0.0.1:4300/graphql");
        check(" https://h/ ", "https://h/graphql");
        check("https://h/graphql/", "https://h/graphql");
        check("https://h/behind/a/proxy", "https://h/behind/a/proxy/graphql");
        check("https://h/?a#b", "https://h/graphql");
    }

    #[test]
    fn what_is_no_address_is_refused() {
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
    /// Why a client finds no server at an address.
    async fn obstacle(scheme: &str, address: SocketAddr) -> Obstacle {
        let builder = Client::builder(format!("{scheme}://{address}")).key("sr_x").retries(0);
        let client = builder.timeout(Duration::from_secs(1)).build().expect("a client");
        match client.secret_names().await {
            Err(Error::Unreachable { obstacle, .. }) => obstacle,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn obstacles_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        assert_eq!(obstacle("http", address).await, Obstacle::Timeout);
        let plain = thread::spawn(move || {
            // The first connection is the one above.
            for stream in listener.incoming().take(2) {
                let _ = stream.expect("a connection").write_all(b"I speak no TLS\r\n");
            }
        });
        assert_eq!(obstacle("https", address).await, Obstacle::Tls);
        plain.join().expect("it has answered");
        assert_eq!(obstacle("http", address).await, Obstacle::Refused);
    }
}
