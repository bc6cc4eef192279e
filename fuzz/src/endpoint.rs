//! The GraphQL endpoint: every request gets status 200 and a bounded GraphQL response, which shows no value to a caller
//! without the permission to read it.
//!
//! The first byte selects the credential, the second the form of the input: a raw body; a document with words of the
//! schema, each of two bytes (the first above 127); bytes from which a document is drawn (`grammar`).

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arbitrary::Unstructured;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use strongroom_server::internals::{
    App, EmailAddress, Intake, KeySource, Location, Rules, Schema, Service, Slug, TeamName, ValueSettings,
    router,
};
use strongroom_shared::RoleName;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower::ServiceExt as _;

use crate::grammar;
use crate::world::{self, Steady};

/// Only a response to an unlimited runner key may show it.
const CANARY: &str = "canary-5f0c6a";
/// The name of its secret, too odd for an input to overwrite it.
const CANARY_NAME: &str = "k8Zq-Wm3v";
const PASSWORD: &str = "correct horse battery staple";
/// The most errors of an operation, and the most bytes of a response besides the request's.
const MOST_ERRORS: usize = 260;
const MOST_BYTES: usize = 4 << 20;
/// The inputs that share a store, which they make larger and slower.
const INPUTS: usize = 5_000;

/// `Authorization` or `Cookie`.
type Credential = (header::HeaderName, String);

struct World {
    runtime: Runtime,
    router: Router,
    /// Each with its permission to read values.
    credentials: Vec<(Option<Credential>, bool)>,
    left: usize,
    folder: PathBuf,
}

static WORLD: Mutex<Option<World>> = Mutex::new(None);

/// Posts a body, and checks the answer.
pub fn run(data: &[u8]) {
    let (who, rest) = crate::split(data);
    let (form, rest) = crate::split(rest);
    let body = match form % 3 {
        0 => rest.to_vec(),
        1 => with_words(rest),
        _ => match grammar::request(&mut Unstructured::new(rest)) {
            Ok(request) => request.to_string().into_bytes(),
            Err(_) => return,
        },
    };
    let mut place = WORLD.lock().expect("an earlier input has failed");
    let world = place.get_or_insert_with(World::new);
    let (credential, may_read) = world.credentials[who % world.credentials.len()].clone();
    let sent = body.len();
    check(&world.post(credential, body), sent, may_read);
    world.left -= 1;
    if world.left == 0 {
        let read = json!({"query": format!("{{secret_value(name:\"{CANARY_NAME}\")}}")});
        let reader = world.credentials.iter().find(|(_, may_read)| *may_read);
        let answer = world.post(reader.and_then(|(key, _)| key.clone()), read.to_string().into_bytes());
        assert!(contains(&answer, CANARY), "{}", String::from_utf8_lossy(&answer));
        let folder = world.folder.clone();
        *place = None;
        fs::remove_dir_all(folder).expect("removed");
    }
}

fn check(answer: &[u8], sent: usize, may_read: bool) {
    assert!(may_read || !contains(answer, CANARY), "a value is shown");
    assert!(answer.len() <= MOST_BYTES + 4 * sent, "an answer of {} bytes to {sent}", answer.len());
    let answer: Value = serde_json::from_slice(answer).expect("an answer is JSON");
    for answer in answer.as_array().map_or(std::slice::from_ref(&answer), Vec::as_slice) {
        let answer = answer.as_object().expect("an answer is an object");
        let is_known = |key: &String| ["data", "errors", "extensions"].contains(&key.as_str());
        assert!(answer.keys().all(is_known), "{answer:?}");
        let Some(errors) = answer.get("errors") else {
            assert!(answer.contains_key("data"), "an answer has data or errors");
            continue;
        };
        let errors = errors.as_array().filter(|errors| !errors.is_empty()).expect("a list of errors");
        assert!(errors.len() <= MOST_ERRORS, "{} errors", errors.len());
        for error in errors {
            assert!(error["message"].is_string(), "{error}");
            let code = error["extensions"]["code"].as_str().expect("an error has a code");
            // Nothing is broken here.
            assert!(code != "API_ERROR", "{error}");
        }
    }
}

fn contains(answer: &[u8], text: &str) -> bool {
    answer.windows(text.len()).any(|part| part == text.as_bytes())
}

/// A request whose document has words of the schema; its variables follow the first NUL.
fn with_words(data: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    let mut bytes = data.iter();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii() {
            text.push(char::from(*byte));
        } else {
            let word = usize::from(byte & 0x7f) << 8 | usize::from(bytes.next().copied().unwrap_or_default());
            text.push_str(grammar::WORDS[word % grammar::WORDS.len()]);
        }
    }
    let (query, variables) = text.split_once('\0').unwrap_or((&text, "null"));
    format!("{{\"query\":{},\"variables\":{variables}}}", Value::from(query)).into_bytes()
}

impl World {
    fn new() -> Self {
        let folder = world::folder().join("server");
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        // As the server has it.
        runtime.enable_all().worker_threads(1).thread_stack_size(8 << 20);
        let runtime = runtime.build().expect("a runtime");
        let location = Location {
            data_dir: folder.join("store"),
            database_url: None,
            master_key: KeySource::File(folder.join("master.key")),
            values: ValueSettings::default(),
        };
        let (router, mut credentials) = runtime.block_on(open(&location));
        let mut world = Self { runtime, router, credentials: Vec::new(), left: INPUTS, folder };
        let key = |text: &str| (header::AUTHORIZATION, format!("Bearer {text}"));
        let administrator = Some(key(&credentials.pop().expect("the administrator's")));
        for (name, value) in [(CANARY_NAME, CANARY), ("DB_URL", "postgres://db"), ("TOKEN", "0123")] {
            let set =
                format!("mutation{{set_secret(input:{{name:\"{name}\",value:\"{value}\"}}){{success}}}}");
            let answer = world.post(administrator.clone(), json!({"query": set}).to_string().into_bytes());
            assert!(contains(&answer, "true"), "{}", String::from_utf8_lossy(&answer));
        }
        let session = (header::COOKIE, format!("strongroom_session={}", world.log_in()));
        let runner = Some(key(&credentials.pop().expect("the runner's")));
        let session = Some(session);
        world.credentials =
            vec![(None, false), (None, false), (session, false), (administrator, false), (runner, true)];
        world.credentials.extend(credentials.iter().map(|text| (Some(key(text)), false)));
        world.credentials.push((Some((header::AUTHORIZATION, "Basic eDp5".to_owned())), false));
        world
    }

    fn request(&self, credential: Option<Credential>, body: Vec<u8>) -> axum::response::Response {
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if let Some((name, value)) = credential {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.runtime.spawn(self.router.clone().oneshot(request));
        let Ok(response) = self.runtime.block_on(response).expect("no panic");
        response
    }

    fn post(&self, credential: Option<Credential>, body: Vec<u8>) -> Vec<u8> {
        let response = self.request(credential, body);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let body = self.runtime.block_on(response.into_body().collect()).expect("a body");
        body.to_bytes().to_vec()
    }

    fn log_in(&self) -> String {
        let log_in = format!(
            "mutation{{log_in(input:{{email:\"ada@example.com\",password:\"{PASSWORD}\"}}){{success}}}}"
        );
        let response = self.request(None, json!({"query": log_in}).to_string().into_bytes());
        let cookie = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let token = cookie.and_then(|cookie| cookie.split(['=', ';']).nth(1));
        token.expect("a session").to_owned()
    }
}

async fn open(location: &Location) -> (Router, Vec<String>) {
    let steady = Arc::new(Steady::default());
    let service = Service::open(location, Rules::default(), steady.clone(), steady).await.expect("opened");
    let slug = Slug::parse("acme").expect("a slug");
    service.create_team(slug.clone(), TeamName::parse("Acme").expect("a name")).await.expect("a team");
    let email = EmailAddress::parse("ada@example.com").expect("an address");
    let [administrator, read_only, runner] =
        ["administrator", "read-only", "runner"].map(|role| RoleName(role.to_owned()));
    service.create_user(&slug, &email, &administrator, PASSWORD.to_owned()).await.expect("a user");
    let mut tokens = Vec::new();
    let limits = vec!["DB_*".to_owned()];
    for (role, secrets) in
        [(&read_only, vec![]), (&runner, limits), (&runner, vec![]), (&administrator, vec![])]
    {
        let token = service.create_program_key(&slug, "fuzz".to_owned(), role, secrets, None).await;
        tokens.push(token.expect("a key").expose().to_owned());
    }
    let service = Arc::new(service);
    let kv_mounts = Arc::default();
    let router = router(App {
        service: Arc::clone(&service),
        schema: Schema::new(service, Arc::clone(&kv_mounts)),
        public_url: None,
        trusted_proxies: Arc::new([]),
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        intake: Intake::default(),
        kv_mounts,
        stopping: watch::channel(false).1,
    });
    (router, tokens)
}
