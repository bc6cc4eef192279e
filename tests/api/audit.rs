//! The audit log: who did what, when and from where; complete, in order, and never a value.

use std::collections::HashMap;

use serde_json::{Value, json};
use strongroom_tests::client::{Reply, aliased};
use strongroom_tests::{Client, Person, Server, Store, Team, write_private};

const VALUE: &str = "a value that no log shows";
const PASSWORD: &str = "a new member's password";
const ANOTHER: &str = "another password of theirs";

async fn a_team() -> (Server, Team, Client) {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    (server, team, admin)
}

/// Follows the log, and ticks off what it has to say.
struct Reader {
    client: Client,
    seen: i64,
    actions: HashMap<String, usize>,
}

impl Reader {
    /// Starts at the end of the log.
    async fn at_the_end(client: &Client) -> Self {
        let last = client.audit(json!({})).await;
        Self {
            client: client.clone(),
            seen: last[0]["sequence"].as_i64().expect("a number"),
            actions: HashMap::new(),
        }
    }

    /// Expects one new entry for each of `expected`, in this order: actor, action, object, detail. A detail that is a
    /// text has to occur in the entry's.
    async fn reads(&mut self, expected: &[(&str, &str, Value, Value)]) {
        let mut entries = self.client.audit(json!({"sequence": {"_gt": self.seen}})).await;
        entries.reverse();
        let found: Vec<_> =
            entries.iter().map(|entry| (entry["actor_name"].as_str(), entry["action"].as_str())).collect();
        let wanted: Vec<_> =
            expected.iter().map(|(actor, action, ..)| (Some(*actor), Some(*action))).collect();
        assert_eq!(found, wanted, "{entries:#?}");
        for (entry, (_, action, object, detail)) in entries.iter().zip(expected) {
            assert_eq!(&entry["object_name"], object, "{entry}");
            match detail.as_str() {
                Some(part) => assert!(
                    entry["detail"].as_str().is_some_and(|text| text.contains(part)),
                    "{part:?} is missing in {entry}"
                ),
                None => assert_eq!(&entry["detail"], detail, "{entry}"),
            }
            let address = if entry["actor_kind"] == "system" { "" } else { "127.0.0.1" };
            assert_eq!(entry["address"], address, "{entry}");
            *self.actions.entry((*action).to_owned()).or_default() += 1;
        }
        self.seen += i64::try_from(entries.len()).expect("few entries");
    }
}

/// Every action there is, as the list of them says.
fn every_action() -> Vec<&'static str> {
    let source = include_str!("../../shared/src/audit_action.rs");
    let (_, table) = source.split_once("\nactions! {\n").expect("there is a table");
    let (table, _) = table.split_once("\n}").expect("it ends");
    let row = |line: &'static str| line.split_once(" = \"")?.1.split('"').next();
    table.lines().filter_map(row).collect()
}

#[tokio::test]
async fn each_action_is_recorded_once_with_who_did_it_to_what() {
    let (server, team, admin) = a_team().await;
    let boss = team.person("administrator").await;
    let session = server.fixed_session(&boss).await;
    let runner = team.key("runner").await;
    let runner_name = runner.auth_info("name").await;
    let runner_name = runner_name.as_str().expect("text");
    let mut log = Reader::at_the_end(&admin).await;
    let none = || Value::Null;

    tell_of_secrets(&mut log, &session, &runner, (&boss.email, runner_name)).await;
    tell_of_keys(&mut log, &session, &boss.email).await;
    tell_of_people(&mut log, &server, &session, &boss.email).await;
    tell_of_accounts(&mut log, &server, &session, &boss).await;

    session.done("update_team", json!({"name": "New Name"})).await;
    log.reads(&[(&boss.email, "update:team", json!("New Name"), json!(""))]).await;
    session.get("/audit-log.jsonl").await;
    log.reads(&[(&boss.email, "export:audit_log", none(), json!(""))]).await;
    let file = server.store().scratch().join("a.backup");
    let file = file.to_str().expect("temporary paths are UTF-8");
    server.store().run(&["backup", file]).await.succeeded();
    log.reads(&[("command line", "create:backup", none(), none())]).await;
    let file = server.store().scratch().join("archive.jsonl");
    let file = file.to_str().expect("temporary paths are UTF-8");
    server.admin(&["audit", "archive", "--before", "2100-01-01", file]).await;
    log.reads(&[("command line", "archive:audit_log", json!("archive.jsonl"), json!(" entries, up to "))])
        .await;
    let store = server.store();
    // A key that is there already is taken on any database.
    let file = store.data_dir().join("master.key");
    let old = std::fs::read_to_string(&file).expect("the key can be read");
    write_private(&file, format!("{}\n{old}", "3d".repeat(32)));
    store.run(&["rotate-master-key"]).await.succeeded();
    store.run(&["rotate-data-keys"]).await.succeeded();
    log.reads(&[
        ("command line", "rotate:master_key", none(), json!(", was ")),
        ("command line", "create:data_key", none(), none()),
        ("command line", "delete:data_key", none(), none()),
    ])
    .await;
    // This one is in the log of the store that is filled: `backup.rs` reads it.
    log.actions.insert("restore:backup".to_owned(), 1);
    let answer = session.mutate_for("create_team", json!({"name": "Second"}), "id").await;
    let second = answer.data("/create_team/id").as_str().expect("an id");
    log.reads(&[]).await;
    let there = session.as_tenant(second).audit(json!({})).await;
    assert_eq!(there.last().expect("it begins")["action"], "create:team");
    log.actions.insert("create:team".to_owned(), 1);
    session.done("change_password", json!({"current_password": PASSWORD, "new_password": ANOTHER})).await;
    log.reads(&[(&boss.email, "update:password", json!(boss.email), none())]).await;
    session.done("switch_team", json!({"team_id": second})).await;
    log.reads(&[]).await;
    let there = session.audit(json!({"sequence": {"_gt": there.len()}})).await;
    let there: Vec<_> =
        there.iter().map(|entry| (entry["action"].as_str(), entry["object_name"].as_str())).collect();
    assert_eq!(
        there,
        [(Some("switch:team"), Some("Second")), (Some("update:password"), Some(boss.email.as_str())),],
        "it concerns all of a person's teams"
    );
    log.actions.insert("switch:team".to_owned(), 1);
    // What time and Vault bring is in tests of their own: `history.rs`, and `life.rs` of Vault.
    for action in ["purge:secret", "move:value"] {
        log.actions.insert(action.to_owned(), 1);
    }

    let mut recorded: Vec<_> = log.actions.keys().map(String::as_str).collect();
    let mut known = every_action();
    recorded.sort_unstable();
    known.sort_unstable();
    assert_eq!(recorded, known, "each action has its place in this story");
    let whole = admin.query("{ audit_log { action actor_name object_name detail address } }").await;
    whole.assert_never_says(VALUE);
    for secret in server.store().sensitive() {
        whole.assert_never_says(&secret);
    }
}

async fn tell_of_secrets(log: &mut Reader, session: &Client, runner: &Client, who: (&str, &str)) {
    let (boss, runner_name) = who;
    let none = || Value::Null;
    session.set("A", json!(VALUE)).await;
    session.set("A", json!(format!("{VALUE} again"))).await;
    session.done("update_secret", json!({"name": "A", "new_name": "B"})).await;
    session.done("restore_secret_version", json!({"name": "B", "version": 1})).await;
    log.reads(&[
        (boss, "create:secret", json!("A"), none()),
        (boss, "update:secret", json!("A"), none()),
        (boss, "update:secret", json!("B"), json!("A")),
        (boss, "restore:secret-version", json!("B"), json!("1")),
    ])
    .await;
    session.delete("B").await;
    session.done("restore_secret", json!({"name": "B"})).await;
    log.reads(&[(boss, "delete:secret", json!("B"), none()), (boss, "restore:secret", json!("B"), none())])
        .await;
    runner.value("B").await;
    session.try_value("B").await.assert_error("FORBIDDEN");
    log.reads(&[
        (runner_name, "read:secret-value", json!("B"), none()),
        (boss, "refused:read:secret-value", json!("B"), none()),
    ])
    .await;
    let input = json!({"secrets": [{"name": "B", "value": VALUE}]});
    session.try_import(input).await.assert_success("import_secrets");
    log.reads(&[(boss, "compare:secret-value", json!("B"), none())]).await;
    // What changes nothing is nothing to record, unless it was refused.
    session.try_delete("MISSING").await.refusal("delete_secret");
    session.names().await;
    log.reads(&[]).await;
    // Each reason once, however often it is there.
    let set = "set_secret(input: {name: \"C\", value: 1}) { success }";
    let document = aliased(&vec![set.to_owned(); 3]);
    assert_eq!(runner.query(&document).await.errors().len(), 3);
    runner.query("{ member { email } }").await.assert_error("FORBIDDEN");
    let strangers = "00000000-0000-4000-8000-000000000000";
    for client in [runner, session] {
        let answer = client.as_tenant(strangers).query("{ secret_names }").await;
        answer.assert_error("FORBIDDEN");
    }
    log.reads(&[
        (runner_name, "refused:request", none(), json!("create:secret")),
        (runner_name, "refused:request", none(), json!("read:member")),
        (runner_name, "refused:request", none(), json!("another team")),
        (boss, "refused:request", none(), json!("another team")),
    ])
    .await;
}

async fn tell_of_keys(log: &mut Reader, session: &Client, boss: &str) {
    let input = json!({"name": "job", "role": "runner", "secrets": ["DB_*"]});
    let (id, job) = session.new_key(input).await;
    session.done("update_api_key", json!({"key_id": id, "name": "new job"})).await;
    session.done("delete_api_key", json!({"key_id": id})).await;
    job.try_value("DB_URL").await.assert_error("UNAUTHENTICATED");
    log.reads(&[
        (boss, "create:api_key", json!("job"), json!("runner")),
        (boss, "update:api_key", json!("new job"), json!("")),
        (boss, "delete:api_key", json!("new job"), json!("runner")),
        ("new job", "refused:use:api_key", json!("new job"), json!("revoked")),
    ])
    .await;
}

async fn tell_of_people(log: &mut Reader, server: &Server, session: &Client, boss: &str) {
    session.done("create_role", json!({"name": "clerk", "permissions": ["read:secret"]})).await;
    for role in ["user", "clerk"] {
        session.invite("gone@acme.example", role).await;
    }
    let row = session.row("invitation", "id", "email", "gone@acme.example").await;
    let invitation = row.expect("it is listed")["id"].clone();
    session.done("withdraw_invitation", json!({"id": invitation})).await;
    log.reads(&[
        (boss, "create:role", json!("clerk"), json!("read:secret")),
        (boss, "create:invitation", json!("gone@acme.example"), json!("user")),
        (boss, "delete:invitation", json!("gone@acme.example"), json!("user, replaced")),
        (boss, "create:invitation", json!("gone@acme.example"), json!("clerk")),
        (boss, "delete:invitation", json!("gone@acme.example"), json!("clerk")),
    ])
    .await;

    let token = session.invite("new@acme.example", "user").await;
    let answer = server.nobody().accept(&token, Some(PASSWORD)).await;
    answer.assert_success("accept_invitation");
    let joined = "new@acme.example";
    log.reads(&[
        (boss, "create:invitation", json!(joined), json!("user")),
        (joined, "create:member", json!(joined), json!("user")),
        (joined, "create:session", Value::Null, Value::Null),
    ])
    .await;
    let user_id = session.member_id(joined).await;
    session.done("end_member_sessions", json!({"user_id": user_id})).await;
    session.done("update_member", json!({"user_id": user_id, "role": "clerk"})).await;
    session.done("remove_member", json!({"user_id": user_id})).await;
    let row = session.row("role", "id", "name", "clerk").await;
    let role = row.expect("it is listed")["id"].clone();
    session.done("update_role", json!({"id": role, "name": "aide"})).await;
    session.done("delete_role", json!({"id": role})).await;
    log.reads(&[
        (boss, "delete:member-sessions", json!(joined), Value::Null),
        (boss, "update:member", json!(joined), json!("clerk")),
        (boss, "delete:member", json!(joined), json!("")),
        (boss, "update:role", json!("aide"), json!("")),
        (boss, "delete:role", json!("aide"), json!("")),
    ])
    .await;
}

async fn tell_of_accounts(log: &mut Reader, server: &Server, session: &Client, boss: &Person) {
    let none = || Value::Null;
    let email = boss.email.as_str();
    let browser = server.nobody();
    let wrong = boss.guessing("not the password at all");
    wrong.log_in(&browser).await.refusal("log_in");
    for _ in 0..2 {
        boss.log_in(&browser).await.assert_success("log_in");
    }
    let answer = browser.query("mutation { log_out { success error } }").await;
    answer.assert_success("log_out");
    log.reads(&[
        (email, "refused:create:session", none(), none()),
        (email, "create:session", none(), none()),
        (email, "delete:session", none(), json!("replaced")),
        (email, "create:session", none(), none()),
        (email, "delete:session", none(), none()),
    ])
    .await;
    let input = json!({"current_password": boss.password, "new_password": PASSWORD});
    session.done("change_password", input).await;
    log.reads(&[(email, "update:password", json!(email), none())]).await;
}

#[tokio::test]
async fn it_is_filtered_and_sorted_by_each_of_its_columns() {
    let (_server, team, admin) = a_team().await;
    let (ada, rob) = (team.session("user").await, team.key("runner").await);
    for name in ["A", "B", "C"] {
        ada.set(name, json!(VALUE)).await;
        rob.value(name).await;
    }
    let all = admin.audit(json!({})).await;
    let sequences: Vec<_> = all.iter().filter_map(|entry| entry["sequence"].as_i64()).collect();
    let newest_first: Vec<_> = (1..).take(sequences.len()).collect::<Vec<_>>().into_iter().rev().collect();
    assert_eq!(sequences, newest_first);
    let read = &all[0];
    let middle = &all[3];

    for (filter, count) in [
        (json!({"action": {"_eq": "read:secret-value"}}), 3),
        (json!({"action": {"_in": ["read:secret-value", "create:secret"]}}), 6),
        (json!({"action": {"_like": "%:secret%"}, "object_name": {"_eq": "B"}}), 2),
        (json!({"actor_kind": {"_eq": "user"}, "action": {"_eq": "create:secret"}}), 3),
        (json!({"actor_name": {"_eq": read["actor_name"]}}), 3),
        (json!({"actor_name": {"_ilike": "RUNNER KEY%"}}), 3),
        (json!({"actor_id": {"_eq": read["actor_id"]}}), 3),
        (json!({"object_id": {"_eq": read["object_id"]}}), 2),
        (json!({"object_name": {"_in": ["A", "C"]}}), 4),
        (json!({"address": {"_eq": ""}}), sequences.len() - 7),
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
    let oldest = admin.rows("audit_log(order_by: {sequence: asc}, limit: 2)", "sequence").await;
    assert_eq!(oldest, [json!({"sequence": 1}), json!({"sequence": 2})]);
    let paged = admin.rows("audit_log(limit: 1, offset: 3)", "sequence").await;
    assert_eq!(paged, [json!({"sequence": middle["sequence"]})]);
    for arguments in [
        "limit: -1",
        "offset: -1",
        r#"where: {time: {_gt: "soon"}}"#,
        r#"where: {actor_id: {_eq: "nobody"}}"#,
        "where: {hash: {_eq: \"x\"}}",
    ] {
        let answer = admin.query(&format!("{{ audit_log({arguments}) {{ action }} }}")).await;
        answer.error();
    }
}

/// Reads a value that many times, a hundred in one request.
async fn read_often(runner: &Client, times: usize) {
    let fields: Vec<_> = (0..100).map(|number| format!("a{number}: secret_value(name: \"A\")")).collect();
    let document = format!("{{ {} }}", fields.join(" "));
    for _ in 0..times / 100 {
        runner.query(&document).await.data("/a99");
    }
}

/// The rows of an export in JSON lines.
fn json_lines(reply: &Reply) -> Vec<Value> {
    let text = reply.text();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}")))
        .collect()
}

/// The rows of an export as CSV, the head first.
fn csv(text: &str) -> Vec<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').expect("Excel knows UTF-8 by the byte order mark");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "lines end as RFC 4180 has it");
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let row = rows.last_mut().expect("there is a row");
        let cell = row.last_mut().expect("there is a cell");
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            _ => cell.push(character),
        }
    }
    assert!(!quoted, "a quote that is opened is closed");
    assert_eq!(rows.pop(), Some(vec![String::new()]), "the last line is whole");
    rows
}

const COLUMNS: [&str; 13] = [
    "team_id",
    "sequence",
    "time",
    "action",
    "actor_kind",
    "actor_id",
    "actor_name",
    "address",
    "object_id",
    "object_name",
    "detail",
    "previous_hash",
    "hash",
];

#[tokio::test]
async fn a_long_log_is_listed_in_parts_and_exported_whole() {
    let (_server, team, admin) = a_team().await;
    admin.set("A", json!(VALUE)).await;
    read_often(&team.key("runner").await, 2100).await;
    let checkpoint = admin.query("{ audit_checkpoint { count hash line } }").await;
    let checkpoint = checkpoint.data("/audit_checkpoint").clone();
    let count = usize::try_from(checkpoint["count"].as_u64().expect("a number")).expect("few");
    assert!(count > 2100, "{count}");

    assert_eq!(admin.rows("audit_log", "sequence").await.len(), 1000);
    let beyond = admin.query("{ audit_log(limit: 1001) { sequence } }").await;
    assert!(
        !beyond.errors().is_empty() || beyond.data("/audit_log").as_array().map(Vec::len) == Some(1000),
        "{:?}",
        beyond.errors()
    );
    let last = admin.rows(&format!("audit_log(offset: {})", count - 1), "sequence").await;
    assert_eq!(last, [json!({"sequence": 1})]);

    let export = admin.get("/audit-log.jsonl").await;
    assert_eq!(export.status, 200, "{}", export.text());
    let rows = json_lines(&export);
    // What it says of itself may be in it or not; nothing else is missing.
    assert!((count..=count + 1).contains(&rows.len()), "{}", rows.len());
    let mut previous = json!("0".repeat(64));
    for (row, sequence) in rows.iter().zip(1..) {
        let keys: Vec<_> = row.as_object().expect("an object").keys().collect();
        assert_eq!(keys, COLUMNS);
        assert_eq!(row["sequence"], json!(sequence));
        assert_eq!(row["previous_hash"], previous);
        previous = row["hash"].clone();
    }
    assert_eq!(rows[count - 1]["hash"], checkpoint["hash"]);
    assert!(!export.text().contains(VALUE));

    let export = admin.get("/audit-log.csv").await;
    let table = csv(export.text());
    assert_eq!(table[0], COLUMNS);
    assert!(table.len() > rows.len() && table.len() <= rows.len() + 2, "{}", table.len());
    for (cells, row) in table[1..].iter().zip(&rows) {
        let texts = COLUMNS.map(|column| match &row[column] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        assert_eq!(cells[..], texts);
    }
}

/// An export of those entries that pass a filter.
async fn export(client: &Client, path: &str, filter: &str) -> Reply {
    let url = reqwest::Url::parse_with_params("http://x/", [("where", filter)]);
    let url = url.expect("a URL");
    let query = url.query().expect("it has a query");
    client.get(&format!("{path}?{query}")).await
}

#[tokio::test]
async fn an_export_holds_what_it_is_asked_for() {
    let (_server, _team, admin) = a_team().await;
    for name in ["A", "Ä & B", "C"] {
        admin.set(name, json!(VALUE)).await;
    }
    for (filter, names) in [
        (json!({"object_name": {"_eq": "Ä & B"}}), &["Ä & B"][..]),
        (json!({"action": {"_eq": "create:secret"}, "_not": {"object_name": {"_eq": "A"}}}), &["Ä & B", "C"]),
        (json!({"action": {"_eq": "delete:secret"}}), &[]),
    ] {
        let rows = json_lines(&export(&admin, "/audit-log.jsonl", &filter.to_string()).await);
        let found: Vec<_> = rows.iter().filter_map(|row| row["object_name"].as_str()).collect();
        assert_eq!(found, names, "{filter}");
        let table = csv(export(&admin, "/audit-log.csv", &filter.to_string()).await.text());
        assert_eq!(table[0], COLUMNS);
        let found: Vec<_> = table[1..].iter().map(|row| row[9].as_str()).collect();
        assert_eq!(found, names, "{filter}");
    }
    for bad in [json!("text"), json!({"owner": {"_eq": "x"}}), json!({"sequence": {"_eq": "x"}})] {
        let reply = export(&admin, "/audit-log.jsonl", &bad.to_string()).await;
        assert_eq!(reply.status, 400, "{bad}: {}", reply.text());
    }
    let reply = admin.get("/audit-log.csv?where=%7B").await;
    assert_eq!(reply.status, 400, "{}", reply.text());
}

#[tokio::test]
async fn an_export_keeps_the_limits_of_a_query() {
    let (_server, _team, admin) = a_team().await;
    let deep = |levels: usize| format!("{}{{}}{}", r#"{"_not":"#.repeat(levels), "}".repeat(levels));
    let wide = |values: usize| json!({"sequence": {"_in": (0..values).collect::<Vec<_>>()}}).to_string();
    let many =
        |conditions: usize| json!({"_or": vec![json!({"sequence": {"_eq": 1}}); conditions]}).to_string();
    for (fine, too_much) in [
        (deep(10), deep(17)),
        (deep(10), deep(100)),
        (deep(10), deep(1_000)),
        (wide(1_000), wide(1_001)),
        (many(50), many(129)),
    ] {
        let reply = export(&admin, "/audit-log.jsonl", &fine).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reply = export(&admin, "/audit-log.jsonl", &too_much).await;
        assert_eq!(reply.status, 400, "{too_much}");
    }
}

#[tokio::test]
async fn an_export_is_a_file_to_keep_that_no_cache_does() {
    let (_server, team, _) = a_team().await;
    let browser = team.session("administrator").await;
    for (path, kind) in [("/audit-log.jsonl", "application/"), ("/audit-log.csv", "text/csv")] {
        let reply = browser.get_page(path).await;
        assert_eq!(reply.status, 200);
        assert!(reply.header("content-type").starts_with(kind), "{reply:?}");
        assert!(reply.header("content-disposition").starts_with("attachment"), "{reply:?}");
        assert!(reply.header("cache-control").contains("no-store"), "{reply:?}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn no_cell_of_an_export_is_run_by_a_spreadsheet() {
    let (_server, _team, admin) = a_team().await;
    let names = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "a, \"quoted\" one", "fine =1+1"];
    for name in names {
        admin.set(name, json!(VALUE)).await;
    }
    let table = csv(admin.get("/audit-log.csv").await.text());
    let found: Vec<_> = table.iter().map(|row| row[9].as_str()).collect();
    for name in names {
        let risky = name.starts_with(['=', '+', '-', '@', '＝']);
        let expected = if risky { format!("'{name}") } else { name.to_owned() };
        assert!(found.contains(&expected.as_str()), "{expected:?} in {found:?}");
    }
    let rows = json_lines(&admin.get("/audit-log.jsonl").await);
    for name in names {
        assert!(rows.iter().any(|row| row["object_name"] == name), "JSON has no formulas");
    }
}

#[tokio::test]
async fn an_export_needs_the_permission_and_the_team() {
    let (server, team, admin) = a_team().await;
    let other = server.team("other").await.key("administrator").await;
    let (ours, theirs) = (admin.tenant_id().await, other.tenant_id().await);
    other.set("THEIRS", json!(VALUE)).await;
    let input = json!({"name": "auditor", "permissions": ["read:audit_log"]});
    admin.done("create_role", input).await;
    let before = admin.audit(json!({})).await.len();

    for path in ["/audit-log.jsonl", "/audit-log.csv"] {
        for (client, status) in [
            (server.nobody(), 401),
            (server.with_key("sr_wrong"), 401),
            (team.key("user").await, 403),
            (team.key("runner").await, 403),
            (team.session("read-only").await, 403),
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
            let reply = client.get(&format!("{path}?team={ours}")).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert!(!reply.text().contains("THEIRS"), "{}", reply.text());
        }
    }
    let exports = admin.audit(json!({"action": {"_eq": "export:audit_log"}})).await;
    assert_eq!(exports.len(), 6, "those that were answered: {exports:#?}");
    assert!(admin.audit(json!({})).await.len() > before);
}

#[tokio::test]
async fn what_many_read_at_once_is_all_recorded() {
    let (server, team, admin) = a_team().await;
    admin.set("A", json!(VALUE)).await;
    let second = server.store().serve().await;
    let mut readers = Vec::new();
    for number in 0..6 {
        let runner = team.key("runner").await;
        let runner = if number % 2 == 0 { runner } else { runner.at(&second) };
        readers.push(tokio::spawn(async move {
            for _ in 0..15 {
                runner.value("A").await;
            }
        }));
    }
    for reader in readers {
        reader.await.expect("every read succeeds");
    }
    let reads = admin.audit(json!({"action": {"_eq": "read:secret-value"}})).await;
    assert_eq!(reads.len(), 90);
    let whole = json_lines(&admin.get("/audit-log.jsonl").await);
    for (row, sequence) in whole.iter().zip(1..) {
        assert_eq!(row["sequence"], json!(sequence), "no number is left out or taken twice");
    }
    let printed = server.admin(&["audit", "verify"]).await;
    assert!(printed.contains("acme: "), "{printed}");
}

/// Who was refused, what they asked for, and how often.
fn refusals(entries: &[Value]) -> Vec<(String, Value, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut refused: Vec<_> = entries
        .iter()
        .filter(|entry| text(&entry["action"]).starts_with("refused:"))
        .map(|entry| {
            let detail = text(&entry["detail"]);
            let (times, names) = (detail.split(',').next(), detail.split("; names: ").nth(1));
            let how_often = [times.unwrap_or_default(), names.unwrap_or_default()].join("|");
            (text(&entry["actor_name"]), entry["object_name"].clone(), how_often)
        })
        .collect();
    refused.reverse();
    refused
}

#[tokio::test]
async fn refusals_are_recorded_at_once_and_repeats_as_one_entry_with_their_number() {
    let (server, team, admin) = a_team().await;
    let person = team.person("user").await;
    admin.set("A", json!(VALUE)).await;
    let before = admin.get("/audit-log.jsonl").await.text().len();
    let (mut at_once, mut folded) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let reader = team.key("read-only").await;
        let name = reader.auth_info("name").await;
        let name = name.as_str().expect("text").to_owned();
        let mut fields: Vec<_> =
            (1..100).map(|number| format!("a{number}: secret_value(name: \"N{number}\")")).collect();
        fields.insert(0, "a0: secret_value(name: \"A\")".to_owned());
        let document = format!("{{ {} }}", fields.join(" "));
        for _ in 0..10 {
            reader.query(&document).await.errors();
        }
        let count = "repeated 999 times within a minute|";
        at_once.push((name.clone(), json!("A"), "|".to_owned()));
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

    // A stop in order records what was only counted.
    let store = std::sync::Arc::clone(server.store());
    server.stop().await;
    let server = store.serve().await;
    let admin = admin.at(&server);
    let mut found = refusals(&admin.audit(json!({})).await);
    let mut found_folded = found.split_off(at_once.len());
    found_folded.sort_by(|a, b| a.0.cmp(&b.0));
    folded.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!((found, found_folded), (at_once, folded));
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

#[tokio::test]
async fn archived_entries_are_in_the_file_and_the_log_continues_after_them() {
    let (server, team, admin) = a_team().await;
    let other = server.team("other").await.key("administrator").await;
    for name in ["A", "B", "C", "D", "E"] {
        admin.set(name, json!(VALUE)).await;
    }
    other.set("THEIRS", json!(VALUE)).await;
    let whole = admin.get("/audit-log.jsonl").await;
    let whole: Vec<_> = whole.text().lines().map(str::to_owned).collect();
    let time = |sequence: usize| {
        let entry: Value = serde_json::from_str(&whole[sequence - 1]).expect("JSON");
        entry["time"].as_str().expect("text").to_owned()
    };
    let checkpoint = server.admin(&["audit", "checkpoint", "--team", "acme"]).await;
    let file = |name: &str| {
        let path = server.store().scratch().join(name);
        path.to_str().expect("temporary paths are UTF-8").to_owned()
    };
    let (one, two) = (file("one.jsonl"), file("two.jsonl"));
    let archive = async |before: &str, file: &str, team: &[&str]| {
        let command = ["admin", "audit", "archive", "--before", before, file];
        server.store().run(&[&command, team].concat()).await
    };
    let ours = ["--team", "acme"];

    let printed = archive("2001-01-01", &one, &[]).await.succeeded();
    assert!(printed.contains("Nothing to archive"), "{printed}");
    archive("soon", &one, &[]).await.failed();
    archive("2100-01-01", &one, &["--team", "missing"]).await.failed();
    assert!(!std::path::Path::new(&one).exists());

    let printed = archive(&time(5), &one, &ours).await.succeeded();
    assert!(printed.starts_with("Archived 4 entries. Checkpoint: acme 4 "), "{printed}");
    let text = std::fs::read_to_string(&one).expect("the archive can be read");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[1..], whole[..4]);
    let header: Value = serde_json::from_str(lines[0]).expect("JSON");
    let entry: Value = serde_json::from_str(lines[4]).expect("JSON");
    assert_eq!(
        [&header["team"], &header["first"], &header["last"], &header["hash"]],
        [&json!("acme"), &json!(1), &json!(4), &entry["hash"]]
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&one).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let left = admin.rows("audit_log(order_by: {sequence: asc})", "sequence action object_name detail").await;
    assert_eq!(left[0]["sequence"], json!(5));
    let last = left.last().expect("there are some");
    assert_eq!(last["action"], "archive:audit_log");
    let hash = header["hash"].as_str().expect("text");
    assert_eq!(last["detail"], format!("4 entries, up to 4 {hash}"));

    // Never over a file, and never the last entry.
    let again = archive("2100-01-01", &one, &ours).await.failed();
    assert!(again.contains("already"), "{again}");
    admin.set("F", json!(VALUE)).await;
    archive("2100-01-01", &two, &[]).await.succeeded();
    let teams: Vec<_> =
        json_lines_of(&two).iter().filter_map(|line| line["team"].as_str().map(str::to_owned)).collect();
    assert_eq!(teams, ["acme", "other"]);
    let left = admin.rows("audit_log(order_by: {sequence: asc})", "object_name action").await;
    let actions: Vec<_> = left.iter().map(|entry| entry["action"].as_str()).collect();
    assert_eq!(actions, [Some("create:secret"), Some("archive:audit_log")]);

    team.key("runner").await.value("F").await;
    verify_archives(&server, &admin, [&one, &two], checkpoint.trim_end()).await;

    // A header keeps the slug of its time.
    admin.done("update_team", json!({"slug": "renamed"})).await;
    let verify = ["audit", "verify", "--archive", one.as_str(), two.as_str()];
    let printed = server.admin(&verify).await;
    assert!(printed.contains("renamed: "), "{printed}");
}

/// Verifies logs that begin behind two archives, with a checkpoint from before.
async fn verify_archives(server: &Server, admin: &Client, [one, two]: [&str; 2], checkpoint: &str) {
    let count = admin.query("{ audit_checkpoint { count } }").await;
    let count = count.data("/audit_checkpoint/count").as_i64().expect("a number");
    let expected = format!("acme: {count} entries, whole, {} of them archived", count - 4);
    let verify = ["audit", "verify", "--archive", one, two, "--checkpoint", checkpoint];
    for arguments in [&verify[..2], &verify[..5], &verify] {
        let printed = server.admin(arguments).await;
        assert!(printed.contains(&expected), "{printed}");
    }
    // The checkpoint's entry is archived by now; and archives are walked from the first one on.
    for (arguments, complaint) in [
        (&["--checkpoint", checkpoint][..], "--archive"),
        (&["--archive", two], "two.jsonl: entry 1 is missing"),
        (&["--archive", two, "--archive", one], "two.jsonl: entry 1 is missing"),
        (&["--archive", one], "entry 5 is in none of the archives"),
    ] {
        let command = [&["admin", "audit", "verify"], arguments].concat();
        let said = server.store().run(&command).await.failed();
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }

    // A backup takes it as it is.
    let backup = server.store().scratch().join("a.backup");
    let backup = backup.to_str().expect("temporary paths are UTF-8");
    let restored = server.store().empty_with_key();
    server.store().run(&["backup", backup]).await.succeeded();
    restored.run(&["restore", backup]).await.succeeded();
    restored.admin(&verify).await;
}

/// The lines of a file.
fn json_lines_of(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("it can be read");
    let line = |line: &str| serde_json::from_str(line).expect("JSON");
    text.lines().map(line).collect()
}

#[tokio::test]
async fn what_is_done_on_the_command_line_is_recorded_as_the_system_s() {
    let store = Store::new();
    let team = store.team("acme").await;
    let person = team.person("administrator").await;
    team.new_key("runner").await;
    let file = store.password_file(PASSWORD);
    let reset = ["reset-password", "--email", &person.email, "--password-file", &file];
    store.admin(&reset).await;
    store.admin(&["end-sessions", "--email", &person.email]).await;
    let server = store.serve().await;
    let admin = team.at(&server).key("administrator").await;
    let mut entries = admin.audit(json!({})).await;
    entries.reverse();
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str()).collect();
    assert_eq!(
        actions,
        [
            Some("create:team"),
            Some("create:member"),
            Some("create:api_key"),
            Some("update:password"),
            Some("delete:member-sessions"),
            Some("create:api_key"),
        ]
    );
    for entry in &entries {
        assert_eq!(entry["actor_kind"], "system", "{entry}");
        assert_eq!(entry["actor_id"], Value::Null, "{entry}");
        assert_eq!(entry["address"], "", "{entry}");
    }
}

#[tokio::test]
async fn names_in_the_log_are_those_of_the_time() {
    let (_server, _team, admin) = a_team().await;
    admin.set("OLD", json!(VALUE)).await;
    admin.done("update_secret", json!({"name": "OLD", "new_name": "NEW"})).await;
    let row = admin.row("secret", "id", "name", "NEW").await;
    let id = row.expect("it is listed")["id"].clone();
    let entries = admin.audit(json!({"object_id": {"_eq": id}})).await;
    let names: Vec<_> = entries.iter().map(|entry| entry["object_name"].as_str()).collect();
    assert_eq!(names, [Some("NEW"), Some("OLD")]);
}

#[tokio::test]
async fn an_export_that_is_read_slowly_holds_nobody_up() {
    let (_server, team, admin) = a_team().await;
    admin.set("A", json!(VALUE)).await;
    let runner = team.key("runner").await;
    read_often(&runner, 3000).await;
    let request = admin.request(reqwest::Method::GET, "/audit-log.jsonl");
    let mut slow = request.send().await.expect("the server answers");
    let first = slow.chunk().await.expect("it is sent in parts").expect("it has a first one");
    admin.set("A", json!(VALUE)).await;
    runner.value("A").await;
    let mut text = first.to_vec();
    while let Some(chunk) = slow.chunk().await.expect("it goes on") {
        text.extend(chunk);
    }
    let text = String::from_utf8(text).expect("it is text");
    assert!(text.lines().count() > 3000 && text.ends_with('\n'));
}
