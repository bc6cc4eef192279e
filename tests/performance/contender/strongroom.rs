//! Strongroom itself: with a runner's key for reads, a user's key for writes, and the default settings.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use strongroom_tests::postgres::{self, Cluster};
use strongroom_tests::{Server, Store};

use super::{Contender, Dialect, graphql, idle_memory, requests};
use crate::http::{self, Connection};
use crate::load::Requests;
use crate::machine::Cores;
use crate::page::{ON_POSTGRESQL, STRONGROOM};
use crate::value::{NAMES, Size, Values, name, value};

const IMPORT: usize = 5000;
/// Of values in one import: with the rest of the request, a body has at most 5 MiB.
const IMPORT_BYTES: usize = 4_200_000;
const STARTS: usize = 5;

struct Keys {
    runner: String,
    user: String,
}

/// A store with one team.
struct Place {
    store: Arc<Store>,
    settings: Vec<String>,
    /// `None` where the database is a file in the data directory.
    cluster: Option<Cluster>,
}

impl Place {
    async fn new(settings: Vec<String>, cluster: Option<Cluster>) -> Self {
        let place = Self { store: Store::new(), settings, cluster };
        place.admin(&["create-team", "--slug", "bench", "--name", "Bench"]).await;
        place
    }

    async fn serve(&self, cores: Cores) -> (Server, Duration) {
        let settings = self.settings.iter().map(String::as_str);
        let command = self.store.command(settings.chain(["serve", "--listen", "127.0.0.1:0"]));
        let start = Instant::now();
        let server = cores.serving(Server::start_command(&self.store, command)).await;
        (server, start.elapsed())
    }

    async fn admin(&self, arguments: &[&str]) -> String {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        self.store.run(&[settings.as_slice(), &["admin"], arguments].concat()).await.succeeded()
    }

    async fn key(&self, role: &str) -> String {
        let key = self.admin(&["create-key", "--team", "bench", "--name", role, "--role", role]).await;
        self.store.must_stay_secret(key.trim());
        key.trim().to_owned()
    }

    async fn keys(&self) -> Keys {
        Keys { runner: self.key("runner").await, user: self.key("user").await }
    }

    fn roots(&self, server: &Server) -> Vec<u32> {
        [server.pid()].into_iter().chain(self.cluster.as_ref().map(Cluster::pid)).collect()
    }
}

impl Dialect for Keys {
    const BEFORE_VALUE: &'static str = r#"{"data":{"secret_value":""#;
    const WRITTEN: &'static str = r#"{"data":{"set_secret":{"success":true,"error":null}}}"#;

    fn read(&self, name: &str) -> Vec<u8> {
        ask(&self.runner, "query($name: String!) { secret_value(name: $name) }", &[("name", name)])
    }

    fn write(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        Some(ask(
            &self.user,
            "mutation($name: String!, $value: JSON) { set_secret(input: { name: $name, value: $value }) \
             { success error } }",
            &[("name", name), ("value", value)],
        ))
    }

    fn first_page(&self) -> Option<Vec<u8>> {
        let document = "{ secret(order_by: [{ name: asc }], limit: 50) { name } }";
        Some(ask(&self.user, document, &[]))
    }
}

fn ask(key: &str, document: &str, variables: &[(&str, &str)]) -> Vec<u8> {
    graphql(&[("Authorization", &format!("Bearer {key}"))], document, variables)
}

pub async fn on_sqlite(cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    start(STRONGROOM, Place::new(Vec::new(), None).await, cores, values).await
}

/// Strongroom on its own PostgreSQL, or the reason why there is none.
pub async fn on_postgresql(cores: Cores, values: &[Arc<Values>; 2]) -> Result<Contender, String> {
    postgres::version()?;
    let cluster = cores.serving(async { Cluster::start() }).await;
    let settings = vec!["--database-url".to_owned(), cluster.admin_url("postgres")];
    Ok(start(ON_POSTGRESQL, Place::new(settings, Some(cluster)).await, cores, values).await)
}

async fn start(name: &str, place: Place, cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    let keys = place.keys().await;
    let (mut server, started) = place.serve(cores).await;
    let idle_memory = idle_memory(&place.roots(&server)).await;
    for size in Size::ALL {
        import(server.address(), &keys, size, NAMES).await;
    }
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        server.stop().await;
        let (again, took) = place.serve(cores).await;
        starts.push(took);
        server = again;
    }
    starts.sort_unstable();
    Contender {
        name: name.to_owned(),
        address: server.address().to_owned(),
        started,
        started_again: Some(starts[STARTS / 2]),
        idle_memory,
        loaded_memory: Cell::new(0),
        requests: requests(&keys, values),
        roots: place.roots(&server),
        _alive: Box::new((server, place)),
    }
}

pub async fn with_names(cores: Cores, count: usize) -> Contender {
    /// The most names over which reads and writes are spread.
    const MOST: usize = 10_000;
    let place = Place::new(Vec::new(), None).await;
    let keys = place.keys().await;
    let (server, started) = place.serve(cores).await;
    import(server.address(), &keys, Size::Small, count).await;
    let requests = Arc::new(Requests::prepare(&keys, &Arc::new(Values::of(Size::Small, count, MOST))));
    Contender {
        name: count.to_string(),
        address: server.address().to_owned(),
        started,
        started_again: None,
        idle_memory: 0,
        loaded_memory: Cell::new(0),
        requests: [Arc::clone(&requests), requests],
        roots: place.roots(&server),
        _alive: Box::new((server, place)),
    }
}

async fn import(address: &str, keys: &Keys, size: Size, count: usize) {
    let document =
        "mutation($input: import_secrets_input!) { import_secrets(input: $input) { success error } }";
    let at_once = IMPORT.min(IMPORT_BYTES / size.bytes());
    let key = format!("Bearer {}", keys.user);
    let mut connection = Connection::open(address).await.expect("the server listens");
    for first in (0..count).step_by(at_once) {
        let secret = |number| {
            format!("{{\"name\":\"{}\",\"value\":\"{}\"}}", name(size, number), value(size, number, 0))
        };
        let secrets: Vec<String> = (first..count.min(first + at_once)).map(secret).collect();
        let body = format!(
            "{{\"query\":\"{document}\",\"variables\":{{\"input\":{{\"secrets\":[{}]}}}}}}",
            secrets.join(",")
        );
        let request = http::request("POST", "/graphql", &[("Authorization", &key)], &body);
        let answer = connection.ask(&request).await.expect("the server answers");
        let text = String::from_utf8_lossy(answer.body);
        assert!(text.contains(r#""success":true"#), "names could not be imported: {text}");
    }
}
