//! `hvac`, the client that Python programs use, says whether `contract` speaks as Vault does, and reads what we have
//! written, as whoever looks after a Vault would.

use std::process::Stdio;

use serde_json::{Value, json};
use strongroom_tests::python::hvac_python;
use tokio::process::Command;

use crate::contract::Contract;
use crate::place::Vault;

/// Runs `kv.py` against a Vault, and returns the last line that it prints.
async fn run(vault: &Vault, arguments: &[&str]) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/vault/kv.py");
    let output = Command::new(hvac_python())
        .arg(script)
        .arg(&vault.url)
        .arg(vault.kv.to_string())
        .args(arguments)
        .env("VAULT_TOKEN", &vault.token)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("Python starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let printed = String::from_utf8(output.stdout).expect("output is UTF-8");
    let last = printed.lines().last().expect("it prints something");
    serde_json::from_str(last).expect("JSON")
}

#[tokio::test]
async fn hvac_finds_what_it_expects_of_vault() {
    for vault in Vault::every().await {
        assert_eq!(run(&vault, &["contract"]).await, json!("passed"));
    }
}

#[tokio::test]
async fn hvac_logs_in_with_an_app_role() {
    let contract = Contract::start().await;
    let vault = Vault::of(&contract);
    let [role, secret] = Contract::ROLE;
    assert_eq!(run(&vault, &["app-role", role, secret]).await, json!("passed"));
    assert_eq!(contract.log_ins(), 1);
}

#[tokio::test]
async fn hvac_reads_what_the_server_has_put_and_sees_no_value() {
    for vault in Vault::every().await {
        let store = vault.store();
        let server = store.serve().await;
        let writer = server.team("acme").await.key("user").await;
        writer.set("A", json!("the value of A")).await;
        let path = vault.paths().await.remove(0);
        let read = run(&vault, &["read", &path]).await;
        assert_eq!(read, vault.read(&path).await);
        assert_eq!(read.as_object().expect("an object").keys().collect::<Vec<_>>(), ["sealed"]);
        store.assert_keeps_secrets("Vault", &read.to_string());
    }
}
