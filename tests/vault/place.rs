//! The Vaults of the tests: OpenBao with a KV engine of either version, and the values in it.

use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::Store;
use strongroom_tests::openbao::{OpenBao, Storage};

pub struct Vault {
    pub bao: Arc<OpenBao>,
    /// The address that servers use.
    pub url: String,
    pub kv: u8,
    pub token: String,
}

impl Vault {
    pub async fn every() -> [Self; 2] {
        let bao = Arc::new(OpenBao::start(Storage::Memory).await);
        [Self::on(&bao, 1).await, Self::on(&bao, 2).await]
    }

    pub async fn start() -> Self {
        Self::on(&Arc::new(OpenBao::start(Storage::Memory).await), 2).await
    }

    async fn on(bao: &Arc<OpenBao>, kv: u8) -> Self {
        bao.mount_kv("", mount(kv), kv).await;
        let mut vault = Self { url: bao.url(), kv, token: String::new(), bao: Arc::clone(bao) };
        vault.admit_servers(true).await;
        vault.token = vault.new_token().await;
        vault
    }

    pub async fn new_token(&self) -> String {
        self.bao.token(mount(self.kv)).await
    }

    /// Gives servers the documented policy, or one that allows nothing. It is named like the engine.
    pub async fn admit_servers(&self, admitted: bool) {
        let rules = if admitted { documented_policy(self.kv) } else { "# nothing".to_owned() };
        self.bao.set_policy("", mount(self.kv), &rules).await;
    }

    /// The settings of a server on it, with the token in a file beside the store.
    pub fn settings(&self, store: &Store) -> Vec<(&'static str, String)> {
        let mut settings = self.settings_but_credential();
        settings.push(("STRONGROOM_VAULT_TOKEN_FILE", store.password_file(&self.token)));
        settings
    }

    pub fn settings_but_credential(&self) -> Vec<(&'static str, String)> {
        vec![
            ("STRONGROOM_VALUES", "vault".to_owned()),
            ("STRONGROOM_VAULT_ADDRESS", self.url.clone()),
            ("STRONGROOM_VAULT_KV_VERSION", self.kv.to_string()),
            ("STRONGROOM_VAULT_MOUNT", mount(self.kv).to_owned()),
        ]
    }

    pub fn store(&self) -> Arc<Store> {
        let store = Store::new();
        self.keep(&store, "vault");
        store
    }

    /// Sets the location of a store's new values, with this Vault available.
    pub fn keep(&self, store: &Store, place: &str) {
        let mut settings = self.settings(store);
        place.clone_into(&mut settings[0].1);
        set(store, &settings);
    }

    /// The path of a value's `data` or `metadata`.
    fn path(&self, of: &str, path: &str) -> String {
        if self.kv == 1 { format!("{}/{path}", mount(1)) } else { format!("{}/{of}/{path}", mount(2)) }
    }

    async fn list(&self, path: &str) -> Vec<String> {
        let (_, body) = self.bao.ask("LIST", &self.path("metadata", path), None).await;
        let keys = body["data"]["keys"].as_array().cloned().unwrap_or_default();
        let keys = keys.iter().map(|key| key.as_str().expect("a name").to_owned());
        keys.collect()
    }

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

    pub async fn read(&self, path: &str) -> Value {
        let body = self.bao.done("GET", &self.path("data", path), None).await;
        let data = if self.kv == 1 { &body["data"] } else { &body["data"]["data"] };
        data.clone()
    }

    pub async fn write(&self, path: &str, data: &Value) {
        let body = if self.kv == 1 { data.clone() } else { json!({"data": data}) };
        self.bao.done("POST", &self.path("data", path), Some(body)).await;
    }

    pub async fn remove(&self, path: &str) {
        self.bao.done("DELETE", &self.path("metadata", path), None).await;
    }
}

fn mount(kv: u8) -> &'static str {
    if kv == 1 { "kv" } else { "secret" }
}

pub fn documented_policy(kv: u8) -> String {
    const PAGE: &str = include_str!("../../docs/vault.md");
    let mut policies = PAGE.split("```hcl\n").skip(1).filter_map(|rest| rest.split("```").next());
    let policy = policies.find(|policy| policy.contains("secret/data/") == (kv == 2));
    policy.expect("it is documented").replace("\"secret/", &format!("\"{}/", mount(kv)))
}

pub fn set(store: &Store, settings: &[(&'static str, String)]) {
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    store.set_variables(&settings);
}

/// How many values are in Vault and in the database.
pub async fn counts(store: &Store) -> (i64, i64) {
    let count = async |condition: &str| {
        store.sql_number(&format!("SELECT count(*) FROM secret_versions WHERE {condition}")).await
    };
    let there = count("vault_id IS NOT NULL AND length(sealed) = 0").await;
    let here = count("vault_id IS NULL AND length(sealed) > 0").await;
    assert_eq!(there + here, count("true").await, "each value has one location");
    (there, here)
}
