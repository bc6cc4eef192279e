//! The page in a real Chromium, as users see and use it.

mod account;
mod api_keys;
mod audit_log;
mod editing;
mod failures;
mod importing;
mod keeping;
mod listing;
mod live;
mod loading;
mod log_in;
mod look;
mod members;
mod privacy;
mod proxy;
mod roles;
mod selection;
mod set_up;
mod story;
mod teams;
mod trusted_workloads;
mod values;
mod webhook;

use strongroom_tests::browser::Browser;
use strongroom_tests::page::{LogInPage, SecretsPage};
use strongroom_tests::{Client, Person, Server, Store, Team};

struct Scene {
    browser: Browser,
    person: Person,
    runner: Client,
    writer: Client,
    team: Team,
    server: Server,
}

impl Scene {
    async fn new(role: &str) -> Self {
        Self::with(role, &[]).await
    }

    async fn with(role: &str, arguments: &[&str]) -> Self {
        let server = Server::start_on(&Store::new(), arguments).await;
        let team = server.team("acme").await;
        let person = team.person(role).await;
        let (runner, writer) = (team.key("runner").await, team.key("user").await);
        let browser = Browser::start(&server).await;
        Self { browser, person, runner, writer, team, server }
    }

    /// A scene with secrets such as `A`, whose value is `the value of A`.
    async fn with_secrets(role: &str, names: &[&str]) -> Self {
        let scene = Self::new(role).await;
        scene.writer.set_each(names).await;
        scene
    }

    async fn log_in(&self) -> SecretsPage<'_> {
        LogInPage::open(&self.browser).await.log_in(&self.person).await
    }
}
