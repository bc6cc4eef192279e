//! Single sign-on, with a real OpenID Connect provider: over plain HTTP, and with the button in a real
//! Chromium.

mod button;
mod configuration;
mod joining;
mod log_in;
mod providers;
mod refusals;

use reqwest::StatusCode;
use serde_json::{Value, json};
use strongroom_tests::provider::Provider;
use strongroom_tests::{Client, Person, Reply, Server, Store, Team};

const BEGIN: &str = "/log-in/oidc";
const CALLBACK: &str = "/log-in/oidc/callback";

struct Scene {
    provider: Provider,
    server: Server,
    team: Team,
    admin: Client,
}

impl Scene {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(arguments: &[&str]) -> Self {
        let provider = Provider::start(&Store::new()).await;
        let server = Server::start_on(&provider.store, &[&provider.settings(), arguments].concat()).await;
        let team = server.team("acme").await;
        let admin = team.key("administrator").await;
        Self { provider, server, team, admin }
    }

    /// The same with another server, which has a suffix of the issuer and is one of the provider's clients.
    async fn with_settings(self, suffix: &str, client_id: &str, arguments: &[&str]) -> Self {
        let Self { provider, server, team, admin } = self;
        server.stop().await;
        let issuer = format!("{}{suffix}", provider.issuer());
        let settings = provider.settings_of(&issuer, client_id);
        let server = Server::start_on(&provider.store, &[&settings, arguments].concat()).await;
        Self { team: team.at(&server), admin: admin.at(&server), provider, server }
    }

    async fn member(&self, account: &str) -> Person {
        let person = self.team.person("user").await;
        self.provider.knows(account, &person.email, true).await;
        person
    }

    async fn assert_refused(&self, account: &str, problem: &str) {
        let (visitor, back) = self.visit(account).await;
        self.assert_fails(&visitor, &back, problem).await;
    }

    /// A new visitor who has logged in at the provider, and the address to which it has redirected them.
    async fn visit(&self, account: &str) -> (Client, String) {
        let visitor = self.server.nobody();
        let back = self.provider.log_in(&self.begin(&visitor).await, account).await;
        (visitor, back)
    }

    async fn assert_fails(&self, visitor: &Client, back: &str, problem: &str) {
        assert_problem(visitor, &self.come_back(visitor, back).await, problem).await;
    }

    async fn begin(&self, visitor: &Client) -> String {
        let reply = visitor.get_page(BEGIN).await;
        let location = redirect(&reply);
        assert!(location.starts_with(self.provider.issuer()), "{reply:?}");
        location.to_owned()
    }

    async fn come_back(&self, visitor: &Client, address: &str) -> Reply {
        let path = address.strip_prefix(self.server.url()).unwrap_or_default();
        assert!(path.starts_with(CALLBACK), "the provider redirects to {address}");
        visitor.get_page(path).await
    }

    async fn log_in(&self, account: &str) -> Client {
        let (visitor, back) = self.visit(account).await;
        assert_eq!(redirect(&self.come_back(&visitor, &back).await), "/");
        visitor
    }

    async fn audit(&self, action: &str) -> Vec<Value> {
        self.admin.audit(json!({"action": {"_eq": action}})).await
    }
}

/// The name and value of the first cookie that a reply sets.
fn cookie_of(reply: &Reply) -> &str {
    reply.header("set-cookie").split(';').next().expect("a cookie")
}

/// The target of a redirect, which must turn every method into `GET`.
fn redirect(reply: &Reply) -> &str {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{reply:?}");
    assert!(reply.header("cache-control").contains("no-store"), "{reply:?}");
    reply.header("location")
}

async fn assert_problem(visitor: &Client, reply: &Reply, problem: &str) {
    assert_eq!(redirect(reply), format!("/log-in?problem={problem}"));
    visitor.assert_unknown().await;
}
