//! The content of a backup: everything that was acknowledged before it, encrypted.

use std::collections::HashMap;
use std::fs;

use reqwest::Method;
use serde_json::json;
use strongroom_tests::{Client, Reply, Scene, holds, mode, wait};
use tokio::sync::watch;
use tokio::task::JoinSet;

const NOT_RESTORED: [&str; 9] = [
    "sessions", "log_in_attempts", "setup_tokens", "removed_vault_values", "vault_stores",
    "revoked_api_keys", "secret_reads", "webhook_deliveries", "logins",
];

/// Writes three secrets in turn, and sends the last step of each: every fourth step is a deletion.
async fn write_until(
    client: Client,
    writer: usize,
    acknowledged: watch::Sender<HashMap<String, u64>>,
    stopping: watch::Receiver<bool>,
) {
    for number in 0.. {
        if *stopping.borrow() {
            return;
        }
        let name = format!("writer {writer} secret {}", number % 3);
        let step = number / 3;
        if step % 4 == 3 {
            client.delete(&name).await;
        } else {
            client.set(&name, json!({"step": step, "text": format!("step {step} of {name}")})).await;
        }
        acknowledged.send_modify(|all| _ = all.insert(name, step));
    }
}

#[tokio::test]
async fn backup_under_load_has_everything_acknowledged_before() {
    let Scene { server, writer, runner, .. } = &Scene::new().await;
    let fixed = |index: usize| (format!("fixed {index}"), json!(format!("the fixed value {index}")));
    for (name, value) in (0..20).map(fixed) {
        writer.set(&name, value).await;
    }
    let (ending, stopping) = watch::channel(false);
    let mut watched = Vec::new();
    let mut writers = JoinSet::new();
    for index in 0..3 {
        let (sender, receiver) = watch::channel(HashMap::new());
        watched.push(receiver);
        writers.spawn(write_until(writer.clone(), index, sender, stopping.clone()));
    }
    let mut kept = Vec::new();
    for round in 0..3 {
        wait::is("the writers get going", async || {
            let least = watched.iter().map(|it| it.borrow().values().copied().max().unwrap_or(0)).min();
            least >= Some(2 + 5 * round)
        })
        .await;
        let snapshot = || watched.iter().flat_map(|it| it.borrow().clone()).collect::<HashMap<_, _>>();
        let before = snapshot();
        kept.push((before, server.store().back_up().await, snapshot()));
    }
    ending.send(true).expect("they listen");
    writers.join_all().await;

    for (before, file, after) in kept {
        let store = server.store().restored(&file).await;
        store.admin(&["audit", "verify"]).await;
        let restored = store.serve().await;
        let runner = runner.at(&restored);
        for (name, value) in (0..20).map(fixed) {
            assert_eq!(runner.value(&name).await, value);
        }
        for (name, first) in &before {
            // The backup may have writes that were in progress.
            let last = after[name] + 1;
            let answer = runner.try_value(name).await;
            if answer.errors().is_empty() {
                let value = answer.data("/secret_value");
                let step = value["step"].as_u64().expect("a whole value");
                assert!((*first..=last).contains(&step), "{name}: {step} of {first}..={last}");
                assert_eq!(value["text"], json!(format!("step {step} of {name}")));
            } else {
                let was_deleted = (*first..=last).any(|step| step % 4 == 3);
                assert!(was_deleted, "{name} is missing: {first}..={last}");
            }
        }
    }
}

#[tokio::test]
async fn everything_is_restored_but_sessions() {
    let Scene { server, team, admin, runner, .. } = &Scene::new().await;
    let other = server.team("other").await;
    team.new_key_with("runner", &["--secrets", "DB_*", "--expires", "90d"]).await;
    admin.done("set_webhook", json!({"url": "https://hooks.invalid/x"})).await;
    let trust = json!({
        "name": "deploy", "issuer": "https://issuer.example", "audiences": ["us"],
        "claims": [{"claim": "repository", "values": ["acme/app"]}],
    });
    admin.done("set_trust", trust).await;
    Reply::to(runner.request(Method::POST, "/v1/auth/token/create")).await;
    admin.set_all(&[("DB_URL", "first"), ("DB_URL", "second"), ("DB_URL", "third")]).await;
    admin.set("API_TOKEN", json!({"nested": [1, 2.5, null, "\u{fc}"]})).await;
    admin.set("GONE", json!("the value of GONE")).await;
    admin.delete("GONE").await;
    let deployer = json!({"name": "deployer", "description": "deploys", "permissions": ["create:secret"]});
    admin.done("create_role", deployer).await;
    team.new_key("deployer").await;
    let person = team.person("user").await;
    other.add(&person, "administrator").await;
    let invitation = admin.invite("ida@acme.example", "read-only").await;
    other.key("user").await.set("DB_URL", json!("of the other team")).await;
    runner.value("DB_URL").await;
    let session = server.fixed_session(&person).await;
    assert_eq!(session.rows("tenant", "slug").await.len(), 2);
    person.guessing("another password").log_in(&server.nobody()).await;
    // These need a provider, or a store without teams.
    server
        .store()
        .sql(
            "INSERT INTO identities SELECT 'https://id.example.com', 'subject', id, created FROM users; \
             INSERT INTO setup_tokens SELECT x'07', created FROM users; \
             INSERT INTO removed_vault_values SELECT id, created FROM users; \
             INSERT INTO vault_stores SELECT id FROM users; \
             UPDATE webhooks SET paused = 1; \
             INSERT INTO revoked_api_keys SELECT x'08', id, team_id, name, created FROM api_keys LIMIT 1",
        )
        .await;
    let file = server.store().back_up().await;

    let store = server.store().restored(&file).await;
    // Every table is equal, byte for byte; a new table must be filled above.
    for table in server.store().tables().await {
        let (mut before, mut after) = (server.store().rows(&table).await, store.rows(&table).await);
        assert!(!before.is_empty(), "{table} is empty");
        match table.as_str() {
            table if NOT_RESTORED.contains(&table) => before.clear(),
            // The times of the migrations differ, and how many changes there were.
            "seaql_migrations" | "generation" => continue,
            "audit_entries" => after.retain(|entry| !entry.contains("restore:backup")),
            _ => {}
        }
        assert_eq!(after, before, "{table}");
    }
    let new = store.serve().await;
    let (admin, runner) = (admin.at(&new), runner.at(&new));
    assert_eq!(runner.names().await, ["API_TOKEN", "DB_URL"]);
    assert_eq!(runner.value("DB_URL").await, "third");
    assert_eq!(runner.value("API_TOKEN").await, json!({"nested": [1, 2.5, null, "\u{fc}"]}));
    admin.revert("DB_URL", 1).await;
    assert_eq!(runner.value("DB_URL").await, "first");
    admin.restore("GONE").await;
    assert_eq!(runner.value("GONE").await, "the value of GONE");

    session.at(&new).assert_unknown().await;
    assert_eq!(new.fixed_session(&person).await.rows("tenant", "slug").await.len(), 2);
    new.nobody().join(&invitation, "a good long password").await;
}

#[tokio::test]
async fn a_backup_is_encrypted_private_and_in_the_log_of_every_team() {
    let Scene { server, team, admin, .. } = &Scene::new().await;
    let other = server.team("other").await.key("administrator").await;
    let file = server.store().beside("b");
    let printed = server.store().run(&["backup", &file]).await.succeeded();
    let store = server.store().restored(&file).await;
    let new = store.serve().await;
    for (admin, slug) in [(admin, "acme"), (&other, "other")] {
        let entries = admin.audit(json!({})).await;
        assert_eq!(entries[0]["action"], "create:backup");
        assert_eq!(entries[0]["actor_kind"], "system");
        let restored = admin.at(&new).audit(json!({})).await;
        assert_eq!(restored[0]["action"], "restore:backup");
        assert_eq!(restored[1..], entries, "the earlier log, and one entry more");
        let detail = restored[0]["detail"].as_str().expect("a text");
        assert!(printed.contains(detail.trim_start_matches("of ")), "{detail}: {printed}");
        let mut lines = printed.lines().filter_map(|line| line.strip_prefix("audit checkpoint: "));
        let checkpoint = lines.find(|line| line.starts_with(slug)).expect("it is printed");
        new.admin(&["audit", "verify", "--checkpoint", checkpoint]).await;
    }
    // It is encrypted, and readable by its owner only.
    let person = team.person("user").await;
    admin.set("A_NAME_TO_LOOK_FOR", json!("a value to look for")).await;
    let file = server.store().back_up().await;
    let bytes = fs::read(&file).expect("the file can be read");
    let key = fs::read_to_string(server.store().data_dir().join("master.key")).expect("text");
    let names = ["A_NAME_TO_LOOK_FOR", "a value to look for", "The acme team", "audit_entries"];
    for text in names.into_iter().chain([person.email.as_str(), key.trim()]) {
        assert!(!holds(&bytes, text), "{text}");
    }
    assert_eq!(mode(&file), 0o600);
    assert!(bytes.starts_with(b"strongroom backup 1\nmaster key "));
    assert!(server.store().drafts().is_empty());
}

#[tokio::test]
async fn repeated_backup_and_restore_changes_nothing() {
    let Scene { server, admin, .. } = Scene::new().await;
    let mut last = server.store().clone();
    admin.set("A", json!("the value of A")).await;
    server.stop().await;
    for _ in 0..3 {
        last = last.restored(&last.back_up().await).await;
    }
    assert!(last.admin(&["audit", "verify"]).await.contains("intact"));
    let server = last.serve().await;
    let backups = r#"audit_log(where: {action: {_like: "%:backup"}}, order_by: {sequence: desc})"#;
    let actions = admin.at(&server).column(backups, "action").await;
    assert_eq!(actions, ["restore:backup", "create:backup"].repeat(3));
}
