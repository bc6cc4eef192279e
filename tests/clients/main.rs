//! Large clients of Vault's API, as they are installed. Each has a script of what it does: it reads both versions of the
//! engine and lists, with a key and with an `AppRole`; finds nothing, and is refused; and writes, if it can.
//!
//! Only `cargo xtask test --clients` installs and runs them. Every run has the clients in `tests/kv`.
//!
//! To add a client: its environment in `xtask/src/tool/python.rs`, its script here, and a test.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::json;
use strongroom_tests::{Machine, Scene, python};

/// Runs a client's script, the last of the arguments, which must print that the client is content.
async fn check(program: impl AsRef<OsStr>, arguments: &[&str], script: &str) {
    let Scene { server, admin, writer, runner, .. } = Scene::new().await;
    writer.set("clients/text", json!("hunter2 hunter2")).await;
    writer.set("clients/map", json!({"user": "ada", "port": 5432})).await;
    let limited = json!({"name": "limited", "role": "runner", "secrets": ["other/*"]});
    let (_, limited) = admin.new_key(limited).await;
    let machine = Machine::bare(server.store())
        .with("VAULT_ADDR", server.url())
        .with("READER", runner.key())
        .with("WRITER", writer.key())
        .with("LIMITED", limited.key())
        .with("ROLE_ID", "runner")
        .with("SECRET_ID", runner.key())
        .with("PYTHONDONTWRITEBYTECODE", "1")
        .with("PYTHONWARNINGS", "ignore");
    let mut command = machine.program(program);
    command.args(arguments).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(script));
    machine.run_command(command, None).await.prints(&["is content"]);
}

#[tokio::test]
async fn ansible_looks_up_and_writes() {
    check(python::ansible(), &["-m", "ansible", "playbook"], "playbook.yml").await;
}

#[tokio::test]
async fn airflow_gets_variables_and_connections() {
    check(python::airflow(), &[], "airflow_backend.py").await;
}

#[tokio::test]
async fn prefects_task_for_vault_gets_secrets() {
    check(python::prefect_vault(), &[], "prefect_task.py").await;
}

#[tokio::test]
async fn salt_reads_lists_and_writes() {
    check(python::salt(), &[], "salt_module.py").await;
}

#[tokio::test]
async fn requests_of_githubs_action_are_answered() {
    check("node", &[], "vault_action.cjs").await;
}
