//! Clients as they are installed, at both servers: the `bao` command line and its agent, two versions of hvac, and node-vault.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::program::{Machine, Ran};
use strongroom_tests::{Store, http, openbao, python, text};
use vaultrs::auth::approle;
use vaultrs::client::{VaultClient, VaultClientSettingsBuilder};
use vaultrs::{kv1, kv2, sys, token};

use crate::reference::Vault;

const URL: &str = "postgres://db.example/app";

/// A machine with the variables of Vault's clients.
fn machine(store: &Arc<Store>, vault: &Vault) -> Machine {
    let (role_id, secret_id) = &vault.app_role;
    Machine::bare(store)
        .with("VAULT_ADDR", &vault.url)
        .with("READER", &vault.runner)
        .with("WRITER", &vault.user)
        .with("ROLE_ID", role_id)
        .with("SECRET_ID", secret_id)
        .with("PYTHONDONTWRITEBYTECODE", "1")
        .with("PYTHONWARNINGS", "ignore")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kv").join(name)
}

/// `bao` as one of the roles.
async fn bao(machine: &Machine, token: &str, arguments: &[&str]) -> Ran {
    machine.with("VAULT_TOKEN", token).run_program(openbao::program(), arguments).await
}

async fn check_command_line(store: &Arc<Store>, vault: &Vault) {
    let machine = machine(store, vault);
    if !vault.is_reference {
        // OpenBao's policy does not allow it.
        bao(&machine, &vault.runner, &["token", "create", "-ttl=5m"]).await.prints(&["token_duration", "5m"]);
    }
    let reads = async |arguments: &[&str]| bao(&machine, &vault.runner, arguments).await;
    let writes = async |arguments: &[&str]| bao(&machine, &vault.user, arguments).await;
    let fails = |ran: Ran, part: &str| {
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(part) || ran.printed().contains(part), "{part}: {ran:?}");
    };
    let gets = async |arguments: &[&str]| reads(arguments).await.succeeded().printed().trim().to_owned();
    reads(&["status"]).await.prints(&["Sealed"]);
    writes(&["kv", "put", "secret/DB_URL", &format!("value={URL}")]).await.prints(&["version"]);
    let field = ["kv", "get", "-field=value", "secret/DB_URL"];
    assert_eq!(gets(&field).await, URL);
    assert_eq!(gets(&["kv", "get", "-field=value", "-mount=secret", "--", "DB_URL"]).await, URL);
    reads(&["kv", "list", "secret"]).await.prints(&["DB_URL"]);
    fails(writes(&field).await, "permission denied");
    fails(reads(&["kv", "put", "secret/DB_URL", "value=x"]).await, "permission denied");
    fails(reads(&["kv", "get", "secret/NONE"]).await, "No value found");
    fails(writes(&["kv", "put", "-cas=0", "secret/DB_URL", "value=x"]).await, "check-and-set");
    writes(&["kv", "patch", "secret/DB_URL", "user=ada"]).await.succeeded();
    let fields = reads(&["kv", "get", "-format=json", "secret/DB_URL"]).await.json();
    assert_eq!(fields["data"]["data"], json!({"value": URL, "user": "ada"}));
    writes(&["kv", "metadata", "get", "secret/DB_URL"]).await.prints(&["current_version"]);
    writes(&["kv", "delete", "secret/DB_URL"]).await.succeeded();
    reads(&["kv", "get", "secret/DB_URL"]).await.prints(&["deletion_time"]);
    writes(&["kv", "undelete", "-versions=2", "secret/DB_URL"]).await.succeeded();
    assert_eq!(gets(&field).await, URL);
    let first = reads(&["kv", "get", "-version=1", "-format=json", "secret/DB_URL"]).await.json();
    assert_eq!(first["data"]["metadata"]["version"], 1);
    writes(&["kv", "put", "kv/ONE", "a=1"]).await.succeeded();
    assert_eq!(gets(&["kv", "get", "-field=a", "kv/ONE"]).await, "1");
    writes(&["kv", "delete", "kv/ONE"]).await.succeeded();
    fails(reads(&["kv", "get", "kv/ONE"]).await, "No value found");
    reads(&["secrets", "list"]).await.prints(&["secret/", "kv/"]);
    reads(&["token", "lookup"]).await.prints(&["service"]);
    let (role_id, secret_id) = &vault.app_role;
    let login = [&format!("role_id={role_id}"), &format!("secret_id={secret_id}")];
    let login = ["write", "-field=token", "auth/approle/login", login[0], login[1]];
    let token = gets(&login).await;
    bao(&machine, &token, &field).await.prints(&["postgres://"]);
}

/// The agent logs in with an `AppRole`, or with a token in a file, and writes a template.
async fn check_agent(store: &Arc<Store>, vault: &Vault) {
    let machine = machine(store, vault);
    let (role_id, secret_id) = &vault.app_role;
    let files = [("role-id", role_id), ("secret-id", secret_id), ("token", &vault.runner)];
    let files = files.map(|(name, content)| machine.file(name, content));
    let [role_id, secret_id, token] = files.each_ref().map(|file| text(file));
    let app_role = format!(
        "type = \"approle\"\n config = {{ role_id_file_path = {role_id:?} secret_id_file_path = {secret_id:?} \
         remove_secret_id_file_after_reading = false }}"
    );
    let token_file = format!("type = \"token_file\"\n config = {{ token_file_path = {token:?} }}");
    for (number, method) in [app_role, token_file].into_iter().enumerate() {
        let name = format!("rendered-{number}");
        let rendered = machine.home().join(&name);
        let destination = text(&rendered);
        let configuration = format!(
            "vault {{ address = {:?} }}\nauto_auth {{ method {{ {method} }} }}\ntemplate_config {{ \
             exit_on_retry_failure = true }}\ntemplate {{ destination = {destination:?}\n contents = <<EOT\n\
             {{{{ with secret \"secret/data/DB_URL\" }}}}url={{{{ .Data.data.value }}}}{{{{ end }}}}\nEOT\n}}\n",
            vault.url
        );
        let file = machine.file("agent.hcl", configuration);
        let arguments = ["agent", "-exit-after-auth", "-config", text(&file)];
        let ran = machine.run_program(openbao::program(), arguments).await;
        assert!(rendered.is_file(), "{ran:?}");
        assert_eq!(machine.read(&name).trim(), format!("url={URL}"));
    }
}

async fn check_scripts(store: &Arc<Store>, vault: &Vault) {
    let machine = machine(store, vault);
    let [new, old] = python::hvac();
    let node = vec![script("acceptance.cjs"), strongroom_tests::node_vault()];
    let python = || vec![script("acceptance.py")];
    for (interpreter, arguments) in [(new, python()), (old, python()), ("node".into(), node)] {
        machine.run_program(interpreter, arguments).await.prints(&["is content"]);
    }
}

#[tokio::test]
async fn command_line_and_agent_work_at_both_servers() {
    let (_bao, reference) = Vault::openbao().await;
    let (scene, ours) = Vault::strongroom().await;
    for vault in [&reference, &ours] {
        check_command_line(scene.server.store(), vault).await;
        check_agent(scene.server.store(), vault).await;
    }
}

#[tokio::test]
async fn hvac_and_node_vault_work_at_both_servers() {
    let (_bao, reference) = Vault::openbao().await;
    let (scene, ours) = Vault::strongroom().await;
    for vault in [&reference, &ours] {
        check_scripts(scene.server.store(), vault).await;
    }
}

/// A client of the crate `vaultrs`, which fails if an answer lacks one of its fields.
fn vaultrs(vault: &Vault, token: &str) -> VaultClient {
    http::choose_cryptography();
    let settings = VaultClientSettingsBuilder::default().address(&vault.url).token(token).build();
    VaultClient::new(settings.expect("its settings are complete")).expect("a client can be made")
}

#[tokio::test]
async fn vaultrs_finds_every_field_that_it_needs() {
    let (_scene, vault) = Vault::strongroom().await;
    let (reader, writer) = (vaultrs(&vault, &vault.runner), vaultrs(&vault, &vault.user));
    let value = json!({"user": "ada", "port": 5432});
    assert_eq!(kv2::set(&writer, "secret", "rust/db", &value).await.expect("it writes").version, 1);
    let read = async || kv2::read::<Value>(&reader, "secret", "rust/db").await;
    assert_eq!(read().await.expect("it reads"), value);
    assert_eq!(kv2::list(&reader, "secret", "rust").await.expect("it lists"), ["db"]);
    kv2::delete_latest(&writer, "secret", "rust/db").await.expect("it deletes");
    assert!(read().await.is_err());
    kv2::undelete_versions(&writer, "secret", "rust/db", vec![1]).await.expect("it undeletes");
    assert_eq!(read().await.expect("it reads again"), value);
    let metadata = kv2::read_metadata(&reader, "secret", "rust/db").await.expect("it has metadata");
    assert_eq!((metadata.current_version, metadata.versions.len()), (1, 1));
    assert!(kv2::read::<Value>(&writer, "secret", "rust/db").await.is_err());

    kv1::set(&writer, "kv", "rust/one", &HashMap::from([("a", "1")])).await.expect("it writes");
    let read: HashMap<String, String> = kv1::get(&reader, "kv", "rust/one").await.expect("it reads");
    assert_eq!(read["a"], "1");
    assert_eq!(kv1::list(&reader, "kv", "rust").await.expect("it lists").data.keys, ["db", "one"]);

    assert_eq!(token::lookup_self(&reader).await.expect("it looks itself up").ttl, 0);
    assert_eq!(sys::mount::list(&reader).await.expect("it lists mounts")["secret/"].mount_type, "kv");
    assert!(sys::health(&reader).await.expect("it is healthy").initialized);
    let (role_id, secret_id) = &vault.app_role;
    let login = approle::login(&reader, "approle", role_id, secret_id).await.expect("it logs in");
    assert!(login.client_token != vault.runner && login.renewable, "a login, which ends by itself");
}
