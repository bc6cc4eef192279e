//! The two servers: OpenBao with policies like our roles, and Strongroom.

use std::sync::Arc;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use strongroom_tests::openbao::{OpenBao, Storage};
use strongroom_tests::{Reply, Scene, Store, http};

const POLICIES: [(&str, &str); 2] = [
    (
        "runner",
        r#"path "secret" { capabilities = ["read", "list"] }
           path "secret/*" { capabilities = ["read", "list"] }
           path "kv" { capabilities = ["read", "list"] }
           path "kv/*" { capabilities = ["read", "list"] }
           path "nomount/*" { capabilities = ["read"] }
           path "sys/mounts" { capabilities = ["read"] }
           path "sys/nonesuch" { capabilities = ["read"] }"#,
    ),
    (
        "user",
        r#"path "secret/data/*" { capabilities = ["create", "update", "patch", "delete", "list"] }
           path "secret/data" { capabilities = ["create", "update"] }
           path "secret/delete/*" { capabilities = ["create", "update"] }
           path "secret/undelete/*" { capabilities = ["create", "update"] }
           path "secret/destroy/*" { capabilities = ["create", "update"] }
           path "secret/metadata" { capabilities = ["list"] }
           path "secret/metadata/*" { capabilities = ["create", "update", "patch", "read", "list", "delete"] }
           path "kv/*" { capabilities = ["create", "update", "patch", "delete", "list"] }
           path "sys/mounts" { capabilities = ["read"] }"#,
    ),
];

/// The media type of a `PATCH`.
pub const MERGE: (&str, &str) = ("content-type", "application/merge-patch+json");

/// A server with Vault's API, and keys or tokens of two roles.
pub struct Vault {
    pub url: String,
    pub runner: String,
    pub user: String,
    /// An `AppRole`: its role id and secret id.
    pub app_role: (String, String),
    pub http: reqwest::Client,
    pub is_reference: bool,
}

impl Vault {
    pub async fn openbao() -> (OpenBao, Self) {
        let bao = OpenBao::start(Storage::Memory).await;
        bao.mount_kv("", "secret", 2).await;
        bao.mount_kv("", "kv", 1).await;
        for (name, rules) in POLICIES {
            bao.set_policy("", name, rules).await;
        }
        let token = async |policy: &str| {
            let input = json!({"policies": [policy], "renewable": false});
            let made = bao.done("POST", "auth/token/create", Some(input)).await;
            text(&made["auth"]["client_token"])
        };
        let (runner, user) = (token("runner").await, token("user").await);
        bao.done("POST", "sys/auth/approle", Some(json!({"type": "approle"}))).await;
        let role = "auth/approle/role/flows";
        bao.done("POST", role, Some(json!({"token_policies": ["runner"]}))).await;
        let role_id = bao.done("GET", &format!("{role}/role-id"), None).await;
        let secret_id = bao.done("POST", &format!("{role}/secret-id"), Some(json!({}))).await;
        let app_role = (text(&role_id["data"]["role_id"]), text(&secret_id["data"]["secret_id"]));
        let url = bao.url();
        (bao, Self { url, runner, user, app_role, http: http::client(), is_reference: true })
    }

    pub async fn strongroom() -> (Scene, Self) {
        Self::strongroom_on(&Store::new()).await
    }

    pub async fn strongroom_on(store: &Arc<Store>) -> (Scene, Self) {
        let scene = Scene::on(store.serve().await).await;
        let vault = Self::at(&scene);
        (scene, vault)
    }

    /// A server of ours that already runs.
    pub fn at(scene: &Scene) -> Self {
        let (runner, user) = (scene.runner.key().to_owned(), scene.writer.key().to_owned());
        let app_role = ("runner".to_owned(), runner.clone());
        let url = scene.server.url().to_owned();
        Self { url, runner, user, app_role, http: http::client(), is_reference: false }
    }

    /// Without an address and tokens.
    pub fn somewhere() -> Self {
        let (url, runner, user) = (String::new(), String::new(), String::new());
        let app_role = (String::new(), String::new());
        Self { url, runner, user, app_role, http: http::client(), is_reference: false }
    }

    /// The token of a role, or the text itself as a token.
    fn token<'a>(&'a self, who: &'a str) -> &'a str {
        match who {
            "runner" => &self.runner,
            "user" => &self.user,
            other => other,
        }
    }

    /// A request of `who`: `runner`, `user`, a token, or nobody if that is empty.
    pub fn request(&self, who: &str, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, format!("{}/v1/{path}", self.url));
        match (who, who.strip_prefix("bearer ")) {
            ("", _) => request,
            (_, Some(who)) => request.bearer_auth(self.token(who)),
            (who, None) => request.header("X-Vault-Token", self.token(who)),
        }
    }

    pub async fn ask(&self, who: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut request = self.request(who, method, path);
        if method == "PATCH" {
            request = request.header(MERGE.0, MERGE.1);
        }
        let reply = Reply::to(request.body(body.to_owned())).await;
        let status = reply.status.as_u16();
        let value = if reply.bytes.is_empty() { Value::Null } else { reply.json() };
        (status, value)
    }

    /// An answer with status 200 or 204.
    pub async fn done(&self, who: &str, method: &str, path: &str, body: &str) -> Value {
        let (status, value) = self.ask(who, method, path, body).await;
        assert!(matches!(status, 200 | 204), "{method} {path} {body}: {status} {value}");
        value
    }

    pub async fn refuses(&self, who: &str, request: (&str, &str, &str), status: u16, errors: &[&str]) {
        let (method, path, body) = request;
        let found = self.ask(who, method, path, body).await;
        assert_eq!(found, (status, json!({"errors": errors})), "{method} {path}");
    }

    /// What the runner reads.
    pub async fn read(&self, path: &str) -> Value {
        self.done("runner", "GET", path, "").await
    }

    pub async fn status(&self, who: &str, method: &str, path: &str, body: &str) -> u16 {
        self.ask(who, method, path, body).await.0
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is text").to_owned()
}
