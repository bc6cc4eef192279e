//! What is in a backup: all that was acknowledged before, and nothing that shows.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use strongroom_tests::{Client, Scene, wait};
use tokio::sync::watch;

use super::{back_up, drafts, restored};

/// Returns the last number of each secret: even ones are set, for odd ones it is deleted.
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
        acknowledged.send_modify(|all| {
            all.insert(name, step);
        });
    }
}

#[tokio::test]
async fn made_under_load_it_has_all_that_was_acknowledged_before() {
    let Scene { server, writer, runner, .. } = &Scene::new().await;
    for index in 0..20 {
        writer.set(&format!("fixed {index}"), json!(format!("the fixed value {index}"))).await;
    }
    let (ending, stopping) = watch::channel(false);
    let mut watched = Vec::new();
    let mut writers = Vec::new();
    for index in 0..3 {
        let (sender, receiver) = watch::channel(HashMap::new());
        watched.push(receiver);
        writers.push(tokio::spawn(write_until(writer.clone(), index, sender, stopping.clone())));
    }
    let mut kept = Vec::new();
    for round in 0..3 {
        wait::until("the writers get going", async || {
            let least = watched.iter().map(|it| it.borrow().values().copied().max().unwrap_or(0)).min();
            (least >= Some(2 + 5 * round)).then_some(())
        })
        .await;
        let snapshot = || watched.iter().flat_map(|it| it.borrow().clone()).collect::<HashMap<_, _>>();
        let before = snapshot();
        let file = back_up(server.store()).await;
        kept.push((before, file, snapshot()));
    }
    ending.send(true).expect("they listen");
    for writer in writers {
        writer.await.expect("every write succeeds beside a backup");
    }

    for (before, file, after) in kept {
        let store = restored(server.store(), &file).await;
        store.admin(&["audit", "verify"]).await;
        let restored = store.serve().await;
        let runner = runner.at(&restored);
        for index in 0..20 {
            let value = runner.value(&format!("fixed {index}")).await;
            assert_eq!(value, json!(format!("the fixed value {index}")));
        }
        for (name, first) in &before {
            // What was under way when the snapshot was taken may be in it.
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
async fn everything_comes_back_but_sessions() {
    let Scene { server, team, admin, runner, .. } = &Scene::new().await;
    let other = server.team("other").await;
    let limited_key = team.new_key_with("runner", &["--secrets", "DB_*", "--expires", "90d"]).await;
    for value in ["first", "second", "third"] {
        admin.set("DB_URL", json!(value)).await;
    }
    admin.set("API_TOKEN", json!({"nested": [1, 2.5, null, "\u{fc}"]})).await;
    admin.set("GONE", json!("the value of GONE")).await;
    admin.delete("GONE").await;
    let deployer = json!({"name": "deployer", "description": "deploys", "permissions": ["create:secret"]});
    admin.done("create_role", deployer).await;
    let deployer_key = team.new_key("deployer").await;
    let person = team.person("user").await;
    other.add(&person, "administrator").await;
    let invitation = admin.invite("ida@acme.example", "read-only").await;
    other.key("user").await.set("DB_URL", json!("of the other team")).await;
    runner.value("DB_URL").await;
    let session = server.fixed_session(&person).await;
    assert_eq!(session.rows("tenant", "slug").await.len(), 2);
    person.guessing("another password").log_in(&server.nobody()).await;
    // These take a provider, or a store without teams.
    server
        .store()
        .sql(
            "INSERT INTO identities SELECT 'https://id.example.com', 'subject', id, created FROM users; \
             INSERT INTO setup_tokens SELECT x'07', created FROM users; \
             INSERT INTO removed_vault_values SELECT id, created FROM users; \
             INSERT INTO vault_stores SELECT id FROM users; \
             INSERT INTO revoked_api_keys SELECT x'08', id, team_id, name, created FROM api_keys LIMIT 1",
        )
        .await;
    let file = back_up(server.store()).await;

    let store = restored(server.store(), &file).await;
    // Byte for byte what was there, in every table there is; a new one has to be filled above.
    for table in server.store().tables().await {
        let (mut before, mut after) = (server.store().rows(&table).await, store.rows(&table).await);
        assert!(!before.is_empty(), "{table} is empty");
        match table.as_str() {
            "sessions"
            | "log_in_attempts"
            | "setup_tokens"
            | "removed_vault_values"
            | "vault_stores"
            | "revoked_api_keys" => before.clear(),
            // When they were run.
            "seaql_migrations" => continue,
            "audit_entries" => after.retain(|entry| !entry.contains("restore:backup")),
            _ => {}
        }
        assert_eq!(after, before, "{table}");
    }
    let new = store.serve().await;
    let admin = admin.at(&new);
    let runner = runner.at(&new);
    assert_eq!(runner.names().await, ["API_TOKEN", "DB_URL"]);
    assert_eq!(runner.value("DB_URL").await, json!("third"));
    assert_eq!(runner.value("API_TOKEN").await, json!({"nested": [1, 2.5, null, "\u{fc}"]}));
    assert_eq!(new.with_key(&limited_key).names().await, ["DB_URL"]);
    assert_eq!(new.with_key(&deployer_key).auth_info("role").await, json!("deployer"));
    assert_eq!(admin.column("secret_version(name: \"DB_URL\")", "version").await, [3, 2, 1]);
    admin.done("restore_secret_version", json!({"name": "DB_URL", "version": 1})).await;
    assert_eq!(runner.value("DB_URL").await, json!("first"));
    admin.done("restore_secret", json!({"name": "GONE"})).await;
    assert_eq!(runner.value("GONE").await, json!("the value of GONE"));

    session.at(&new).assert_unknown().await;
    let again = new.fixed_session(&person).await;
    assert_eq!(again.rows("tenant", "slug").await.len(), 2);
    new.nobody().join(&invitation, "a good long password").await;
}

#[tokio::test]
async fn both_are_in_every_team_s_log_and_the_chains_go_on() {
    let Scene { server, admin, .. } = &Scene::new().await;
    let other = server.team("other").await.key("administrator").await;
    let file = server.store().beside("b");
    let printed = server.store().run(&["backup", &file]).await.succeeded();
    let store = restored(server.store(), &file).await;
    let new = store.serve().await;
    for (admin, slug) in [(admin, "acme"), (&other, "other")] {
        let entries = admin.audit(json!({})).await;
        assert_eq!(entries[0]["action"], "create:backup");
        assert_eq!(entries[0]["actor_kind"], "system");
        let restored = admin.at(&new).audit(json!({})).await;
        assert_eq!(restored[0]["action"], "restore:backup");
        assert_eq!(restored[1..], entries, "the log of before, and one entry more");
        let detail = restored[0]["detail"].as_str().expect("a text");
        assert!(printed.contains(detail.trim_start_matches("of ")), "{detail}: {printed}");

        let mut lines = printed.lines().filter_map(|line| line.strip_prefix("audit checkpoint: "));
        let checkpoint = lines.find(|line| line.starts_with(slug)).expect("it is printed");
        new.admin(&["audit", "verify", "--checkpoint", checkpoint]).await;
    }
}

#[tokio::test]
async fn nothing_of_it_shows_and_only_its_owner_reads_it() {
    let Scene { server, team, admin, .. } = &Scene::new().await;
    let person = team.person("user").await;
    admin.set("A_NAME_TO_LOOK_FOR", json!("a value to look for")).await;
    let file = back_up(server.store()).await;
    let bytes = fs::read(&file).expect("the file can be read");
    let key = fs::read_to_string(server.store().data_dir().join("master.key")).expect("text");
    for text in [
        "A_NAME_TO_LOOK_FOR",
        "a value to look for",
        &person.email,
        "The acme team",
        "audit_entries",
        key.trim(),
    ] {
        let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!found, "{text}");
    }
    let mode = fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(bytes.starts_with(b"strongroom backup 1\nmaster key "));
    assert_eq!(drafts(server.store()), [""; 0]);
}

#[tokio::test]
async fn restored_again_and_again_it_stays_the_same() {
    let Scene { server, admin, .. } = Scene::new().await;
    let mut last = server.store().clone();
    admin.set("A", json!("the value of A")).await;
    server.stop().await;
    for _ in 0..3 {
        let file = back_up(&last).await;
        last = restored(&last, &file).await;
    }
    let printed = last.admin(&["audit", "verify"]).await;
    assert!(printed.contains("whole"), "{printed}");
    let server = last.serve().await;
    let backups = r#"audit_log(where: {action: {_like: "%:backup"}}, order_by: {sequence: desc})"#;
    let actions = admin.at(&server).column(backups, "action").await;
    assert_eq!(actions, ["restore:backup", "create:backup"].repeat(3));
}
