//! Single sign-on, with a real OpenID Connect provider: over plain HTTP, and with the button in a real
//! Chromium.

mod button;
mod configuration;
mod joining;
mod log_in;
mod providers;
mod refusals;

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use strongroom_tests::client::Reply;
use strongroom_tests::provider::{CLIENT_ID, Provider};
use strongroom_tests::{Client, Person, Server, Store, Team};

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
        let store = Store::new();
        let provider = Provider::start(&store).await;
        Self::at(store, provider, "", CLIENT_ID, arguments).await
    }

    /// The same, with `suffix` after the issuer, as one of the provider's clients.
    async fn at(
        store: Arc<Store>,
        provider: Provider,
        suffix: &str,
        client_id: &str,
        arguments: &[&str],
    ) -> Self {
        let issuer = format!("{}{suffix}", provider.issuer());
        let settings = provider.settings_of(&issuer, client_id);
        let server = Server::start_on(&store, &[&settings, arguments].concat()).await;
        let team = server.team("acme").await;
        let admin = team.key("administrator").await;
        Self { provider, server, team, admin }
    }

    async fn member(&self, account: &str) -> Person {
        let person = self.team.person("user").await;
        self.provider.knows(account, &person.email, true).await;
        person
    }

    async fn assert_refused(&self, account: &str, problem: &str) {
        let visitor = self.server.nobody();
        let reply = self.try_log_in(&visitor, account).await;
        assert_problem(&visitor, &reply, problem).await;
    }

    async fn begin(&self, visitor: &Client) -> String {
        let reply = visitor.get_page(BEGIN).await;
        let location = redirect(&reply);
        assert!(location.starts_with(self.provider.issuer()), "{reply:?}");
        location.to_owned()
    }

    async fn come_back(&self, visitor: &Client, address: &str) -> Reply {
        let path = address
            .strip_prefix(self.server.url())
            .unwrap_or_else(|| panic!("the provider leads elsewhere: {address}"));
        assert!(path.starts_with(CALLBACK), "{address}");
        visitor.get_page(path).await
    }

    async fn try_log_in(&self, visitor: &Client, account: &str) -> Reply {
        let address = self.begin(visitor).await;
        let back = self.provider.log_in(&address, account).await;
        self.come_back(visitor, &back).await
    }

    async fn log_in(&self, account: &str) -> Client {
        let visitor = self.server.nobody();
        assert_eq!(redirect(&self.try_log_in(&visitor, account).await), "/");
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

/// Where a reply leads to, which has to be a redirect that turns whatever was asked into a plain `GET`.
fn redirect(reply: &Reply) -> &str {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{reply:?}");
    assert!(reply.header("cache-control").contains("no-store"), "{reply:?}");
    reply.header("location")
}

async fn assert_problem(visitor: &Client, reply: &Reply, problem: &str) {
    assert_eq!(redirect(reply), format!("/log-in?problem={problem}"));
    visitor.assert_unknown().await;
}
