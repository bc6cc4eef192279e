//! A real issuer of workloads' tokens, in its own Node.js.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::answer::Reply;
use crate::http;
use crate::node::Node;
use crate::store::Store;

/// A running issuer. Killed when dropped.
pub struct Issuer {
    node: Node,
    store: Arc<Store>,
}

impl Issuer {
    /// Starts one. No log of the store's servers may show its tokens.
    pub async fn start(store: &Arc<Store>) -> Self {
        let node = Node::start(store, "src/issuer.mjs", &[""; 0]).await;
        Self { node, store: Arc::clone(store) }
    }

    pub fn url(&self) -> &str {
        &self.node.url
    }

    /// Signs a token with these claims, of an RSA key; `aud` is the tests' audience unless it is among them.
    pub async fn token(&self, claims: Value) -> String {
        self.sign(json!({ "claims": claims })).await
    }

    /// Signs a token as `how` says: `alg`, `key`, `header`, `claims`.
    pub async fn sign(&self, mut how: Value) -> String {
        let claims = how["claims"].as_object_mut().expect("claims");
        claims.entry("aud").or_insert_with(|| AUDIENCE.into());
        let reply = self.ask(reqwest::Method::POST, "/sign", how).await;
        let token = reply["token"].as_str().expect("a token").to_owned();
        self.store.must_stay_secret(&token);
        token
    }

    /// Whether it answers servers.
    pub async fn set_down(&self, is_down: bool) {
        self.ask(reqwest::Method::PUT, "/down", is_down.into()).await;
    }

    /// How often its keys were asked for.
    pub async fn requests(&self) -> i64 {
        let reply = self.ask(reqwest::Method::GET, "/requests", Value::Null).await;
        reply["requests"].as_i64().expect("a number")
    }

    /// Its keys, as people paste them.
    pub async fn keys(&self) -> String {
        self.ask(reqwest::Method::GET, "/keys", Value::Null).await.to_string()
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let request = http::client().request(method, format!("{}{path}", self.url())).json(&body);
        let reply = Reply::to(request).await;
        assert_eq!(reply.status, 200, "{path}");
        reply.json()
    }
}

/// The setting with which a server may ask an issuer on this machine.
pub const NETWORKS: [&str; 2] = ["--issuer-networks", "127.0.0.0/8"];

/// The audience of tokens for the tests' trusts.
pub const AUDIENCE: &str = "strongroom";

/// The input of a trust in the issuer's tokens with some claims, by name and value.
pub fn trust(name: &str, issuer: &Issuer, claims: &[(&str, &str)]) -> Value {
    let claim = |(claim, value): &(&str, &str)| json!({"claim": claim, "values": [value]});
    json!({
        "name": name, "issuer": issuer.url(), "audiences": [AUDIENCE],
        "claims": claims.iter().map(claim).collect::<Vec<_>>(),
    })
}
