//! The Rust library as a program uses it: a real server, and a road to it that can be cut.

mod client;
mod failures;
mod road;
mod secret;
mod task;

use strongroom::Client;
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
}

fn client(url: &str, key: &str) -> Client {
    Client::builder(url).key(key).build().expect("a client")
}
