//! The Vaults that the tests put values into, and what stands in them.

use std::any::Any;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::server::free_address;
use strongroom_tests::{Store, http, rvault, wait};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::contract::Contract;

/// A Vault, running, with a token that may do everything.
pub struct Vault {
    pub url: String,
    pub token: String,
    /// The version of its KV engine.
    pub kv: u8,
    http: reqwest::Client,
    /// What ends it when dropped.
    _alive: Box<dyn Any>,
}

impl Vault {
    /// Every kind of Vault that can be had here.
    pub async fn every() -> Vec<Self> {
        let mut all = vec![Self::of(&Contract::start().await)];
        all.extend(Self::rvault().await);
        all
    }

    /// A contract server's.
    pub fn of(server: &Arc<Contract>) -> Self {
        Self {
            url: server.url(),
            token: Contract::ROOT.to_owned(),
            kv: 2,
            http: http::client(),
            _alive: Box::new(Arc::clone(server)),
        }
    }

    /// The real thing, with an engine of version 1; `None`, and a notice, where it is not installed.
    #[expect(
        clippy::print_stdout,
        reason = "whoever reads the tests' output wants to know what was left out"
    )]
    pub async fn rvault() -> Option<Self> {
        let Some(program) = rvault_program() else {
            println!("SKIPPED against rvault: it is not installed (`cargo xtask setup --rvault`)");
            return None;
        };
        let folder = TempDir::with_prefix("rvault-").expect("temporary folders can be made");
        let address = free_address();
        let child = rvault::command(&program, folder.path(), &address).spawn().expect("rvault starts");
        let listens = async || TcpStream::connect(&address).await.ok();
        wait::until("rvault listens", listens).await;
        let url = format!("http://{address}");
        let keys = rvault::set_up(&url).await;
        Some(Self { url, token: keys.token, kv: 1, http: http::client(), _alive: Box::new((child, folder)) })
    }

    /// What a server on it is told, with the token in a file beside the store.
    pub fn settings(&self, store: &Store) -> Vec<(&'static str, String)> {
        vec![
            ("STRONGROOM_VALUES", "vault".to_owned()),
            ("STRONGROOM_VAULT_ADDRESS", self.url.clone()),
            ("STRONGROOM_VAULT_KV_VERSION", self.kv.to_string()),
            ("STRONGROOM_VAULT_TOKEN_FILE", private_file(store, &self.token)),
        ]
    }

    /// A store whose new values go there.
    pub fn store(&self) -> Arc<Store> {
        let store = Store::new();
        self.keep(&store, "vault");
        store
    }

    /// Lets the new values of a store go to a place from now on, with this Vault beside.
    pub fn keep(&self, store: &Store, place: &str) {
        let mut settings = self.settings(store);
        place.clone_into(&mut settings[0].1);
        set(store, &settings);
    }

    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, format!("{}/v1/secret/{path}", self.url));
        let request = request.header("X-Vault-Token", &self.token);
        let request = match body {
            None => request,
            Some(body) => request.body(body.to_string()),
        };
        let answer = request.send().await.expect("Vault answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn list(&self, path: &str) -> Vec<String> {
        let path = if self.kv == 1 { path.to_owned() } else { format!("metadata/{path}") };
        let (_, body) = self.ask("LIST", &path, None).await;
        let keys = body["data"]["keys"].as_array().cloned().unwrap_or_default();
        let keys = keys.iter().map(|key| key.as_str().expect("a name").to_owned());
        keys.collect()
    }

    /// The paths of all values in it.
    pub async fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        for store in self.list("strongroom").await {
            let store = store.trim_end_matches('/');
            for id in self.list(&format!("strongroom/{store}")).await {
                paths.push(format!("strongroom/{store}/{id}"));
            }
        }
        paths.sort();
        paths
    }

    fn data(&self, path: &str) -> String {
        if self.kv == 1 { path.to_owned() } else { format!("data/{path}") }
    }

    /// Everything that stands under a path.
    pub async fn read(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", &self.data(path), None).await;
        assert_eq!(status, 200, "{path}");
        let data = if self.kv == 1 { &body["data"] } else { &body["data"]["data"] };
        data.clone()
    }

    /// Writes under a path, behind the server's back.
    pub async fn write(&self, path: &str, data: &Value) {
        let body = if self.kv == 1 { data.clone() } else { json!({"data": data}) };
        let (status, _) = self.ask("POST", &self.data(path), Some(&body)).await;
        assert!(matches!(status, 200 | 204), "{status}");
    }

    /// Removes what stands under a path, behind the server's back.
    pub async fn remove(&self, path: &str) {
        let path = if self.kv == 1 { path.to_owned() } else { format!("metadata/{path}") };
        let (status, _) = self.ask("DELETE", &path, None).await;
        assert_eq!(status, 204, "{path}");
    }
}

/// Where `rvault` is, if it is: where `cargo xtask test` says, or in its cache.
fn rvault_program() -> Option<PathBuf> {
    if let Some(program) = env::var_os("STRONGROOM_RVAULT") {
        return Some(program.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(env::var_os("HOME").expect("people have a home")).join(".cache"),
        PathBuf::from,
    );
    let tools = cache.join("strongroom-tools");
    let programs =
        ["rvault-0.2.1.optimised", "rvault-0.2.1"].map(|folder| tools.join(folder).join("bin/rvault"));
    programs.into_iter().find(|program| program.is_file())
}

/// Lets every program on a store have these variables.
pub fn set(store: &Store, settings: &[(&'static str, String)]) {
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    store.set_variables(&settings);
}

/// A new file that only its owner can read, with something that must stay secret.
pub fn private_file(store: &Store, content: &str) -> String {
    store.must_stay_secret(content);
    let path = store.file(content);
    path.into_os_string().into_string().expect("temporary paths are UTF-8")
}

/// How many values a store has in Vault, and how many in its database.
pub async fn counts(store: &Store) -> (i64, i64) {
    let there = store
        .sql_number("SELECT count(*) FROM secret_versions WHERE vault_id IS NOT NULL AND length(sealed) = 0")
        .await;
    let here = store
        .sql_number("SELECT count(*) FROM secret_versions WHERE vault_id IS NULL AND length(sealed) > 0")
        .await;
    let all = store.sql_number("SELECT count(*) FROM secret_versions").await;
    assert_eq!(there + here, all, "each value is in one place");
    (there, here)
}
