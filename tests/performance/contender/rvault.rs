//! `rvault`, a server that speaks Vault's protocol, as it is by default: one key share, KV version 1, values in files, asked with
//! the root token.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use strongroom_tests::{server, wait};
use tempfile::TempDir;
use tokio::process::Command;

use super::{Contender, Dialect, Started, fill_one_by_one};
use crate::http::{self, Connection};
use crate::machine::Cores;
use crate::value::Values;

/// Where the program is, if `cargo xtask bench` has found it.
pub fn program() -> Option<PathBuf> {
    env::var_os("STRONGROOM_RVAULT").map(PathBuf::from)
}

/// The token.
struct Token(String);

impl Dialect for Token {
    fn read(&self, name: &str) -> Vec<u8> {
        http::request("GET", &path(name), &[("X-Vault-Token", &self.0)], "")
    }

    fn before_value(&self) -> &'static str {
        r#""data":{"value":""#
    }

    fn write(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        let body = format!("{{\"value\":\"{value}\"}}");
        Some(http::request(
            "PUT",
            &path(name),
            &[("X-Vault-Token", &self.0)],
            &body,
        ))
    }

    fn written(&self) -> (u16, &'static str) {
        (204, "")
    }
}

fn path(name: &str) -> String {
    format!("/v1/secret/{name}")
}

/// A server in a folder of its own; or why there is none.
pub async fn start(cores: Cores, values: &[Arc<Values>; 2]) -> Result<Contender, String> {
    let program = program()
        .ok_or("it is not installed: `cargo xtask setup --rvault`, about twenty minutes of a processor")?;
    let folder = TempDir::with_prefix("rvault-").expect("temporary folders can be made");
    let address = server::free_address();
    let configuration = folder.path().join("rvault.hcl");
    fs::write(
        &configuration,
        format!(
            "storage \"file\" {{\n  path = \"{data}\"\n}}\n\
             listener \"tcp\" {{\n  address = \"{address}\"\n  tls_disable = \"true\"\n}}\n\
             api_addr = \"http://{address}\"\nlog_level = \"error\"\nwork_dir = \"{work}\"\n",
            data = folder.path().join("data").display(),
            work = folder.path().join("work").display(),
        ),
    )
    .expect("files can be written");
    let start = Instant::now();
    let (child, mut connection) = cores
        .serving(async {
            let child = Command::new(program)
                .args(["server", "--config"])
                .arg(configuration)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .expect("rvault starts");
            let connection =
                wait::until("rvault listens", async || Connection::open(&address).await.ok()).await;
            (child, connection)
        })
        .await;
    let took = start.elapsed();
    let keys = set_up(
        &mut connection,
        "init",
        r#"{"secret_shares":1,"secret_threshold":1}"#,
    )
    .await;
    let key = keys["keys"][0].as_str().expect("there is a key");
    set_up(&mut connection, "unseal", &format!("{{\"key\":\"{key}\"}}")).await;
    let token = Token(
        keys["root_token"]
            .as_str()
            .expect("there is a root token")
            .to_owned(),
    );

    let started = Started {
        name: "rvault".to_owned(),
        address,
        took,
        roots: vec![child.id().expect("it runs")],
        alive: Box::new((child, folder)),
    };
    let idle_memory = started.idle_memory().await;
    let write = |name: &str, value: &str| token.write(name, value).expect("it can");
    fill_one_by_one(&started.address, values, 204, write).await;
    Ok(started.filled(&token, idle_memory, values))
}

/// Asks for a step of the set-up, which has to succeed.
async fn set_up(connection: &mut Connection, step: &str, body: &str) -> Value {
    let request = http::request("PUT", &format!("/v1/sys/{step}"), &[], body);
    let answer = connection.ask(&request).await.expect("rvault answers");
    assert_eq!(answer.status, 200, "rvault can be set up: {step}");
    serde_json::from_slice(answer.body).expect("it answers with JSON")
}
