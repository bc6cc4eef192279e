//! The same stories as in `api`, on PostgreSQL. Left out are those that look into SQLite's file, those that no database has
//! a part in (credentials, set-up, how values are written, what errors say), and the long table of permissions, of which the database knows nothing
//! but rows.

#[path = "../api/admin.rs"]
mod admin;
#[path = "../api/audit.rs"]
mod audit;
#[path = "../api/history.rs"]
mod history;
#[path = "../api/import.rs"]
mod import;
#[path = "../api/keys.rs"]
mod keys;
#[path = "../api/limited_keys.rs"]
mod limited_keys;
#[path = "../api/listing.rs"]
mod listing;
#[path = "../api/members.rs"]
mod members;
#[path = "../api/names.rs"]
mod names;
#[path = "../api/roles.rs"]
mod roles;
#[path = "../api/secrets.rs"]
mod secrets;
#[path = "../api/sessions.rs"]
mod sessions;
#[path = "../api/teams.rs"]
mod teams;
#[path = "../api/throttle.rs"]
mod throttle;

use strongroom_tests::{Client, Server};

/// A server with one team, someone who may set secrets and a program that may read them: what most stories need.
struct Scene {
    server: Server,
    writer: Client,
    runner: Client,
}

impl Scene {
    async fn new() -> Self {
        let server = Server::start().await;
        let team = server.team("acme").await;
        let writer = team.key("user").await;
        let runner = team.key("runner").await;
        Self { server, writer, runner }
    }
}
