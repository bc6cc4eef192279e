//! The Rust library as a program uses it, with a real server and a connection to it that can break.

/// Asserts that a result is this error.
macro_rules! assert_fails {
    ($result:expr, $pattern:pat $(if $guard:expr)?) => {
        let result = $result;
        assert!(matches!(result, Err($pattern) $(if $guard)?), "{result:?}");
    };
}

mod client;
mod failures;
mod secret;
mod task;

use serde_json::Value;
use strongroom::local::{Configuration, Surroundings};
use strongroom::{Client, Context};
use strongroom_tests::{Server, Team};

struct Scene {
    server: Server,
    team: Team,
    writer: Client,
    runner: Client,
}

impl Scene {
    async fn new() -> Self {
        let server = Server::start().await;
        let team = server.team("acme").await;
        let writer = client(server.url(), &team.new_key("user").await);
        let runner = client(server.url(), &team.new_key("runner").await);
        Self { server, team, writer, runner }
    }

    async fn value(&self, name: &str) -> Value {
        self.runner.secret_value(name).await.expect("a value").value().clone()
    }

    async fn names(&self) -> Vec<String> {
        self.runner.secret_names().await.expect("names")
    }
}

fn client(url: &str, key: &str) -> Client {
    Client::builder(url).key(key).build().expect("a client")
}

/// A machine without files that has these variables.
fn machine(variables: &[(&str, &str)]) -> Context {
    let nowhere = [("HOME", "/nowhere"), ("PREFECT__USER_CONFIG_PATH", "/nowhere/config.toml")];
    let surroundings = Surroundings::new(nowhere.into_iter().chain(variables.iter().copied()));
    Context::new(Configuration::load(&surroundings).expect("a configuration"))
}
