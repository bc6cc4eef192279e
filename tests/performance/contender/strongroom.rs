//! Strongroom itself: with a runner's key for reads, a user's key for writes, and everything as it is by default.

use std::sync::Arc;
use std::time::{Duration, Instant};

use strongroom_tests::postgres::{self, Cluster};
use strongroom_tests::{Server, Store};

use super::{Contender, Dialect, Started, graphql};
use crate::http::{self, Connection};
use crate::machine::Cores;
use crate::value::{NAMES, Size, Values, name, value};

const IMPORT: usize = 5000;
/// How many bytes of values an import brings at most: with what is around them, a body has at most 5 MiB.
const IMPORT_BYTES: usize = 4_200_000;
const STARTS: usize = 5;

struct Keys {
    runner: String,
    user: String,
}

struct Place {
    store: Arc<Store>,
    settings: Vec<String>,
    /// `None` where the database is a file in the folder.
    cluster: Option<Cluster>,
}

impl Place {
    async fn serve(&self) -> (Server, Duration) {
        let settings = self.settings.iter().map(String::as_str);
        let serve = ["serve", "--listen", "127.0.0.1:0"];
        let command = self.store.command(settings.chain(serve));
        let start = Instant::now();
        let server = Server::start_command(&self.store, command).await;
        (server, start.elapsed())
    }

    /// What an admin command has said; whether it failed is the caller's to see.
    async fn admin(&self, arguments: &[&str]) -> strongroom_tests::store::Ran {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        self.store.run(&[settings.as_slice(), &["admin"], arguments].concat()).await
    }

    async fn key(&self, role: &str) -> String {
        let key = ["create-key", "--team", "bench", "--name", role, "--role", role];
        let key = self.admin(&key).await.succeeded().trim().to_owned();
        self.store.must_stay_secret(&key);
        key
    }

    async fn keys(&self) -> Keys {
        Keys { runner: self.key("runner").await, user: self.key("user").await }
    }
}

impl Dialect for Keys {
    fn read(&self, name: &str) -> Vec<u8> {
        ask(&self.runner, "query($name: String!) { secret_value(name: $name) }", &[("name", name)])
    }

    fn before_value(&self) -> &'static str {
        r#"{"data":{"secret_value":""#
    }

    fn write(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        Some(ask(
            &self.user,
            "mutation($name: String!, $value: JSON) { set_secret(input: { name: $name, value: $value }) \
             { success error } }",
            &[("name", name), ("value", value)],
        ))
    }

    fn written(&self) -> (u16, &'static str) {
        (200, r#"{"data":{"set_secret":{"success":true,"error":null}}}"#)
    }

    fn first_page(&self) -> Option<Vec<u8>> {
        let document = "{ secret(order_by: [{ name: asc }], limit: 50) { name } }";
        Some(ask(&self.user, document, &[]))
    }
}

fn ask(key: &str, document: &str, variables: &[(&str, &str)]) -> Vec<u8> {
    let key = format!("Bearer {key}");
    graphql(&[("Authorization", &key)], "/graphql", document, variables)
}

/// A contender, and how long its server takes to start on what is there: the median of several times.
pub struct Strongroom {
    pub contender: Contender,
    pub start_again: Duration,
}

pub async fn on_sqlite(cores: Cores, values: &[Arc<Values>; 2]) -> Strongroom {
    let place = Place { store: Store::new(), settings: Vec::new(), cluster: None };
    place.admin(&["create-team", "--slug", "bench", "--name", "Bench"]).await.succeeded();
    start("Strongroom", place, cores, values).await
}

/// Strongroom on a PostgreSQL of its own; or why there is none.
pub async fn on_postgresql(cores: Cores, values: &[Arc<Values>; 2]) -> Result<Strongroom, String> {
    postgres::version()?;
    let cluster = cores.serving(async { Cluster::start() }).await;
    let place = Place {
        store: Store::new(),
        settings: vec!["--database-url".to_owned(), cluster.admin_url("postgres")],
        cluster: Some(cluster),
    };
    place.admin(&["create-team", "--slug", "bench", "--name", "Bench"]).await.succeeded();
    Ok(start("Strongroom on PostgreSQL", place, cores, values).await)
}

async fn start(name: &str, place: Place, cores: Cores, values: &[Arc<Values>; 2]) -> Strongroom {
    let keys = place.keys().await;
    let (server, started) = cores.serving(place.serve()).await;
    let mut alive = begun(name, server, place, started);
    let idle_memory = alive.idle_memory().await;
    for size in Size::ALL {
        import(&alive.address, &keys, size, NAMES).await;
    }
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let (server, place) = *alive.alive.downcast::<(Server, Place)>().expect("they are these");
        server.stop().await;
        let (server, took) = cores.serving(place.serve()).await;
        starts.push(took);
        alive = begun(name, server, place, started);
    }
    starts.sort_unstable();
    Strongroom { contender: alive.filled(&keys, idle_memory, values), start_again: starts[STARTS / 2] }
}

pub async fn with_names(cores: Cores, count: usize) -> Contender {
    /// Reads and writes are spread over so many of the names at most.
    const MOST: usize = 10_000;
    let place = Place { store: Store::new(), settings: Vec::new(), cluster: None };
    place.admin(&["create-team", "--slug", "bench", "--name", "Bench"]).await.succeeded();
    let keys = place.keys().await;
    let (server, started) = cores.serving(place.serve()).await;
    let started = begun(&count.to_string(), server, place, started);
    import(&started.address, &keys, Size::Small, count).await;
    let small = Arc::new(Values::of(Size::Small, count, MOST));
    started.filled(&keys, 0, &[Arc::clone(&small), small])
}

fn begun(name: &str, server: Server, place: Place, took: Duration) -> Started {
    let mut roots = vec![server.pid()];
    roots.extend(place.cluster.as_ref().map(Cluster::pid));
    Started {
        name: name.to_owned(),
        address: server.address().to_owned(),
        took,
        roots,
        alive: Box::new((server, place)),
    }
}

async fn import(address: &str, keys: &Keys, size: Size, count: usize) {
    let document =
        "mutation($input: import_secrets_input!) { import_secrets(input: $input) { success error } }";
    let at_once = IMPORT.min(IMPORT_BYTES / size.bytes());
    let key = format!("Bearer {}", keys.user);
    let mut connection = Connection::open(address).await.expect("the server listens");
    for first in (0..count).step_by(at_once) {
        let secrets: Vec<String> = (first..count.min(first + at_once))
            .map(|number| {
                let (name, value) = (name(size, number), value(size, number, 0));
                format!("{{\"name\":\"{name}\",\"value\":\"{value}\"}}")
            })
            .collect();
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
