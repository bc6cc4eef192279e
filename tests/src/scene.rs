//! What most stories begin with.

use serde_json::json;

use crate::client::Client;
use crate::server::Server;
use crate::team::Team;

/// A server with one team. The three clients have API keys.
pub struct Scene {
    pub server: Server,
    pub team: Team,
    pub admin: Client,
    pub writer: Client,
    pub runner: Client,
}

impl Scene {
    pub async fn new() -> Self {
        Self::on(Server::start().await).await
    }

    pub async fn on(server: Server) -> Self {
        let team = server.team("acme").await;
        let admin = team.key("administrator").await;
        let (_, writer) = admin.new_key(json!({"name": "writer", "role": "user"})).await;
        let (_, runner) = admin.new_key(json!({"name": "runner", "role": "runner"})).await;
        Self { server, team, admin, writer, runner }
    }
}
