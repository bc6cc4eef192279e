//! Strongroom itself: with a runner's key for reads, a user's key for writes, and the default settings.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use strongroom_tests::postgres::{self, Database};
use strongroom_tests::{Server, Store};

use super::openbao::Tokens;
use super::{Contender, Dialect, graphql, idle_memory, requests};
use crate::http::{Connection, Prepared};
use crate::load::Requests;
use crate::machine::Cores;
use crate::page::{ON_POSTGRESQL, STRONGROOM, THROUGH_VAULTS_API};
use crate::value::{NAMES, Size, Values, name, value};

const IMPORT: usize = 5000;
/// Of values in one import: with the rest of the request, a body has at most 5 MiB.
const IMPORT_BYTES: usize = 4_200_000;
const STARTS: usize = 5;

#[derive(Clone)]
struct Keys {
    runner: String,
    user: String,
}

impl Keys {
    async fn new(store: &Arc<Store>) -> Self {
        let team = store.team("bench").await;
        Self { runner: team.new_key("runner").await, user: team.new_key("user").await }
    }
}

impl Dialect for Keys {
    const BEFORE_VALUE: &'static str = r#"{"data":{"secret_value":""#;
    const WRITTEN: &'static str = r#"{"data":{"set_secret":{"success":true,"error":null}}}"#;

    fn read(&self, name: &str) -> Prepared {
        ask(&self.runner, "query($name: String!) { secret_value(name: $name) }", &json!({"name": name}))
    }

    fn write(&self, name: &str, value: &str) -> Option<Prepared> {
        Some(ask(
            &self.user,
            "mutation($name: String!, $value: JSON) { set_secret(input: { name: $name, value: $value }) \
             { success error } }",
            &json!({"name": name, "value": value}),
        ))
    }

    fn first_page(&self) -> Option<Prepared> {
        let document = "{ secret(order_by: [{ name: asc }], limit: 50) { name } }";
        Some(ask(&self.user, document, &json!({})))
    }
}

fn ask(key: &str, document: &str, variables: &Value) -> Prepared {
    graphql(&[("Authorization", &format!("Bearer {key}"))], document, variables)
}

pub async fn on_sqlite(cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    start(STRONGROOM, Store::new(), None, cores, values, Keys::clone).await
}

/// The same with the requests that OpenBao gets.
pub async fn through_vaults_api(cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    let tokens = |keys: &Keys| Tokens { reader: keys.runner.clone(), writer: keys.user.clone() };
    start(THROUGH_VAULTS_API, Store::new(), None, cores, values, tokens).await
}

/// Strongroom on its own PostgreSQL, or the reason why there is none.
pub async fn on_postgresql(cores: Cores, values: &[Arc<Values>; 2]) -> Result<Contender, String> {
    postgres::version()?;
    let database = cores.serving(async { Database::create() }).await;
    let process = database.pid();
    let store = Store::on_postgres(database);
    Ok(start(ON_POSTGRESQL, store, process, cores, values, Keys::clone).await)
}

/// `database` is the process of the database, if it has one.
async fn start<D: Dialect>(
    name: &str,
    store: Arc<Store>,
    database: Option<u32>,
    cores: Cores,
    values: &[Arc<Values>; 2],
    dialect: impl FnOnce(&Keys) -> D,
) -> Contender {
    let keys = Keys::new(&store).await;
    let (mut server, started) = serve(&store, cores).await;
    let roots = |server: &Server| [server.pid()].into_iter().chain(database).collect::<Vec<_>>();
    let idle_memory = idle_memory(&roots(&server)).await;
    for size in Size::ALL {
        import(server.address(), &keys, size, NAMES).await;
    }
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        server.stop().await;
        let (again, took) = serve(&store, cores).await;
        starts.push(took);
        server = again;
    }
    starts.sort_unstable();
    let (address, roots) = (server.address().to_owned(), roots(&server));
    let contender = Contender::new(name, &address, started, requests(&dialect(&keys), values), roots, server);
    Contender { started_again: Some(starts[STARTS / 2]), idle_memory, ..contender }
}

pub async fn with_names(cores: Cores, count: usize) -> Contender {
    /// The maximum number of names over which reads and writes are spread.
    const MOST: usize = 10_000;
    let store = Store::new();
    let keys = Keys::new(&store).await;
    let (server, started) = serve(&store, cores).await;
    import(server.address(), &keys, Size::Small, count).await;
    let requests = Arc::new(Requests::prepare(&keys, &Arc::new(Values::of(Size::Small, count, MOST))));
    let requests = [Arc::clone(&requests), requests];
    let (address, roots) = (server.address().to_owned(), vec![server.pid()]);
    Contender::new(&count.to_string(), &address, started, requests, roots, server)
}

async fn serve(store: &Arc<Store>, cores: Cores) -> (Server, Duration) {
    let start = Instant::now();
    let server = cores.serving(store.serve()).await;
    (server, start.elapsed())
}

async fn import(address: &str, keys: &Keys, size: Size, count: usize) {
    let document =
        "mutation($input: import_secrets_input!) { import_secrets(input: $input) { success error } }";
    let at_once = IMPORT.min(IMPORT_BYTES / size.bytes());
    let mut connection = Connection::open(address).await.expect("the server listens");
    for first in (0..count).step_by(at_once) {
        let secret = |number| json!({"name": name(size, number), "value": value(size, number, 0)});
        let secrets: Value = (first..count.min(first + at_once)).map(secret).collect();
        let request = ask(&keys.user, document, &json!({"input": {"secrets": secrets}}));
        let answer = connection.ask(&request).await.expect("the server answers");
        let text = String::from_utf8_lossy(&answer.body);
        assert!(text.contains(r#""success":true"#), "names could not be imported: {text}");
    }
}
