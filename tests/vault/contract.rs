//! A server that speaks as Vault does with a KV engine of version 2 and AppRole, as far as clients of values see, and that
//! goes wrong on demand. `hvac.rs` lets the client that Python programs use say whether it is right.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It answers with a status and Vault's words for it.
    Status(u16),
    /// It takes requests and does not answer.
    Silent,
    /// It takes requests, does what they ask for, and does not answer.
    Deaf,
    /// It answers as something else would that stands there.
    Stranger,
}

/// The server. Gone when dropped.
pub struct Contract {
    address: String,
    state: Arc<Mutex<Inner>>,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    fault: Option<Fault>,
    values: BTreeMap<String, (u64, Value)>,
    tokens: HashSet<String>,
    log_ins: usize,
    namespaces: HashSet<String>,
}

type Shared = (Arc<Mutex<Inner>>, Arc<AtomicUsize>);

impl Contract {
    /// A token that may do everything.
    pub const ROOT: &str = "hvs.contract-root-token-0123456789";
    /// What every token begins with that someone gets by logging in.
    pub const LOGGED_IN: &str = "hvs.contract-token-of-log-in-";
    /// A role, and the secret id that goes with it.
    pub const ROLE: [&str; 2] =
        ["7a1b9d5e-0000-4c5d-8e2f-role00000001", "c0ffee00-1111-4222-8333-secret000001"];

    /// A server with nothing in it.
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port can be had");
        let address = listener.local_addr().expect("it has an address").to_string();
        let state = Arc::new(Mutex::new(Inner::default()));
        let asked = Arc::new(AtomicUsize::new(0));
        let shared: Shared = (Arc::clone(&state), Arc::clone(&asked));
        let router = Router::new().fallback(answer).with_state(shared);
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Arc::new(Self { address, state, asked, task })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets it go wrong from now on, or right again.
    pub fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.inner(|inner| inner.fault = fault.into());
    }

    /// How many requests have come so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// How often someone has logged in.
    pub fn log_ins(&self) -> usize {
        self.inner(|inner| inner.log_ins)
    }

    /// The namespaces that were asked for.
    pub fn namespaces(&self) -> HashSet<String> {
        self.inner(|inner| inner.namespaces.clone())
    }

    /// Lets every token expire that someone got by logging in.
    pub fn expire_tokens(&self) {
        self.inner(|inner| inner.tokens.clear());
    }

    /// Lets in who has that token.
    pub fn admit(&self, token: &str) {
        self.inner(|inner| inner.tokens.insert(token.to_owned()));
    }

    /// Every value, by its path.
    pub fn values(&self) -> BTreeMap<String, Value> {
        self.inner(|inner| {
            let values = inner.values.iter();
            values.map(|(path, (_, value))| (path.clone(), value.clone())).collect()
        })
    }

    fn inner<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.state.lock().expect("nobody panics while holding it"))
    }
}

impl Drop for Contract {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State((state, asked)): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    asked.fetch_add(1, Ordering::SeqCst);
    let fault = state.lock().expect("nobody panics while holding it").fault;
    match fault {
        None => {}
        Some(Fault::Status(status)) => {
            let words = match status {
                403 => "permission denied",
                429 => "request path \"secret\": rate limit quota exceeded",
                503 => "Vault is sealed",
                _ => "internal error",
            };
            return respond(status, Some(&json!({"errors": [words]})));
        }
        Some(Fault::Stranger) => return html(),
        Some(Fault::Silent) => return std::future::pending().await,
        Some(Fault::Deaf) => {
            let _ = act(&state, &method, &uri, &headers, &body);
            return std::future::pending().await;
        }
    }
    let (status, body) = act(&state, &method, &uri, &headers, &body);
    respond(status, body.as_ref())
}

fn html() -> Response {
    let response = Response::builder().header(header::CONTENT_TYPE, "text/html");
    response.body(Body::from("<html>Welcome</html>")).expect("a response")
}

fn respond(status: u16, body: Option<&Value>) -> Response {
    let response = Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    let response = response.header(header::CACHE_CONTROL, "no-store");
    match body {
        None => response.body(Body::empty()),
        Some(body) => {
            response.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))
        }
    }
    .expect("a response")
}

/// What Vault puts around data.
fn around(data: &Value, auth: &Value) -> Value {
    json!({
        "request_id": "5a2c8a3e-93c5-40f0-8e7a-3e5f0b3f0001", "lease_id": "", "renewable": false, "lease_duration": 0,
        "data": data, "wrap_info": null, "warnings": null, "auth": auth, "mount_type": "kv",
    })
}

fn metadata(version: u64) -> Value {
    json!({
        "created_time": "2026-01-02T03:04:05.678901234Z", "custom_metadata": null, "deletion_time": "",
        "destroyed": false, "version": version,
    })
}

fn act(
    state: &Mutex<Inner>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> (u16, Option<Value>) {
    let mut inner = state.lock().expect("nobody panics while holding it");
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let refused = |status: u16, words: &str| (status, Some(json!({"errors": [words]})));
    inner.namespaces.insert(header("X-Vault-Namespace").to_owned());
    if uri.path() == "/v1/auth/approle/login" {
        let given = [&body["role_id"], &body["secret_id"]];
        if given != Contract::ROLE {
            return refused(400, "invalid role or secret ID");
        }
        inner.log_ins += 1;
        let token = format!("{}{:08}", Contract::LOGGED_IN, inner.log_ins);
        inner.tokens.insert(token.clone());
        let auth = json!({
            "client_token": token, "accessor": "0e9e354a-520f-df04-6867-ee81cae3d42d", "policies": ["default"],
            "token_policies": ["default"], "metadata": {"role_name": "strongroom"}, "lease_duration": 1200,
            "renewable": true, "entity_id": "", "token_type": "service", "orphan": true,
        });
        return (200, Some(around(&Value::Null, &auth)));
    }
    let token = header("X-Vault-Token");
    if token != Contract::ROOT && !inner.tokens.contains(token) {
        return refused(403, "permission denied");
    }
    let query = uri.query().unwrap_or_default();
    let is_list = method.as_str() == "LIST" || (method == Method::GET && query.contains("list=true"));
    let path = uri.path();
    if let Some(path) = path.strip_prefix("/v1/secret/data/") {
        match *method {
            Method::GET => match inner.values.get(path) {
                Some((version, value)) => {
                    let data = json!({"data": value, "metadata": metadata(*version)});
                    (200, Some(around(&data, &Value::Null)))
                }
                None => (404, Some(json!({"errors": []}))),
            },
            Method::POST | Method::PUT => {
                if !body["data"].is_object() {
                    return refused(400, "no data provided");
                }
                let version = inner.values.get(path).map_or(0, |(version, _)| *version);
                if body["options"]["cas"].as_u64().is_some_and(|cas| cas != version) {
                    return refused(400, "check-and-set parameter did not match the current version");
                }
                inner.values.insert(path.to_owned(), (version + 1, body["data"].clone()));
                (200, Some(around(&metadata(version + 1), &Value::Null)))
            }
            _ => refused(405, "unsupported operation"),
        }
    } else if let Some(path) = path.strip_prefix("/v1/secret/metadata/") {
        if is_list {
            let prefix = format!("{}/", path.trim_end_matches('/'));
            let mut keys: Vec<String> = Vec::new();
            for name in inner.values.keys().filter_map(|name| name.strip_prefix(&prefix)) {
                let key =
                    name.split_once('/').map_or_else(|| name.to_owned(), |(folder, _)| format!("{folder}/"));
                if keys.last() != Some(&key) {
                    keys.push(key);
                }
            }
            if keys.is_empty() {
                return (404, Some(json!({"errors": []})));
            }
            return (200, Some(around(&json!({"keys": keys}), &Value::Null)));
        }
        match *method {
            Method::DELETE => {
                inner.values.remove(path);
                (204, None)
            }
            _ => refused(405, "unsupported operation"),
        }
    } else {
        let words = "no handler for route; route entry not found";
        refused(404, words)
    }
}
