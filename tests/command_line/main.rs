//! The command line as it is used: typed, piped into, started by scripts, interrupted, killed.
//!
//! One module per command or subject. `run` is the one that starts other programs.

mod about;
mod crash;
mod env_files;
mod export;
mod guides;
mod import;
mod library;
mod run;
mod secrets;
mod settings;
mod typed;
mod watch;

use serde_json::json;
use strongroom_tests::{Client, Machine, Server, Team};

/// A server with one team, someone who looks on, and two machines: one that may set secrets, one that may read them.
struct Scene {
    server: Server,
    team: Team,
    admin: Client,
    writer: Machine,
    runner: Machine,
}

impl Scene {
    async fn new() -> Self {
        Self::of(Server::start().await).await
    }

    /// The machine with that server in its settings.
    async fn of(server: Server) -> Self {
        let team = server.team("acme").await;
        let admin = team.key("administrator").await;
        let writer = Machine::at(&server).with_key(&team.new_key("user").await);
        let runner = Machine::at(&server).with_key(&team.new_key("runner").await);
        Self { server, team, admin, writer, runner }
    }

    /// Someone who reads values through the API.
    async fn reader(&self) -> Client {
        self.team.key("runner").await
    }

    /// How many values have been read so far, as the audit log has it.
    async fn reads(&self) -> usize {
        let reads = json!({"action": {"_eq": "read:secret-value"}});
        self.admin.audit(reads).await.len()
    }
}
