//! A real OpenID Connect provider, in its own Node.js, and the actions of its users.

use std::sync::Arc;

use reqwest::{RequestBuilder, Url, header};
use serde_json::{Value, json};

use crate::node::Node;
use crate::store::Store;
use crate::{http, text, tool};

/// The server's client id. The secret has characters that must be escaped.
pub const CLIENT_ID: &str = "strongroom";
/// The client whose secret must be in the request's body.
pub const POST_CLIENT_ID: &str = "strongroom-post";
const CLIENT_SECRET: &str = "a provider's secret: 100% + more";

/// A running provider. Killed when dropped.
pub struct Provider {
    node: Node,
    secret_file: String,
    pub store: Arc<Store>,
}

impl Provider {
    pub async fn start(store: &Arc<Store>) -> Self {
        Self::start_at(store, "0").await
    }

    /// Replaces it by another one at the same address, with new keys and no accounts.
    pub async fn start_again(&mut self) {
        self.stop().await;
        let (_, port) = self.issuer().rsplit_once(':').expect("there is a port in it");
        *self = Self::start_at(&self.store, port).await;
    }

    async fn start_at(store: &Arc<Store>, port: &str) -> Self {
        let cached = "oidc-provider-9.13.3/node_modules/oidc-provider/lib/index.js";
        let module = tool::path("STRONGROOM_OIDC_PROVIDER", cached);
        let arguments = [text(&module), CLIENT_ID, CLIENT_SECRET, port];
        let node = Node::start(store, "oidc/provider.mjs", &arguments).await;
        Self { node, secret_file: store.password_file(CLIENT_SECRET), store: Arc::clone(store) }
    }

    pub fn issuer(&self) -> &str {
        &self.node.url
    }

    pub fn settings(&self) -> [&str; 6] {
        self.settings_of(self.issuer(), CLIENT_ID)
    }

    /// The same for another spelling of the issuer, and for either client.
    pub fn settings_of<'a>(&'a self, issuer: &'a str, client_id: &'a str) -> [&'a str; 6] {
        [
            "--oidc-issuer", issuer, "--oidc-client-id", client_id, "--oidc-client-secret-file",
            &self.secret_file,
        ]
    }

    pub async fn knows(&self, subject: &str, email: &str, verified: bool) {
        let claims = json!({"email": email, "email_verified": verified});
        self.tell(json!({"accounts": {subject: claims}})).await;
    }

    /// Sets the only account, with a verified address, and the provider's deviations from the standard.
    pub async fn behaves(&self, subject: &str, email: &str, otherwise: &Value) {
        let claims = json!({"email": email, "email_verified": true});
        let mut told = json!({
            "accounts": {subject: claims}, "id_token": {}, "drop": [], "userinfo": {}, "token": {}, "document": {},
            "keys": [], "header": {}, "late": null, "foreign_key": false,
        });
        for (name, value) in otherwise.as_object().expect("an object") {
            told[name] = value.clone();
        }
        self.tell(told).await;
    }

    /// Sets accounts and deviations, see `oidc/provider.mjs`.
    pub async fn tell(&self, what: Value) {
        let request = http::client().put(self.issuer()).body(what.to_string());
        let confidential = request.send().await.expect("the provider listens");
        let confidential = confidential.json().await.expect("it answers");
        self.store.must_stay_secret_in(&confidential);
    }

    /// Logs in at the provider, and returns the address to which it redirects.
    pub async fn log_in(&self, address: &str, account: &str) -> String {
        self.fill_in(address, &format!("account={account}")).await
    }

    pub async fn cancel(&self, address: &str) -> String {
        self.fill_in(address, "cancel=yes").await
    }

    async fn fill_in(&self, address: &str, form: &str) -> String {
        let person = http::client();
        let page = self.follow(&person, person.get(address)).await;
        let form_type = "application/x-www-form-urlencoded";
        let filled_in = person.post(page).header(header::CONTENT_TYPE, form_type).body(form.to_owned());
        let url = self.follow(&person, filled_in).await;
        assert!(!url.as_str().starts_with(self.issuer()), "the provider does not accept {form}");
        for (name, value) in url.query_pairs() {
            if name == "code" || name == "state" {
                self.store.must_stay_secret(&value);
            }
        }
        url.into()
    }

    /// Follows redirects until there is a page of the provider, or one leads elsewhere.
    async fn follow(&self, person: &reqwest::Client, mut request: RequestBuilder) -> Url {
        loop {
            let reply = request.send().await.expect("the provider answers");
            let url = reply.url().clone();
            let Some(location) = reply.headers().get(header::LOCATION) else {
                let (status, text) = (reply.status(), reply.text().await.expect("it is text"));
                assert!(status.is_success(), "{url} answers {status}: {text}");
                return url;
            };
            let location = location.to_str().expect("addresses are ASCII");
            let next = url.join(location).expect("an address");
            if !next.as_str().starts_with(self.issuer()) {
                return next;
            }
            request = person.get(next);
        }
    }

    pub async fn stop(&mut self) {
        self.node.stop().await;
    }
}
