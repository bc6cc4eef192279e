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
mod login;
mod run;
mod secrets;
mod settings;
mod typed;
mod watch;

use serde_json::{Value, json};
use strongroom_tests::{Client, Machine, Server, Team, text};

/// Text that programs must not repeat.
const SECRET: &str = "hunter2hunter2";
/// An API key of no team.
const UNKNOWN_KEY: &str = "sr_0000000000000000000000000000000000000000000000000";

struct Scene {
    server: Server,
    team: Team,
    admin: Client,
    reader: Client,
    writer: Machine,
    runner: Machine,
}

impl Scene {
    async fn new() -> Self {
        Self::of(Server::start().await).await
    }

    /// A scene with secrets such as `A`, whose value is `the value of A`.
    async fn with_secrets(names: &[&str]) -> Self {
        let scene = Self::new().await;
        scene.admin.set_each(names).await;
        scene
    }

    async fn of(server: Server) -> Self {
        server.store().must_stay_secret(SECRET);
        let team = server.team("acme").await;
        let (admin, reader) = (team.key("administrator").await, team.key("runner").await);
        let writer = Machine::at(&server).with_key(&team.new_key("user").await);
        let runner = Machine::at(&server).with_key(&team.new_key("runner").await);
        Self { server, team, admin, reader, writer, runner }
    }

    async fn limited(&self, role: &str, secrets: &[&str]) -> Machine {
        let input = json!({"name": "limited", "role": role, "secrets": secrets});
        let (_, limited) = self.admin.new_key(input).await;
        Machine::at(&self.server).with_key(limited.key())
    }

    /// Output for a snapshot: `URL`, `HOME` and `#` stand for what differs from run to run.
    fn redacted(&self, machine: &Machine, output: &str) -> String {
        let output = output.replace(self.server.url(), "URL").replace(text(machine.home()), "HOME");
        output.replace(|character: char| character.is_ascii_digit(), "#")
    }

    async fn reads(&self) -> usize {
        let reads = json!({"action": {"_eq": "read:secret-value"}});
        self.admin.audit(reads).await.len()
    }
}

/// Writes a JSON file of that many secrets to import.
fn secrets_file(machine: &Machine, file: &str, count: usize, secret: impl Fn(usize) -> (String, String)) {
    let secrets: Value = (0..count).map(secret).collect();
    machine.file(file, secrets.to_string());
}
