//! The real Prefect client, unmodified: whatever it did with its own hosted service, it does here.

mod command_line;
mod configuration;
mod documentation;
mod flows;
mod outcomes;
mod run;
mod values;

use strongroom_tests::python::Prefect;
use strongroom_tests::{Server, Team};

struct Scene {
    server: Server,
    team: Team,
    writer: Prefect,
    runner: Prefect,
}

impl Scene {
    async fn new() -> Self {
        let server = Server::start().await;
        let team = server.team("acme").await;
        let writer = Prefect::at(&server).with_key(&team.new_key("user").await);
        let runner = Prefect::at(&server).with_key(&team.new_key("runner").await);
        Self { server, team, writer, runner }
    }
}
