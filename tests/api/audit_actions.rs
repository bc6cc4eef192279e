//! The audit log has an entry for each action, with its actor and its object, and no value.

use std::collections::BTreeSet;
use std::fs;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom_tests::{Client, Person, Reply, Scene, Server, aliased, write_private};

const VALUE: &str = "a value that no log shows";
const PASSWORD: &str = "a new member's password";
const ANOTHER: &str = "another password of theirs";

/// An entry has no object, or no detail.
const NONE: &str = "-";

struct Reader {
    client: Client,
    seen: i64,
    actions: BTreeSet<String>,
}

impl Reader {
    async fn at_the_end(client: &Client) -> Self {
        Self { client: client.clone(), seen: client.last_entry().await, actions: BTreeSet::new() }
    }

    /// One entry for each of `expected`: actor, action, object, and a part of the detail.
    async fn reads(&mut self, expected: &[(&str, &str, &str, &str)]) {
        let mut entries = self.client.audit(json!({"sequence": {"_gt": self.seen}})).await;
        entries.reverse();
        assert_eq!(entries.len(), expected.len(), "{entries:#?}");
        for (entry, (actor, action, object, detail)) in entries.iter().zip(expected) {
            let known = |text: &str| if text == NONE { Value::Null } else { json!(text) };
            let found = [&entry["actor_name"], &entry["action"], &entry["object_name"]];
            assert_eq!(json!(found), json!([actor, action, known(object)]), "{entries:#?}");
            match entry["detail"].as_str() {
                Some(found) if *detail != NONE => assert!(found.contains(detail), "{detail:?} in {entry}"),
                _ => assert_eq!(entry["detail"], known(detail), "{entry}"),
            }
            let address = if entry["actor_kind"] == "system" { "" } else { "127.0.0.1" };
            assert_eq!(entry["address"], address, "{entry}");
            self.actions.insert((*action).to_owned());
        }
        self.seen += i64::try_from(entries.len()).expect("few entries");
    }
}

fn every_action() -> BTreeSet<String> {
    let source = include_str!("../../shared/src/audit_action.rs");
    let (_, table) = source.split_once("AuditAction {\n").expect("there is a table");
    let (table, _) = table.split_once("\n    }").expect("it ends");
    let row = |line: &str| Some(line.split_once(" = \"")?.1.split('"').next()?.to_owned());
    table.lines().filter_map(row).collect()
}

#[tokio::test]
async fn each_action_is_recorded_once_with_actor_and_object() {
    let Scene { server, team, admin, runner, .. } = &Scene::new().await;
    let store = server.store();
    let boss = team.person("administrator").await;
    let session = server.fixed_session(&boss).await;
    let mut log = Reader::at_the_end(admin).await;

    check_secrets(&mut log, &session, runner, &boss.email).await;
    check_keys(&mut log, &session, &boss.email).await;
    check_trusts(&mut log, &session, runner, &boss.email).await;
    check_people(&mut log, server, &session, &boss.email).await;
    check_accounts(&mut log, server, &session, &boss).await;

    session.done("update_team", json!({"name": "New Name"})).await;
    log.reads(&[(&boss.email, "update:team", "New Name", "")]).await;
    session.set_webhook("https://hooks.example/strongroom").await;
    session.done_without_input("test_webhook").await;
    session.done_without_input("delete_webhook").await;
    log.reads(&[
        (&boss.email, "update:webhook", "https://hooks.example", "with a new signing key"),
        (&boss.email, "test:webhook", "https://hooks.example", NONE),
        (&boss.email, "delete:webhook", "https://hooks.example", NONE),
    ])
    .await;
    session.get("/audit-log.jsonl").await;
    log.reads(&[(&boss.email, "export:audit_log", NONE, "")]).await;
    store.back_up().await;
    log.reads(&[("command line", "create:backup", NONE, NONE)]).await;
    store.admin(&["audit", "archive", "--before", "2100-01-01", &store.beside("archive.jsonl")]).await;
    log.reads(&[("command line", "archive:audit_log", "archive.jsonl", " entries, up to ")]).await;
    // A prepared new key works on any database.
    let file = store.data_dir().join("master.key");
    let old = fs::read_to_string(&file).expect("the key can be read");
    write_private(&file, format!("{}\n{old}", "3d".repeat(32)));
    store.run(&["rotate-master-key"]).await.succeeded();
    store.run(&["rotate-data-keys"]).await.succeeded();
    log.reads(&[
        ("command line", "rotate:master_key", NONE, ", was "),
        ("command line", "create:data_key", NONE, NONE),
        ("command line", "delete:data_key", NONE, NONE),
    ])
    .await;
    let answer = session.mutate_for("create_team", json!({"name": "Second"}), "id").await;
    let second = answer.data("/create_team/id").as_str().expect("an id");
    log.reads(&[]).await;
    let there = session.as_tenant(second).audit(json!({})).await;
    assert_eq!(there.last().expect("it begins")["action"], "create:team");
    session.done("change_password", json!({"current_password": PASSWORD, "new_password": ANOTHER})).await;
    log.reads(&[(&boss.email, "update:password", &boss.email, NONE)]).await;
    session.done("switch_team", json!({"team_id": second})).await;
    log.reads(&[]).await;
    let there = session.audit(json!({"sequence": {"_gt": there.len()}})).await;
    let there: Vec<_> = there.iter().map(|entry| json!([entry["action"], entry["object_name"]])).collect();
    let expected = [json!(["switch:team", "Second"]), json!(["update:password", boss.email])];
    assert_eq!(there, expected, "a password change is in the log of each team of the person");
    // Recorded in another team's or store's log (here and in `backup`), later (`history`, `secrets`), or with Vault (`life`).
    let elsewhere = ["create:team", "switch:team", "restore:backup", "move:value"];
    for action in elsewhere.into_iter().chain(["purge:secret", "remind:secret", "expire:secret"]) {
        log.actions.insert(action.to_owned());
    }
    assert_eq!(log.actions, every_action(), "each action is part of this story");
    let whole = admin.query("{ audit_log { action actor_name object_name detail address } }").await;
    whole.assert_never_says(VALUE);
    for secret in server.store().sensitive() {
        whole.assert_never_says(&secret);
    }
}

async fn check_trusts(log: &mut Reader, session: &Client, runner: &Client, boss: &str) {
    let mut trust = json!({
        "name": "deploy", "issuer": "https://issuer.example", "keys": r#"{"keys": [{"kty": "RSA"}]}"#,
        "audiences": ["us"], "claims": [{"claim": "repository", "values": ["acme/app"]}], "secrets": ["DB_*"],
    });
    session.done("set_trust", trust.clone()).await;
    let id = session.rows("trust", "id").await[0]["id"].clone();
    trust["trust_id"] = id.clone();
    session.done("set_trust", trust).await;
    let post = async |client: &Client, path: &str, body: Value| {
        Reply::to(client.request(Method::POST, &format!("/v1/auth/{path}")).json(&body)).await
    };
    post(runner, "jwt/login", json!({"role": "deploy", "jwt": "x"})).await;
    let login = post(runner, "token/create", json!({})).await.json()["auth"]["client_token"].clone();
    let login = runner.with_key(login.as_str().expect("a token"));
    post(&login, "token/revoke-self", json!({})).await;
    session.done("delete_trust", json!({"trust_id": id})).await;
    let trusted = "runner, limited to DB_*, for 900 seconds with a token of https://issuer.example for us with repository = \
                   acme/app, pasted keys with the digest ";
    log.reads(&[
        (boss, "create:trust", "deploy", trusted),
        (boss, "update:trust", "deploy", trusted),
        ("deploy", "refused:create:login", "deploy", "no known key has signed the token"),
        ("runner", "create:login", "runner", "runner, at auth/token/create"),
        ("runner", "delete:login", "runner", "runner"),
        (boss, "delete:trust", "deploy", trusted),
    ])
    .await;
}

async fn check_secrets(log: &mut Reader, session: &Client, runner: &Client, boss: &str) {
    session.set("A", json!(VALUE)).await;
    session.set("A", json!(format!("{VALUE} again"))).await;
    session.done("update_secret", json!({"name": "A", "new_name": "B"})).await;
    session.revert("B", 1).await;
    log.reads(&[
        (boss, "create:secret", "A", NONE),
        (boss, "update:secret", "A", "version 2"),
        (boss, "update:secret", "B", "A"),
        (boss, "restore:secret-version", "B", "1"),
    ])
    .await;
    session.delete("B").await;
    session.restore("B").await;
    log.reads(&[(boss, "delete:secret", "B", NONE), (boss, "restore:secret", "B", NONE)]).await;
    runner.value("B").await;
    session.try_value("B").await.assert_error("FORBIDDEN");
    log.reads(&[("runner", "read:secret-value", "B", NONE), (boss, "refused:read:secret-value", "B", NONE)])
        .await;
    session.done("import_secrets", json!({"secrets": [{"name": "B", "value": VALUE}]})).await;
    log.reads(&[(boss, "compare:secret-value", "B", NONE)]).await;
    // Only changes and refusals are recorded.
    session.refused("delete_secret", json!({"name": "MISSING"})).await;
    session.names().await;
    log.reads(&[]).await;
    // Each reason is recorded once per request.
    let set = "set_secret(input: {name: \"C\", value: 1}) { success }";
    let document = aliased(&vec![set.to_owned(); 3]);
    assert_eq!(runner.query(&document).await.errors().len(), 3);
    runner.query("{ member { email } }").await.assert_error("FORBIDDEN");
    for client in [runner, session] {
        let stranger = client.as_tenant("00000000-0000-4000-8000-000000000000");
        stranger.query("{ secret_names }").await.assert_error("FORBIDDEN");
    }
    log.reads(&[
        ("runner", "refused:request", NONE, "create:secret"),
        ("runner", "refused:request", NONE, "read:member"),
        ("runner", "refused:request", NONE, "another team"),
        (boss, "refused:request", NONE, "another team"),
    ])
    .await;
}

async fn check_keys(log: &mut Reader, session: &Client, boss: &str) {
    let (id, job) = session.new_key(json!({"name": "job", "role": "runner", "secrets": ["DB_*"]})).await;
    session.done("update_api_key", json!({"key_id": id, "name": "new job"})).await;
    session.done("delete_api_key", json!({"key_id": id})).await;
    job.try_value("DB_URL").await.assert_error("UNAUTHENTICATED");
    log.reads(&[
        (boss, "create:api_key", "job", "runner"),
        (boss, "update:api_key", "new job", ""),
        (boss, "delete:api_key", "new job", "runner"),
        ("new job", "refused:use:api_key", "new job", "revoked"),
    ])
    .await;
}

async fn check_people(log: &mut Reader, server: &Server, session: &Client, boss: &str) {
    let role = session.new_role("clerk", &["read:secret"]).await;
    for role in ["user", "clerk"] {
        session.invite("gone@acme.example", role).await;
    }
    let invitation = session.listed("invitation", "id", "email", "gone@acme.example").await;
    session.done("withdraw_invitation", json!({"id": invitation["id"]})).await;
    log.reads(&[
        (boss, "create:role", "clerk", "read:secret"),
        (boss, "create:invitation", "gone@acme.example", "user"),
        (boss, "delete:invitation", "gone@acme.example", "user, replaced"),
        (boss, "create:invitation", "gone@acme.example", "clerk"),
        (boss, "delete:invitation", "gone@acme.example", "clerk"),
    ])
    .await;

    server.nobody().join(&session.invite("new@acme.example", "user").await, PASSWORD).await;
    let joined = "new@acme.example";
    log.reads(&[
        (boss, "create:invitation", joined, "user"),
        (joined, "create:member", joined, "user"),
        (joined, "create:session", NONE, NONE),
    ])
    .await;
    let user_id = session.member_id(joined).await;
    session.done("end_member_sessions", json!({"user_id": user_id})).await;
    session.done("update_member", json!({"user_id": user_id, "role": "clerk"})).await;
    session.done("remove_member", json!({"user_id": user_id})).await;
    session.done("update_role", json!({"id": role, "name": "aide"})).await;
    session.done("delete_role", json!({"id": role})).await;
    log.reads(&[
        (boss, "delete:member-sessions", joined, NONE),
        (boss, "update:member", joined, "clerk"),
        (boss, "delete:member", joined, ""),
        (boss, "update:role", "aide", ""),
        (boss, "delete:role", "aide", ""),
    ])
    .await;
}

async fn check_accounts(log: &mut Reader, server: &Server, session: &Client, boss: &Person) {
    let email = boss.email.as_str();
    let browser = server.nobody();
    boss.guessing("not the password at all").log_in(&browser).await.refusal("log_in");
    for _ in 0..2 {
        boss.log_in(&browser).await.assert_success("log_in");
    }
    browser.log_out().await;
    log.reads(&[
        (email, "refused:create:session", NONE, NONE),
        (email, "create:session", NONE, NONE),
        (email, "delete:session", NONE, "replaced"),
        (email, "create:session", NONE, NONE),
        (email, "delete:session", NONE, NONE),
    ])
    .await;
    let input = json!({"current_password": boss.password, "new_password": PASSWORD});
    session.done("change_password", input).await;
    log.reads(&[(email, "update:password", email, NONE)]).await;
}
