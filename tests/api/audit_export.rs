//! Exports and archives of the audit log.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use strongroom_tests::{Client, Reply, Scene, Store, aliases, assert_says, mode};

const VALUE: &str = "a value that no log shows";

pub fn json_lines(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}")))
        .collect()
}

const COLUMNS: &str = "team_id sequence time action actor_kind actor_id actor_name address object_id object_name \
                       detail previous_hash hash";

/// Entries as RFC 4180 has it, with a byte order mark for Excel and without formulas.
fn csv(entries: &[Value]) -> String {
    let cell = |entry: &Value, column: &str| {
        let text = match &entry[column] {
            Value::Null => String::new(),
            Value::String(text) if text.starts_with(['=', '+', '-', '@', '＝']) => format!("'{text}"),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let is_plain = !text.contains([',', '"', '\r', '\n']);
        if is_plain { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    let line = |entry| COLUMNS.split(' ').map(|column| cell(entry, column)).collect::<Vec<_>>().join(",");
    let lines = [COLUMNS.replace(' ', ",")].into_iter().chain(entries.iter().map(line));
    lines.fold("\u{feff}".to_owned(), |text, line| text + line.as_str() + "\r\n")
}

#[tokio::test]
async fn a_long_log_is_listed_in_parts_and_exported_in_one() {
    let Scene { admin, runner, .. } = &Scene::new().await;
    admin.set("A", json!(VALUE)).await;
    let document = format!("{{ {} }}", aliases(r#"secret_value(name: "A")"#, 100));
    for _ in 0..30 {
        runner.query(&document).await.data("/a99");
    }
    let checkpoint = admin.query("{ audit_checkpoint { count hash line } }").await;
    let checkpoint = checkpoint.data("/audit_checkpoint");
    let count = usize::try_from(checkpoint["count"].as_u64().expect("a number")).expect("few");
    assert!(count > 3000, "{count}");

    assert_eq!(admin.rows("audit_log", "sequence").await.len(), 1000);
    let beyond = admin.query("{ audit_log(limit: 1001) { sequence } }").await;
    let is_cut = || beyond.data("/audit_log").as_array().map(Vec::len) == Some(1000);
    assert!(!beyond.errors().is_empty() || is_cut(), "{beyond:?}");
    assert_eq!(admin.column(&format!("audit_log(offset: {})", count - 1), "sequence").await, [1]);

    let export = admin.get("/audit-log.jsonl").await;
    assert_eq!(export.status, 200, "{}", export.text());
    let rows = json_lines(export.text());
    // The entry about the export may be in it.
    assert!((count..=count + 1).contains(&rows.len()), "{}", rows.len());
    let mut previous = json!("0".repeat(64));
    for (row, sequence) in rows.iter().zip(1..) {
        let keys: Vec<_> = row.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys.join(" "), COLUMNS);
        assert_eq!(row["sequence"], json!(sequence));
        assert_eq!(row["previous_hash"], previous);
        previous = row["hash"].clone();
    }
    assert_eq!(rows[count - 1]["hash"], checkpoint["hash"]);
    assert!(!export.text().contains(VALUE));

    let export = admin.get("/audit-log.csv").await;
    assert!(export.text().starts_with(&csv(&rows)), "{}", export.text());
    let others = export.text().lines().count() - rows.len();
    assert!((1..=2).contains(&others), "the head, and the entry about the other export: {others}");
    // An export that is read slowly does not block others.
    let request = admin.request(reqwest::Method::GET, "/audit-log.jsonl");
    let mut slow = request.send().await.expect("the server answers");
    let mut text = slow.chunk().await.expect("it is sent in parts").expect("it has a first one").to_vec();
    admin.set("A", json!(VALUE)).await;
    runner.value("A").await;
    while let Some(chunk) = slow.chunk().await.expect("it goes on") {
        text.extend(chunk);
    }
    assert!(json_lines(&String::from_utf8(text).expect("it is text")).len() > count);
}

async fn export(client: &Client, path: &str, filter: &str) -> Reply {
    let url = reqwest::Url::parse_with_params("http://x/", [("where", filter)]).expect("a URL");
    client.get(&format!("{path}?{}", url.query().expect("it has a query"))).await
}

#[tokio::test]
async fn an_export_needs_the_permission_and_the_team_is_filtered_and_has_no_formulas() {
    let Scene { server, team, admin, writer, runner } = &Scene::new().await;
    let other = server.team("other").await.key("administrator").await;
    let (ours, theirs) = (admin.tenant_id().await, other.tenant_id().await);
    other.set("THEIRS", json!(VALUE)).await;
    admin.new_role("auditor", &["read:audit_log"]).await;

    for (path, kind) in [("/audit-log.jsonl", "application/"), ("/audit-log.csv", "text/csv")] {
        for (client, status) in [
            (&server.nobody(), 401),
            (&server.with_key("sr_wrong"), 401),
            (writer, 403),
            (runner, 403),
            (&team.session("read-only").await, 403),
        ] {
            let reply = client.get(path).await;
            assert_eq!(reply.status, status, "{}", reply.text());
            assert!(!reply.text().contains("create:team"), "{}", reply.text());
        }
        for id in [theirs.as_str(), "00000000-0000-4000-8000-000000000000", "x"] {
            let reply = admin.get(&format!("{path}?team={id}")).await;
            assert_eq!(reply.status, 403, "{}", reply.text());
            assert!(!reply.text().contains("THEIRS"), "{}", reply.text());
        }
        for client in [team.key("auditor").await, team.session("auditor").await, admin.clone()] {
            let reply = client.get_page(&format!("{path}?team={ours}")).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert!(!reply.text().contains("THEIRS"), "{}", reply.text());
            // It is a file to save, but not to cache.
            assert!(reply.header("content-type").starts_with(kind), "{reply:?}");
            assert!(reply.header("content-disposition").starts_with("attachment"), "{reply:?}");
            assert!(reply.header("cache-control").contains("no-store"), "{reply:?}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
        }
    }
    let exports = admin.audit(json!({"action": {"_eq": "export:audit_log"}})).await;
    assert_eq!(exports.len(), 6, "refused exports are not among them: {exports:#?}");
    // It is filtered like a query, and has no formulas.
    let names =
        ["A", "Ä & B", "C", "=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "a, \"quoted\" one", "fine =1+1"];
    for name in names {
        admin.set(name, json!(VALUE)).await;
    }
    for (filter, names) in [
        (json!({"object_name": {"_eq": "Ä & B"}}), &["Ä & B"][..]),
        (json!({"action": {"_eq": "create:secret"}, "_not": {"object_name": {"_eq": "A"}}}), &names[1..]),
        (json!({"action": {"_eq": "delete:secret"}}), &[]),
    ] {
        let rows = json_lines(export(admin, "/audit-log.jsonl", &filter.to_string()).await.text());
        let found: Vec<_> = rows.iter().map(|row| &row["object_name"]).collect();
        assert_eq!(found, names, "{filter}");
        let table = export(admin, "/audit-log.csv", &filter.to_string()).await;
        assert_eq!(table.text(), csv(&rows), "{filter}");
    }
    for bad in [json!("text"), json!({"owner": {"_eq": "x"}}), json!({"sequence": {"_eq": "x"}})] {
        let reply = export(admin, "/audit-log.jsonl", &bad.to_string()).await;
        assert_eq!(reply.status, 400, "{bad}: {}", reply.text());
    }
    for bad in ["where=%7B", "filter=%7B%7D", "where=%7B%7D&where=%7B%7D"] {
        assert_eq!(admin.get(&format!("/audit-log.csv?{bad}")).await.status, 400, "{bad}");
    }
    // It keeps the limits of a query.
    let deep = |levels: usize| format!("{}{{}}{}", r#"{"_not":"#.repeat(levels), "}".repeat(levels));
    let wide = |values: usize| json!({"sequence": {"_in": (0..values).collect::<Vec<_>>()}}).to_string();
    let many =
        |conditions: usize| json!({"_or": vec![json!({"sequence": {"_eq": 1}}); conditions]}).to_string();
    for (filter, status) in [
        (deep(10), 200),
        (wide(1_000), 200),
        (many(50), 200),
        (deep(17), 400),
        (deep(100), 400),
        (deep(1_000), 400),
        (wide(1_001), 400),
        (many(129), 400),
    ] {
        let reply = export(admin, "/audit-log.jsonl", &filter).await;
        assert_eq!(reply.status, status, "{filter}: {}", reply.text());
    }
}

#[tokio::test]
async fn archived_entries_are_in_the_file_and_the_log_continues_after_them() {
    let Scene { server, admin, runner, .. } = &Scene::new().await;
    let store = server.store();
    let other = server.team("other").await.key("administrator").await;
    for name in ["A", "B", "C", "D", "E"] {
        admin.set(name, json!(VALUE)).await;
    }
    other.set("THEIRS", json!(VALUE)).await;
    let whole = admin.get("/audit-log.jsonl").await;
    let whole: Vec<_> = whole.text().lines().collect();
    let fifth = json_lines(&format!("{}\n", whole[4]))[0]["time"].as_str().expect("text").to_owned();
    let checkpoint = server.admin(&["audit", "checkpoint", "--team", "acme"]).await;
    let (one, two) = (store.beside("one.jsonl"), store.beside("two.jsonl"));
    let archive = async |before: &str, file: &str, team: &[&str]| {
        let command = ["admin", "audit", "archive", "--before", before, file];
        store.run(&[&command, team].concat()).await
    };
    let read = |file: &str| fs::read_to_string(file).expect("the archive can be read");
    let ours = ["--team", "acme"];

    assert_says(&archive("2001-01-01", &one, &[]).await.succeeded(), &["Nothing to archive"]);
    archive("soon", &one, &[]).await.failed();
    archive("2100-01-01", &one, &["--team", "missing"]).await.failed();
    assert!(!Path::new(&one).exists());

    let printed = archive(&fifth, &one, &ours).await.succeeded();
    assert!(printed.starts_with("Archived 4 entries. Checkpoint: acme 4 "), "{printed}");
    let text = read(&one);
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), whole[..4]);
    let lines = json_lines(&text);
    let (header, hash) = (&lines[0], &lines[4]["hash"]);
    let found = ["team", "first", "last", "hash"].map(|field| &header[field]);
    assert_eq!(json!(found), json!(["acme", 1, 4, hash]));
    assert_eq!(mode(&one), 0o600);
    let left = admin.rows("audit_log(order_by: {sequence: asc})", "sequence action object_name detail").await;
    assert_eq!(left[0]["sequence"], 5);
    let last = left.last().expect("there are some");
    assert_eq!(last["action"], "archive:audit_log");
    assert_eq!(last["detail"], format!("4 entries, up to 4 {}", hash.as_str().expect("text")));
    // An archive never replaces a file, and never has the last entry.
    assert_says(&archive("2100-01-01", &one, &ours).await.failed(), &["already"]);
    admin.set("F", json!(VALUE)).await;
    archive("2100-01-01", &two, &[]).await.succeeded();
    let lines = json_lines(&read(&two));
    let teams: Vec<_> = lines.iter().filter_map(|line| line["team"].as_str()).collect();
    assert_eq!(teams, ["acme", "other"]);
    let left = admin.column("audit_log(order_by: {sequence: asc})", "action").await;
    assert_eq!(left, ["create:secret", "archive:audit_log"]);

    runner.value("F").await;
    verify_archives(store, admin, [&one, &two], checkpoint.trim_end()).await;
    // A header keeps the slug of its time.
    admin.done("update_team", json!({"slug": "renamed"})).await;
    assert_says(&server.admin(&["audit", "verify", "--archive", &one, &two]).await, &["renamed: "]);
}

async fn verify_archives(store: &Store, admin: &Client, [one, two]: [&str; 2], checkpoint: &str) {
    let count = admin.query("{ audit_checkpoint { count } }").await;
    let count = count.data("/audit_checkpoint/count").as_i64().expect("a number");
    let expected = format!("acme: {count} entries, intact, {} of them archived", count - 3);
    let verify = ["audit", "verify", "--archive", one, two, "--checkpoint", checkpoint];
    for arguments in [&verify[..2], &verify[..5], &verify] {
        assert_says(&store.admin(arguments).await, &[&expected]);
    }
    // The checkpoint's entry is archived by now; and verification starts with the first archive.
    for (arguments, complaint) in [
        (&["--checkpoint", checkpoint][..], "can't be compared, because entry"),
        (&["--archive", two], "two.jsonl: entry 1 is missing"),
        (&["--archive", two, "--archive", one], "two.jsonl: entry 1 is missing"),
        (&["--archive", one], "entry 5 is in none of the archives"),
    ] {
        store.refused(&[&["admin", "audit", "verify"], arguments].concat(), complaint).await;
    }
    // A backup includes the archived beginning.
    store.restored(&store.back_up().await).await.admin(&verify).await;
}
