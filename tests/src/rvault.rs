//! `rvault`, a server that speaks Vault's protocol: how it is started on files in a folder, and set up as it is by default, with one
//! key share and KV version 1 at `secret/`.
//!
//! Not here: what it is asked then. It is put values into, tortured and measured.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::http;

/// What it gives to whoever sets it up.
pub struct Keys {
    /// What opens it after each start.
    pub unseal: String,
    /// The token that may do everything.
    pub token: String,
}

/// The command that starts it, on files in `folder`. It says nothing, and dies with its handle.
pub fn command(program: &Path, folder: &Path, address: &str) -> Command {
    let path = |name: &str| folder.join(name).display().to_string();
    let settings = format!(
        "storage \"file\" {{\n  path = {:?}\n}}\n\
         listener \"tcp\" {{\n  address = {address:?}\n  tls_disable = \"true\"\n}}\n\
         api_addr = \"http://{address}\"\nlog_level = \"error\"\nwork_dir = {:?}\n",
        path("data"),
        path("work"),
    );
    fs::write(path("rvault.hcl"), settings).expect("files can be written");
    let mut command = Command::new(program);
    command
        .args(["server", "--config", &path("rvault.hcl")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Initialises one that listens at `url`, and unseals it.
pub async fn set_up(url: &str) -> Keys {
    let init = json!({"secret_shares": 1, "secret_threshold": 1});
    let made = put(url, "init", &init).await.expect("rvault answers");
    let text = |value: &Value| value.as_str().expect("it is text").to_owned();
    let keys = Keys { unseal: text(&made["keys"][0]), token: text(&made["root_token"]) };
    unseal(url, &keys).await.expect("rvault is unsealed");
    keys
}

/// Unseals it.
///
/// # Errors
/// It can't be reached, or is sealed still: what it says.
pub async fn unseal(url: &str, keys: &Keys) -> Result<(), String> {
    let answer = put(url, "unseal", &json!({"key": keys.unseal})).await.map_err(|error| error.to_string())?;
    if answer["sealed"] == false { Ok(()) } else { Err(format!("it can't be unsealed: {answer}")) }
}

async fn put(url: &str, step: &str, body: &Value) -> reqwest::Result<Value> {
    let request = http::client().put(format!("{url}/v1/sys/{step}"));
    request.body(body.to_string()).send().await?.json().await
}
