//! The audit log: filtered, sorted, and complete under load; who reads a secret; commands and refusals.

use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene, Store};
use tokio::task::JoinSet;

use super::audit_export::json_lines;

const VALUE: &str = "a value that no log shows";
const PASSWORD: &str = "a new member's password";

#[tokio::test]
async fn the_log_is_filtered_and_sorted_and_concurrent_reads_are_all_recorded() {
    let Scene { server, team, admin, runner, .. } = &Scene::new().await;
    let ada = team.session("user").await;
    for name in ["A", "B", "C"] {
        ada.set(name, json!(VALUE)).await;
        runner.value(name).await;
    }
    let all = admin.audit(json!({})).await;
    let sequences: Vec<_> = all.iter().map(|entry| entry["sequence"].clone()).collect();
    assert_eq!(sequences, (1..=all.len()).rev().map(Value::from).collect::<Vec<_>>(), "newest first");
    let (read, middle) = (&all[0], &all[3]);

    for (filter, count) in [
        (json!({"action": {"_eq": "read:secret-value"}}), 3),
        (json!({"action": {"_in": ["read:secret-value", "create:secret"]}}), 6),
        (json!({"action": {"_like": "%:secret%"}, "object_name": {"_eq": "B"}}), 2),
        (json!({"actor_kind": {"_eq": "user"}, "action": {"_eq": "create:secret"}}), 3),
        (json!({"actor_name": {"_eq": read["actor_name"]}}), 3),
        (json!({"actor_name": {"_ilike": "RUN%ER"}}), 3),
        (json!({"actor_id": {"_eq": read["actor_id"]}}), 3),
        (json!({"object_id": {"_eq": read["object_id"]}}), 2),
        (json!({"object_name": {"_in": ["A", "C"]}}), 4),
        (json!({"address": {"_eq": ""}}), sequences.len() - 9),
        (json!({"sequence": {"_gt": middle["sequence"]}}), 3),
        (json!({"sequence": {"_lte": middle["sequence"]}}), sequences.len() - 3),
        (json!({"time": {"_gt": middle["time"]}}), 3),
        (json!({"time": {"_gte": middle["time"], "_lt": read["time"]}}), 3),
        (json!({"_or": [{"object_name": {"_eq": "A"}}, {"object_name": {"_eq": "B"}}]}), 4),
        (json!({"_not": {"action": {"_like": "create:%"}}}), 3),
        (json!({"object_name": {"_eq": "%"}}), 0),
        (json!({"detail": {"_is_null": false}, "action": {"_eq": "create:member"}}), 1),
    ] {
        let found = admin.audit(filter.clone()).await;
        assert_eq!(found.len(), count, "{filter}: {found:#?}");
    }
    assert_eq!(admin.column("audit_log(order_by: {sequence: asc}, limit: 2)", "sequence").await, [1, 2]);
    let fourth = admin.column("audit_log(limit: 1, offset: 3)", "sequence").await;
    assert_eq!(fourth, [middle["sequence"].clone()]);
    let id = r#"where: {actor_id: {_eq: "nobody"}}"#;
    let time = r#"where: {time: {_gt: "soon"}}"#;
    for arguments in ["limit: -1", "offset: -1", time, id, r#"where: {hash: {_eq: "x"}}"#] {
        admin.query(&format!("{{ audit_log({arguments}) {{ action }} }}")).await.error();
    }
    // Concurrent reads are all recorded.
    admin.set("READ", json!(VALUE)).await;
    let second = server.store().serve().await;
    let mut readers = JoinSet::new();
    for number in 0..6 {
        let runner = team.key("runner").await;
        let runner = if number % 2 == 0 { runner } else { runner.at(&second) };
        readers.spawn(async move {
            for _ in 0..15 {
                runner.value("READ").await;
            }
        });
    }
    readers.join_all().await;
    let reads =
        admin.audit(json!({"action": {"_eq": "read:secret-value"}, "object_name": {"_eq": "READ"}})).await;
    assert_eq!(reads.len(), 90);
    let access = access(admin, "READ").await;
    let counts: Vec<_> = access["readers"].as_array().expect("a list").iter().map(total).collect();
    assert_eq!(counts, [15; 6], "each is counted");
    assert_eq!(access["last_reads"].as_array().map(Vec::len), Some(10));
    for (read, entry) in access["last_reads"].as_array().into_iter().flatten().zip(&reads) {
        assert_eq!([&read["time"], &read["actor_name"]], [&entry["time"], &entry["actor_name"]]);
    }
    let whole = json_lines(admin.get("/audit-log.jsonl").await.text());
    for (row, sequence) in whole.iter().zip(1..) {
        assert_eq!(row["sequence"], json!(sequence), "no number is left out or taken twice");
    }
    assert!(server.admin(&["audit", "verify"]).await.contains("acme: "));
}

/// Who may read a secret, and who does.
async fn access(admin: &Client, name: &str) -> Value {
    let document = format!(
        "{{ secret_access(name: {name:?}) {{ keys {{ name secrets }} roles {{ name }}
        readers {{ key_name last_read reads_by_day }} last_reads {{ time actor_name address object_name }} }} }}"
    );
    admin.query(&document).await.data("/secret_access").clone()
}

/// The reads of a reader.
fn total(reader: &Value) -> i64 {
    let days = reader["reads_by_day"].as_array().expect("a list");
    assert_eq!(days.len(), 30);
    days.iter().filter_map(Value::as_i64).sum()
}

fn texts<'a>(rows: &'a Value, field: &str) -> Vec<&'a str> {
    rows.as_array().expect("a list").iter().filter_map(|row| row[field].as_str()).collect()
}

#[tokio::test]
async fn access_names_the_keys_that_can_read_a_secret_and_those_that_do() {
    let Scene { server, admin, writer, runner, .. } = Scene::new().await;
    for name in ["DB_URL", "AWS_KEY"] {
        writer.set(name, json!(VALUE)).await;
    }
    admin.new_role("deployer", &["read:secret", "read:secret-value"]).await;
    let key = async |name: &str, role: &str, secrets: &[&str]| {
        admin.new_key(json!({"name": name, "role": role, "secrets": secrets})).await
    };
    let (flows_id, flows) = key("flows", "runner", &["DB_*", "AWS_KEY"]).await;
    let (_, deploy) = key("deploy", "deployer", &["DB_URL"]).await;
    let (_, elsewhere) = key("elsewhere", "runner", &["AWS_*"]).await;
    key("writes", "user", &["DB_URL"]).await;
    for client in [&flows, &deploy, &flows, &deploy, &flows] {
        client.value("DB_URL").await;
    }
    elsewhere.value("AWS_KEY").await;
    elsewhere.assert_no_value("DB_URL").await;
    runner.try_values(&["AWS_KEY", "MISSING"]).await.data("/secret_values");

    let found = access(&admin, "DB_URL").await;
    let limits = json!([
        {"name": "deploy", "secrets": ["DB_URL"]},
        {"name": "flows", "secrets": ["DB_*", "AWS_KEY"]},
        {"name": "runner", "secrets": null},
    ]);
    assert_eq!(found["keys"], limits);
    assert_eq!(texts(&found["roles"], "name"), ["runner", "deployer"]);
    assert_eq!(texts(&found["readers"], "key_name"), ["flows", "deploy"], "the last reader first");
    assert_eq!([&found["readers"][0], &found["readers"][1]].map(total), [3, 2]);
    assert_eq!(texts(&found["last_reads"], "actor_name"), ["flows", "deploy", "flows", "deploy", "flows"]);
    assert_eq!(texts(&found["last_reads"], "address"), ["127.0.0.1"; 5]);
    assert_eq!(found["readers"][0]["last_read"], found["last_reads"][0]["time"]);
    let found = access(&admin, "AWS_KEY").await;
    assert_eq!(texts(&found["readers"], "key_name"), ["runner", "elsewhere"]);
    assert_eq!(texts(&found["keys"], "name"), ["elsewhere", "flows", "runner"]);
    assert_eq!(access(&admin, "MISSING").await, Value::Null);

    // A revoked key can't read any more, but did. A secret keeps its readers when it is renamed.
    admin.done("delete_api_key", json!({"key_id": flows_id})).await;
    let rename = json!({"name": "DB_URL", "new_name": "NEW_URL", "confirm_key_access": true});
    writer.done("update_secret", rename).await;
    let found = access(&admin, "NEW_URL").await;
    assert_eq!(texts(&found["keys"], "name"), ["runner"]);
    assert_eq!(texts(&found["readers"], "key_name"), ["flows", "deploy"]);
    assert_eq!(texts(&found["last_reads"], "object_name"), ["DB_URL"; 5]);
    writer.set("DB_URL", json!(VALUE)).await;
    assert_eq!(access(&admin, "DB_URL").await["readers"], json!([]), "it is another secret");

    // The counts follow from the log: a server that finds none counts again, as after an upgrade or a restore.
    let store = Arc::clone(server.store());
    let file = store.back_up().await;
    server.stop().await;
    assert!(store.sql("DELETE FROM secret_reads WHERE reads > 0").await > 0);
    let server = store.serve().await;
    assert_eq!(access(&admin.at(&server), "NEW_URL").await, found);
    let restored = store.restored(&file).await.serve().await;
    assert_eq!(access(&admin.at(&restored), "NEW_URL").await, found);

    // Archived reads stay counted.
    store.admin(&["audit", "archive", "--before", "2100-01-01", &store.beside("archive.jsonl")]).await;
    let archived = access(&admin.at(&server), "NEW_URL").await;
    assert_eq!((&archived["readers"], &archived["last_reads"]), (&found["readers"], &json!([])));
}

/// The refusals among these entries, oldest first: who, which object, and how often with which names.
fn refusals(entries: &[Value]) -> Vec<(String, Value, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let refused = entries.iter().rev().filter(|entry| text(&entry["action"]).starts_with("refused:"));
    let found = refused.map(|entry| {
        let detail = text(&entry["detail"]);
        let (times, names) = (detail.split(',').next(), detail.split("; names: ").nth(1));
        let how_often = [times.unwrap_or_default(), names.unwrap_or_default()].join("|");
        (text(&entry["actor_name"]), entry["object_name"].clone(), how_often)
    });
    found.collect()
}

#[tokio::test]
async fn commands_are_recorded_as_the_system_s_and_repeated_refusals_as_one_entry() {
    let store = Store::new();
    let team = store.team("acme").await;
    let person = team.person("administrator").await;
    team.new_key("runner").await;
    let file = store.password_file(PASSWORD);
    store.admin(&["reset-password", "--email", &person.email, "--password-file", &file]).await;
    store.admin(&["end-sessions", "--email", &person.email]).await;
    let server = store.serve().await;
    let team = team.at(&server);
    let admin = team.key("administrator").await;
    let entries = admin.audit(json!({})).await;
    let actions: Vec<_> = entries.iter().rev().filter_map(|entry| entry["action"].as_str()).collect();
    let made = ["create:team", "create:member", "create:api_key"];
    let by_commands = ["update:password", "delete:member-sessions", "create:api_key"];
    assert_eq!(actions, [&made[..], &by_commands].concat());
    for entry in &entries {
        let actor = [&entry["actor_kind"], &entry["actor_id"], &entry["address"]];
        assert_eq!(json!(actor), json!(["system", null, ""]), "{entry}");
    }
    // Repeated refusals are one entry with their number.
    let person = team.person("user").await;
    admin.set("A", json!(VALUE)).await;
    let before = admin.get("/audit-log.jsonl").await.text().len();
    let (mut at_once, mut folded) = (Vec::new(), Vec::new());
    let others = (1..100).map(|number| format!("a{number}: secret_value(name: \"N{number}\")"));
    let document = format!("{{ a0: secret_value(name: \"A\") {} }}", others.collect::<Vec<_>>().join(" "));
    for _ in 0..3 {
        let reader = team.key("read-only").await;
        let name = reader.auth_info("name").await.as_str().expect("text").to_owned();
        for _ in 0..10 {
            reader.query(&document).await.errors();
        }
        at_once.push((name.clone(), json!("A"), "|".to_owned()));
        let count = "repeated 999 times within a minute|";
        folded.push((name, Value::Null, format!("{count}N1, N2, N3 and 97 more")));
    }
    let browser = server.nobody();
    let wrong = person.guessing("not the password at all");
    for _ in 0..3 {
        wrong.log_in(&browser).await.refusal("log_in");
    }
    browser.try_value("A").await.assert_error("UNAUTHENTICATED");
    person.log_in(&browser).await.assert_success("log_in");
    at_once.push((person.email.clone(), Value::Null, "|".to_owned()));
    folded.push((person.email.clone(), Value::Null, "repeated 2 times within a minute|".to_owned()));
    assert_eq!(refusals(&admin.audit(json!({})).await), at_once);
    // An orderly stop records the counted repeats.
    server.stop().await;
    let server = store.serve().await;
    let admin = admin.at(&server);
    let mut found = refusals(&admin.audit(json!({})).await);
    for refusals in [&mut found[at_once.len()..], &mut folded] {
        refusals.sort_by(|a, b| a.0.cmp(&b.0));
    }
    assert_eq!(found, [at_once, folded].concat());
    let grown = admin.get("/audit-log.jsonl").await.text().len() - before;
    println!("3,000 refused reads and 3 wrong passwords: {grown} bytes of the log");
    assert!(grown < 10_000, "{grown}");
    server.admin(&["audit", "verify"]).await;
    // A kill loses the count of the last minute, and nothing else.
    let reader = team.at(&server).key("read-only").await;
    for _ in 0..3 {
        reader.try_value("A").await.assert_error("FORBIDDEN");
    }
    let before = refusals(&admin.audit(json!({})).await).len();
    server.kill().await;
    let server = store.serve().await;
    let after = refusals(&admin.at(&server).audit(json!({})).await).len();
    assert_eq!((before, after), (9, 9));
}
