//! The page in a real Chromium, by what a person sees and does.

mod editing;
mod failures;
mod listing;
mod log_in;
mod look;
mod privacy;
mod set_up;
mod values;

use strongroom_tests::browser::Browser;
use strongroom_tests::page::{LogInPage, SecretsPage};
use strongroom_tests::{Client, Person, Server, Team};

/// A team with somebody at the browser, and a program that reads what they store.
struct Scene {
    browser: Browser,
    person: Person,
    runner: Client,
    writer: Client,
    team: Team,
    server: Server,
}

impl Scene {
    /// Somebody of that role, who has not logged in yet.
    async fn new(role: &str) -> Self {
        let server = Server::start().await;
        let team = server.team("acme").await;
        let person = team.person(role).await;
        let (runner, writer) = (team.key("runner").await, team.key("user").await);
        let browser = Browser::start(&server).await;
        Self {
            browser,
            person,
            runner,
            writer,
            team,
            server,
        }
    }

    /// Logs in and looks at the Secrets page.
    async fn log_in(&self) -> SecretsPage<'_> {
        LogInPage::open(&self.browser).await.log_in(&self.person).await
    }
}
