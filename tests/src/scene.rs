//! What most stories begin with.

use serde_json::json;

use crate::client::Client;
use crate::server::Server;
use crate::team::Team;

/// A server with one team, its administrator, someone who may set secrets and a program that may read them. All three have
/// a key.
pub struct Scene {
    /// The server.
    pub server: Server,
    /// The team.
    pub team: Team,
    /// Someone who may do everything but read values.
    pub admin: Client,
    /// Someone who may set secrets.
    pub writer: Client,
    /// A program that may read values.
    pub runner: Client,
}

impl Scene {
    /// One on a new, empty store.
    pub async fn new() -> Self {
        Self::on(Server::start().await).await
    }

    /// One on a server that has no team yet.
    pub async fn on(server: Server) -> Self {
        let team = server.team("acme").await;
        let admin = team.key("administrator").await;
        let (_, writer) = admin.new_key(json!({"name": "writer", "role": "user"})).await;
        let (_, runner) = admin.new_key(json!({"name": "runner", "role": "runner"})).await;
        Self { server, team, admin, writer, runner }
    }
}
