//! Upgrades: a store of an earlier version opens with all its data.
//!
//! To add a version or schema, dump a store of it into `fixture/` with `sqlite3 strongroom.db .dump`, and add a test.

use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::{Person, Server, Store, assert_says};

const MASTER_KEY: &str = "e1c43fbe3e7fda702906246f49740a0f496237c2ffba4a382f86833b93b51a9b";
const ADMINISTRATOR_KEY: &str = "sr_Y5Dy8ynkMLPjBbGaqcLdT0IhCfl0VR3nYeZC5l9CEM52kJuVl";
const USER_KEY: &str = "sr_OTcMEW7erF3ZELm2Leo4dxtQvIoeOT22dAjcPgWXLb418F4eX";
pub const RUNNER_KEY: &str = "sr_y84ovMXYeEtYm3KCt5UdZqxS0cSi0dLXdoRiRRgyZoZ2zzGEm";
const OTHER_KEY: &str = "sr_vZGiSCg6rQsuDu2j82auoNcMc3BRB5DBMZ242kI2qmT2MhlqY";

const FIRST: &str = include_str!("fixture/store-0.1.0.sql");

pub async fn upgraded() -> Arc<Store> {
    Store::from_dump(FIRST, MASTER_KEY).await
}

/// Keeps the deleted secret of the stores restorable, whenever the test runs.
const RESTORE_WINDOW: [&str; 2] = ["--restore-window", "30000d"];

async fn serve(store: &Arc<Store>) -> Server {
    Server::start_on(store, &RESTORE_WINDOW).await
}

#[tokio::test]
async fn the_audit_log_secrets_keys_and_people_are_kept() {
    let last = "bbc67f1488f02289a6f942a6482502328e70a712650ac125b17d4fe6cae008e7";
    let store = of_schema(FIRST, MASTER_KEY, 25, last).await;
    let server = serve(&store).await;
    server.with_key(USER_KEY).set("NEW", json!("some value or other")).await;
    let entries = server.with_key(ADMINISTRATOR_KEY).audit(json!({"sequence": {"_gte": 25}})).await;
    assert_eq!(entries[0]["sequence"], json!(26));
    assert_eq!(entries[1]["hash"], json!(last));
    assert_eq!(entries[1]["action"], "refused:create:session");
    let printed = server.admin(&["audit", "verify", "--checkpoint", &format!("acme 25 {last}")]).await;
    assert_says(&printed, &["acme: 26 entries, intact", "other: 3 entries, intact"]);
    // A second start changes nothing.
    server.stop().await;
    let server = serve(&store).await;
    let [admin, user, runner] = [ADMINISTRATOR_KEY, USER_KEY, RUNNER_KEY].map(|key| server.with_key(key));
    let odd = "\u{dc}n\u{ef} \u{1f600} %_*";
    for (name, value) in [
        ("DB_URL", json!("postgres://third")),
        ("API_TOKEN", json!({"nested": [1, 2.5, null, "\u{fc}"]})),
        (odd, json!("odd name")),
    ] {
        assert_eq!(runner.value(name).await, value, "{name}");
    }
    let fields = "name version description updated_by last_read_by";
    let row = |name: &str, version: i32, description: Value, author: &str| {
        json!({"name": name, "version": version, "description": description, "updated_by": author,
               "last_read_by": "runner key"})
    };
    assert_eq!(
        admin.rows(r#"secret(where: {name: {_neq: "NEW"}}, order_by: {name: asc})"#, fields).await,
        [
            row("API_TOKEN", 1, json!("for the deploys"), "user key"),
            row("DB_URL", 3, Value::Null, "administrator key"),
            row(odd, 1, Value::Null, "user key"),
        ]
    );
    let page =
        admin.query("{ it: secret_page(input: {search: \"N\"}) { all rows { secret { name } } } }").await;
    let rows = ["API_TOKEN", "NEW", odd].map(|name| json!({"secret": {"name": name}}));
    assert_eq!(page.data("/it"), &json!({"all": 4, "rows": rows}), "people's list has all of them");
    assert_eq!(server.with_key(OTHER_KEY).names().await, [""; 0]);
    // A secret that was deleted before the upgrade can be restored.
    let deleted = user.rows("deleted_secret", "name deleted").await;
    assert_eq!(deleted.len(), 1, "{deleted:?}");
    assert!(deleted[0]["name"] == "GONE" && deleted[0]["deleted"].is_string(), "{deleted:?}");
    user.restore("GONE").await;
    assert_eq!(runner.value("GONE").await, json!("the value of GONE"));
    // Earlier values become part of the history.
    let versions = async || user.rows("secret_version(name: \"DB_URL\")", "version created_by").await;
    let third = json!({"version": 3, "created_by": "administrator key"});
    assert_eq!(versions().await, std::slice::from_ref(&third));
    user.set("DB_URL", json!("postgres://fourth")).await;
    assert_eq!(versions().await, [json!({"version": 4, "created_by": "user key"}), third]);
    user.revert("DB_URL", 3).await;
    assert_eq!(runner.value("DB_URL").await, json!("postgres://third"));

    for (key, name, role) in [
        (ADMINISTRATOR_KEY, "administrator key", "administrator"),
        (USER_KEY, "user key", "user"),
        ("sr_u3vpuTnGCTYhXx0rPWB2EjRuzniYRMgJAp5pQ13B7AV2uxELj", "read-only key", "read-only"),
        (RUNNER_KEY, "runner key", "runner"),
        ("sr_sPBuFUGIKxkMUPW8J9byxvZ6NadRwQnAUtkwG7Fpzb42GxeKz", "expiring", "runner"),
        ("sr_hlVBXFTeeRK2dlfN5R9e8Awkt8bh0L4oMTBm6XFx9Pn1SBY81", "ada made this", "runner"),
        (OTHER_KEY, "other runner", "runner"),
    ] {
        let answer = server.with_key(key).query("{ auth_info { name role secrets } }").await;
        assert_eq!(answer.data("/auth_info"), &json!({"name": name, "role": role, "secrets": null}));
    }
    server.with_key("sr_rFQUaTTNwzeYj7yWqxcaj1GlLtGcQw9gXuueyD7ncjx32UXwD").assert_unknown().await;

    let fields = "user_id is_team_owned created_by expires_at";
    let row = async |name: &str| admin.listed("auth_api_key", fields, "name", name).await;
    let personal = json!({
        "name": "ada made this", "user_id": admin.member_id("ada@acme.example").await, "is_team_owned": false,
        "created_by": "ada@acme.example", "expires_at": null,
    });
    assert_eq!(row("ada made this").await, personal);
    assert_eq!(row("runner key").await["is_team_owned"], true);
    let expires = row("expiring").await["expires_at"].clone();
    assert!(expires.as_str().is_some_and(|time| time.starts_with("2109-01-10T05:44:15")), "{expires}");
    // Passwords are kept.
    for (name, role) in [("ada", "administrator"), ("rob", "read-only"), ("uma", "user")] {
        let person = Person::new(&format!("{name}@acme.example"), &format!("correct horse of {name}"));
        let session = server.fixed_session(&person).await;
        let there = session.as_tenant(&admin.tenant_id().await);
        assert_eq!(there.auth_info("role").await, json!(role), "{name}");
        if name == "uma" {
            let acme = json!({"slug": "acme", "name": "Acme & S\u{f6}hne"});
            let teams = session.rows("tenant(order_by: {slug: asc})", "slug name").await;
            assert_eq!(teams, [acme, json!({"slug": "other", "name": "Other"})]);
        }
    }
    assert_eq!(admin.rows("member", "email").await.len(), 3);
}

/// A store of another schema, whose log of `acme` must have this checkpoint.
async fn of_schema(sql: &str, master_key: &str, entries: usize, hash: &str) -> Arc<Store> {
    let store = Store::from_dump(sql, master_key).await;
    let checkpoint = format!("acme {entries} {hash}");
    let printed = store.admin(&["audit", "verify", "--checkpoint", &checkpoint]).await;
    assert!(printed.contains(&format!("acme: {entries} entries, intact")), "{printed}");
    assert_eq!(store.sql_number("SELECT count(*) FROM secret_versions WHERE vault_id IS NOT NULL").await, 0);
    store
}

#[tokio::test]
async fn a_store_of_the_second_schema_keeps_roles_limits_and_history() {
    let key = "67e58863044db9ade9ca2426b149d45fcd94c6c4f5b64e3dd3a331d78e8a52f7";
    let hash = "fe0e7ca7e51ce1a3e6be4934183b8627c2ec2d73aa8486f43b92c3e843ef3e27";
    let store = of_schema(include_str!("fixture/store-m0002_team.sql"), key, 19, hash).await;
    for (table, count) in [("invitations", 1), ("identities", 1), ("log_in_attempts", 3)] {
        assert_eq!(store.rows(table).await.len(), count, "{table}");
    }
    let server = serve(&store).await;
    let admin = server.with_key("sr_1sauG9IFMFKYYsSmFS00NmnNFq0G7fVvM4D0zdppAJu4RRQYC");
    let runner = server.with_key("sr_kKLfPmf9nlGKGRAKuhQEezaSrxA2nXvu8E9sgIF4Ib04MOnwy");
    let limited = server.with_key("sr_ZRg0FDEl2uCx7p4VpgEq311MsyxQv4RniTZ8YlDTSKp3gsmfk");
    let deployer = server.with_key("sr_91YgBoxo7Slgq0H5vSgAW4rTnFUUloie1cVf3J7uIGF0akEzw");
    assert_eq!(limited.names().await, ["API_TOKEN", "DB_URL"]);
    assert_eq!(deployer.auth_info("role").await, json!("deployer"));
    assert_eq!(runner.value("DB_URL").await, json!("postgres://third"));
    admin.revert("DB_URL", 1).await;
    assert_eq!(runner.value("DB_URL").await, json!("postgres://first"));
    admin.restore("GONE").await;
    assert_eq!(runner.value("GONE").await, json!("the value of GONE"));
    let session = server.fixed_session(&Person::new("uma@acme.example", "correct horse of uma")).await;
    assert_eq!(session.column("tenant", "slug").await, ["acme"]);
}
