//! Logging in with a workload's own identity instead of a key.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use backon::Retryable as _;
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::token::Source;
use super::{Client, bearer};
use crate::error::{Error, Result};
use crate::settings::{self, Settings};

/// How long before its end a login is replaced, unless that is more than half of its lifetime.
const MARGIN: Duration = Duration::from_secs(30);

/// How a workload logs in: with a role, which is the name of one of the team's trusts, or `TEAM/NAME`, and a token of its
/// own identity, a JSON Web Token that its platform issues.
#[derive(Clone)]
#[must_use]
pub struct Login {
    role: String,
    /// `None`: to be found for each login.
    source: Option<Source>,
}

opaque_debug!(Login);

impl Login {
    /// A login with the token that the platform provides: in the file that `STRONGROOM_JWT_FILE` names, in
    /// `STRONGROOM_ID_TOKEN`, or for a job of GitHub Actions. Requests fail with [`Error::NoToken`] if it provides none.
    pub fn find(role: impl Into<String>) -> Self {
        Self { role: role.into(), source: None }
    }

    /// The login that settings ask for; `None` if there is a key, or no role.
    pub fn of_settings(settings: &Settings) -> Option<Self> {
        let role = &settings.role.as_ref().filter(|_| settings.key.is_none())?.value;
        Some(match &settings.jwt_file {
            Some(path) => Self::from_file(role, path),
            None => Self::find(role),
        })
    }

    /// A login with the token in a file, which is read for each login.
    pub fn from_file(role: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { role: role.into(), source: Some(Source::File(path.into())) }
    }

    /// A login with this token. Once it has expired, the client can't log in again.
    pub fn with_token(role: impl Into<String>, token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        Self { role: role.into(), source: Some(Source::Text { place: "the program", token }) }
    }

    /// Where the token comes from, such as a file or a variable; `None` if there is no token.
    pub fn token_source(&self) -> Option<String> {
        self.source().ok().map(|source| source.to_string())
    }

    /// The variables that hold the token, or the credentials for requesting one.
    pub fn token_variables(&self) -> &'static [&'static str] {
        self.source().map_or(&[], |source| source.variables())
    }

    fn source(&self) -> Result<Source> {
        let source = self.source.clone().or_else(|| Source::find(settings::text_variable));
        source.ok_or(Error::NoToken)
    }
}

/// A client's own login, which its requests share.
pub(super) struct Shared {
    pub(super) login: Login,
    /// The header for requests, and until when it is used.
    current: Mutex<Option<(HeaderValue, Instant)>>,
    /// How long a request waits for another one that is logging in.
    patience: Duration,
}

impl Shared {
    pub(super) const fn new(login: Login, patience: Duration) -> Self {
        Self { login, current: Mutex::const_new(None), patience }
    }
}

#[derive(Default, Deserialize)]
struct Answer {
    auth: Option<Granted>,
    #[serde(default)]
    errors: Vec<String>,
}

#[derive(Deserialize)]
struct Granted {
    client_token: String,
    /// In seconds.
    lease_duration: u32,
}

impl Client {
    /// Logs in and returns the login's token, which works as a key until it expires. The client's requests don't use it.
    /// [`Error::NoKey`] if the client has no [`Login`].
    pub async fn log_in(&self) -> Result<Zeroizing<String>> {
        let login = self.login().ok_or(Error::NoKey)?;
        let request = || self.request_login(login);
        let (token, _) = request.retry(self.pauses()).when(Error::is_transient).await?;
        Ok(token)
    }

    /// The header for a request, after logging in if that is necessary. `refused` is one that the server did not accept.
    pub(super) async fn bearer_of(
        &self,
        shared: &Shared,
        refused: Option<&HeaderValue>,
    ) -> Result<HeaderValue> {
        // Each of them may fail slowly, so the last in the queue must not wait for all.
        let Ok(mut current) = timeout(shared.patience, shared.current.lock()).await else {
            let message = "another request is still logging in".to_owned();
            return Err(Error::LoginUnavailable { message });
        };
        let now = Instant::now();
        if let Some((bearer, until)) = &*current
            && now < *until
            && refused != Some(bearer)
        {
            return Ok(bearer.clone());
        }
        let (token, lifetime) = self.request_login(&shared.login).await?;
        let bearer = bearer(&token).ok_or_else(|| self.malformed(200))?;
        *current = Some((bearer.clone(), now + lifetime.saturating_sub(MARGIN).max(lifetime / 2)));
        Ok(bearer)
    }

    /// Logs in once. No error says that the request which needs the login may have reached the server.
    async fn request_login(&self, login: &Login) -> Result<(Zeroizing<String>, Duration)> {
        let token = login.source()?.token(self.0.endpoint.origin().ascii_serialization()).await?;
        let body = BTreeMap::from([("role", &login.role), ("jwt", &token)]);
        let request = self.0.http.post(format!("{}/v1/auth/jwt/login", self.server())).json(&body);
        let (status, body) = self.exchange(request).await.map_err(|mut error| {
            if let Error::Unreachable { may_have_arrived, .. } = &mut error {
                *may_have_arrived = false;
            }
            error
        })?;
        let Answer { auth, errors } = serde_json::from_slice(&body).unwrap_or_default();
        if let Some(auth) = auth.filter(|_| status == StatusCode::OK) {
            let lifetime = Duration::from_secs(auth.lease_duration.into());
            return Ok((Zeroizing::new(auth.client_token), lifetime));
        }
        let message = errors.join(", ");
        let has_message = !message.is_empty();
        Err(match status {
            _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Error::LoginUnavailable { message: if has_message { message } else { self.trouble(status) } }
            }
            _ if status.is_client_error() && has_message => Error::LoginRefused { message },
            StatusCode::NOT_FOUND => Error::NoLogins { server: self.place() },
            _ => self.malformed(status.as_u16()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    use std::thread;

    use super::*;

    /// A server that answers a request with a status and a body.
    fn serve(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut buffer = [0; 16 * 1024];
                let length = stream.read(&mut buffer).expect("a request");
                let (status, body) = answer(&String::from_utf8_lossy(&buffer[..length]));
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} .\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all((head + &body).as_bytes());
                // Unread data would reset the connection before the response is read.
                while stream.read(&mut buffer).is_ok_and(|length| length > 0) {}
            }
        });
        format!("http://{address}")
    }

    fn client(url: &str, login: Login) -> Client {
        Client::builder(url).login(login).retries(0).build().expect("a client")
    }

    #[tokio::test]
    async fn a_login_is_replaced_before_its_end_and_when_the_server_ends_it() {
        let logins = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&logins);
        let url = serve(move |request| {
            let body = if request.starts_with("POST /v1/auth/jwt/login ") {
                let count = counter.fetch_add(1, SeqCst) + 1;
                // From the eighth on, they are not accepted.
                let token = count.min(7);
                format!(r#"{{"auth": {{"client_token": "sr_{token}", "lease_duration": 900}}}}"#)
            } else if request.contains(&format!("authorization: Bearer sr_{}\r\n", counter.load(SeqCst))) {
                r#"{"data": {"secret": []}}"#.to_owned()
            } else {
                r#"{"errors": [{"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}]}"#.to_owned()
            };
            (200, body)
        });
        let client = client(&url, Login::with_token("acme/deploy", "hunter2"));
        let (a, b) = tokio::join!(client.secret_names(), client.secret_names());
        assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
        assert_eq!(logins.load(SeqCst), 1);

        let shared = client.0.login.as_ref().expect("a login");
        shared.current.lock().await.as_mut().expect("a token").1 = Instant::now();
        client.secret_names().await.expect("names");
        assert_eq!(logins.load(SeqCst), 2);

        logins.store(6, SeqCst);
        client.secret_names().await.expect("names");
        assert_eq!(logins.load(SeqCst), 7);
        logins.store(8, SeqCst);
        let refused = client.secret_names().await.expect_err("no login");
        assert_eq!(refused.to_string(), "The server does not accept the login: no");
    }

    #[tokio::test]
    async fn each_refusal_has_its_error_and_no_error_shows_the_token() {
        for (status, body, expected) in [
            (400, r#"{"errors": ["a", "b"]}"#, "The server refused the login: a, b"),
            (403, r#"{"errors": ["a"]}"#, "The server refused the login: a"),
            (404, r#"{"errors": ["a"]}"#, "The server refused the login: a"),
            (404, "<html>", "URL has no logins for workloads (HTTP 404)."),
            (503, r#"{"errors": ["a"]}"#, "Logging in is temporarily unavailable: a"),
            (429, "", "Logging in is temporarily unavailable: HTTP 429"),
            (400, "hunter2", "URL does not respond like a Strongroom server (HTTP 400)."),
            (200, "{}", "URL does not respond like a Strongroom server (HTTP 200)."),
        ] {
            let url = serve(move |_| (status, body.to_owned()));
            let login = Login::with_token("deploy", "hunter2");
            let client = client(&url, login.clone());
            let error = client.delete_secret("A").await.expect_err("no login");
            let text = error.to_string().replace(&url, "URL");
            assert!(text.starts_with(expected), "{text}");
            assert!(!format!("{error:?} {client:?} {login:?}").contains("hunter2"));
        }
        let nowhere = client("http://127.0.0.1:1", Login::with_token("deploy", "hunter2"));
        let error = nowhere.delete_secret("A").await.expect_err("no server");
        assert!(matches!(error, Error::Unreachable { may_have_arrived: false, .. }), "{error:?}");
    }

    #[tokio::test]
    async fn github_issues_a_token_for_the_server() {
        for (status, body, expected) in [
            (200, r#"{"value": "one"}"#, "one"),
            (200, "{}", "GitHub Actions gives no token to log in with: HTTP 200"),
            (403, r#"{"value": "one"}"#, "GitHub Actions gives no token to log in with: HTTP 403"),
            (502, "", "Logging in is temporarily unavailable: GitHub Actions answers HTTP 502"),
        ] {
            let url = serve(move |request| {
                assert!(request.starts_with("GET /token?a=b&audience=https%3A%2F%2Fh%3A1 "), "{request}");
                assert!(request.contains("\r\nauthorization: Bearer hunter2\r\n"), "{request}");
                (status, body.to_owned())
            });
            let key = Zeroizing::new("hunter2".to_owned());
            let source = Source::GitHub { url: format!("{url}/token?a=b"), key, audience: None };
            let token = source.token("https://h:1".to_owned()).await;
            let text = token.map_or_else(|error| error.to_string(), |token| token.to_string());
            assert!(text.starts_with(expected), "{text}");
        }
    }
}
