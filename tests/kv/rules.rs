//! What only Strongroom does: its permissions, its log, its limits, and every digit of a value.

use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::{Reply, SERVE, Scene, Server, Store, assert_fields, assert_says};

use crate::logins::is_about;
use crate::reference::Vault;

const TOO_LARGE: &str = "A value can have at most 65536 bytes as JSON.";

async fn raw(vault: &Vault, path: &str) -> String {
    let reply = Reply::to(vault.request("runner", "GET", path)).await;
    assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.text());
    reply.text().to_owned()
}

#[tokio::test]
async fn values_keep_every_digit_and_the_order_of_their_fields_under_both_mounts() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { writer, runner, .. } = &scene;
    for (number, (stored, map)) in [
        (r#""s3cret text""#, r#"{"value":"s3cret text"}"#),
        ("0777", r#"{"value":"0777"}"#),
        ("1.10", r#"{"value":1.10}"#),
        ("null", r#"{"value":null}"#),
        ("[1,2.50]", r#"{"value":[1,2.50]}"#),
        (
            r#"{"z":1.10,"a":12345678901234567890123,"m":{"y":[],"x":{}}}"#,
            r#"{"z":1.10,"a":12345678901234567890123,"m":{"y":[],"x":{}}}"#,
        ),
        (r#"{"value":{"a":1}}"#, r#"{"value":{"a":1}}"#),
        ("{}", "{}"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("S{number}");
        let value = serde_json::from_str(stored).unwrap_or_else(|_| json!(stored));
        writer.set(&name, value).await;
        let v2 = raw(&vault, &format!("secret/data/{name}")).await;
        assert!(v2.contains(&format!(r#""data":{{"data":{map},"metadata""#)), "{v2}");
        let v1 = raw(&vault, &format!("kv/{name}")).await;
        assert!(v1.contains(&format!(r#""data":{map},"wrap_info""#)), "{v1}");
        // Written back, it is the same value.
        let before = runner.value_text(&name).await;
        vault.done("user", "PUT", &format!("secret/data/{name}"), &format!(r#"{{"data":{map}}}"#)).await;
        assert_eq!(runner.value_text(&name).await, before);
        if map != "{}" {
            vault.done("user", "POST", &format!("kv/{name}"), map).await;
            assert_eq!(runner.value_text(&name).await, before);
        }
    }
    vault.done("user", "PUT", "kv/TEXT", r#"{"value":"as Prefect reads it"}"#).await;
    assert_eq!(runner.value("TEXT").await, json!("as Prefect reads it"));
    vault.done("user", "PATCH", "secret/data/TEXT", r#"{"data":{"n":1.10}}"#).await;
    assert_eq!(runner.value_text("TEXT").await, r#"{"value":"as Prefect reads it","n":1.10}"#);
}

#[tokio::test]
async fn reads_changes_and_refusals_are_in_the_audit_log() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, .. } = &scene;
    let before = admin.last_entry().await;
    for (who, method, path, body) in [
        ("user", "POST", "secret/data/A", r#"{"data":{"a":"1"}}"#),
        ("user", "PUT", "secret/data/A", r#"{"data":{"a":"2"}}"#),
        ("user", "PATCH", "secret/data/A", r#"{"data":{"b":"3"}}"#),
        ("runner", "GET", "secret/data/A", ""),
        ("runner", "GET", "secret/data/A?version=1", ""),
        ("runner", "GET", "secret/subkeys/A", ""),
        ("runner", "GET", "kv/A", ""),
        ("user", "POST", "secret/metadata/A", r#"{"custom_metadata":{"description":"d"}}"#),
        ("user", "DELETE", "secret/data/A", ""),
        ("user", "POST", "secret/undelete/A", r#"{"versions":[3]}"#),
        ("user", "DELETE", "kv/A", ""),
    ] {
        vault.done(who, method, path, body).await;
    }
    for (who, method, path, body, status) in [
        ("user", "GET", "secret/data/A", "", 403),
        ("runner", "POST", "secret/data/A", r#"{"data":{}}"#, 403),
        // Neither is recorded: nothing is read.
        ("runner", "GET", "secret/data/A", "", 404),
        ("runner", "GET", "secret/metadata/A", "", 404),
    ] {
        assert_eq!(vault.status(who, method, path, body).await, status, "{method} {path}");
    }
    let entries = admin.audit(json!({"sequence": {"_gt": before}})).await;
    let shown = entries.iter().rev().map(|entry| {
        let text = |field: &str| entry[field].as_str().unwrap_or("-").to_owned();
        format!("{} {} {} {}", text("actor_name"), text("action"), text("object_name"), text("detail"))
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            "writer create:secret A -",
            "writer update:secret A version 2",
            "writer update:secret A merged; version 3",
            "runner read:secret-value A -",
            "runner read:secret-value A version 1",
            "runner read:secret-value A -",
            "runner read:secret-value A -",
            "writer update:secret A description",
            "writer delete:secret A -",
            "writer restore:secret A -",
            "writer delete:secret A -",
            "writer refused:read:secret-value A -",
            "runner refused:request - the role runner lacks the permission create:secret.",
        ]
    );
}

#[tokio::test]
async fn one_of_many_writers_wins_a_check_and_set() {
    let (_scene, vault) = Vault::strongroom().await;
    let vault = Arc::new(vault);
    for cas in [0, 1] {
        let tries = (0..50).map(|number| {
            let vault = Arc::clone(&vault);
            let body = format!(r#"{{"data":{{"by":"{number}"}},"options":{{"cas":{cas}}}}}"#);
            tokio::spawn(async move { vault.status("user", "PUT", "secret/data/RACE", &body).await })
        });
        let mut statuses = Vec::new();
        for each in tries.collect::<Vec<_>>() {
            statuses.push(each.await.expect("no panic"));
        }
        statuses.sort_unstable();
        assert_eq!((statuses[0], &statuses[1..]), (200, &[400; 49][..]));
    }
    assert_eq!(vault.read("secret/metadata/RACE").await["data"]["current_version"], json!(2));
}

#[tokio::test]
async fn more_than_ten_thousand_names_are_listed_in_parts() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, .. } = &scene;
    // In their order: without two of them, a folder, and its own folder.
    let name = |n: u32| if n < 2 { format!("many/sub/{n}") } else { format!("many/{n:05}") };
    let names: Vec<_> = (0..10_003).map(name).collect();
    admin.set_names(&names).await;
    let list = async |path: &str| {
        let listed = vault.read(&format!("secret/metadata/{path}")).await;
        let keys = listed["data"]["keys"].as_array().expect("a list");
        (keys.len(), keys.first().cloned(), keys.last().cloned())
    };
    let is = |count, first: &str, last: &str| (count, Some(json!(first)), Some(json!(last)));
    assert_eq!(list("?list=true").await, is(1, "many/", "many/"));
    assert_eq!(list("many/sub?list=true").await, is(2, "0", "1"));
    let rule = "A list has at most 10000 keys: list a folder, or use limit and after.";
    vault.refuses("runner", ("LIST", "secret/metadata/many", ""), 400, &[rule]).await;
    assert_eq!(list("many?list=true&limit=10000").await, is(10_000, "00002", "10001"));
    assert_eq!(list("many?list=true&limit=2&after=09999").await, is(2, "10000", "10001"));
    assert_eq!(list("many?list=true&after=10000").await, is(3, "10001", "sub/"));
    // A tombstone and a secret of the same folder are one key.
    for name in ["many/10002", "many/sub/0"] {
        vault.done("user", "DELETE", &format!("secret/data/{name}"), "").await;
    }
    assert_eq!(list("many?list=true&after=10000").await, is(3, "10001", "sub/"));
    let listed = vault.read("kv/many?list=true&after=10000").await;
    assert_eq!(listed["data"]["keys"], json!(["10001", "sub/"]));
}

#[tokio::test]
async fn a_limited_key_sees_only_its_own_folder() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, .. } = &scene;
    for name in ["apps/web/db", "apps/api/db", "other"] {
        vault.done("user", "POST", &format!("secret/data/{name}"), r#"{"data":{"a":"1"}}"#).await;
    }
    let limited = async |role: &str| {
        let input = json!({"name": "limited", "role": role, "secrets": ["apps/web/*"]});
        admin.new_key(input).await.1.key().to_owned()
    };
    let (reader, writer) = (limited("runner").await, limited("user").await);
    vault.done(&reader, "GET", "secret/data/apps/web/db", "").await;
    let before = admin.last_entry().await;
    for (method, path) in [
        ("GET", "secret/data/apps/api/db"),
        ("GET", "secret/data/none"),
        ("GET", "secret/subkeys/other"),
        ("GET", "kv/other"),
        ("GET", "secret/metadata/other"),
        ("LIST", "secret/metadata/apps/api"),
        ("LIST", "kv/apps/api"),
    ] {
        vault.refuses(&reader, (method, path, ""), 404, &[]).await;
    }
    assert!(!admin.recorded_since(before).await.is_empty(), "reading beyond the limits is recorded");
    let keys = |body: Value| body["data"]["keys"].clone();
    assert_eq!(keys(vault.done(&reader, "LIST", "secret/metadata", "").await), json!(["apps/"]));
    assert_eq!(keys(vault.done(&reader, "LIST", "secret/metadata/apps", "").await), json!(["web/"]));
    let reason = ["1 error occurred:\n\t* permission denied\n\n", "the API key is limited to other secrets"];
    for (method, path, body) in [
        ("POST", "secret/data/other", r#"{"data":{}}"#),
        ("PATCH", "secret/data/other", r#"{"data":{}}"#),
        ("DELETE", "secret/data/other", ""),
        ("DELETE", "secret/metadata/none", ""),
        ("POST", "secret/delete/other", r#"{"versions":[1]}"#),
        ("POST", "secret/undelete/other", r#"{"versions":[1]}"#),
        ("POST", "secret/metadata/other", r#"{"custom_metadata":null}"#),
        ("PUT", "kv/other", r#"{"a":"1"}"#),
    ] {
        vault.refuses(&writer, (method, path, body), 403, &reason).await;
    }
    vault.done(&writer, "POST", "secret/data/apps/web/new", r#"{"data":{}}"#).await;
    let asked = r#"{"paths": ["secret/data/apps/web/x", "secret/data/other"]}"#;
    let found = vault.done(&reader, "POST", "sys/capabilities-self", asked).await;
    assert_fields(&found, json!({"secret/data/apps/web/x": ["read"], "secret/data/other": ["deny"]}));
}

#[tokio::test]
async fn merges_that_are_too_large_are_recorded() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, .. } = &scene;
    let large = |field: &str, count: usize| format!(r#"{{"data":{{"{field}":"{}"}}}}"#, "x".repeat(count));
    vault.done("user", "PUT", "secret/data/A", &large("a", 40_000)).await;
    let before = admin.last_entry().await;
    vault.refuses("user", ("PATCH", "secret/data/A", &large("b", 40_000)), 400, &[TOO_LARGE]).await;
    assert_eq!(admin.recorded_since(before).await, ["refused:read:secret-value A"]);
}

#[tokio::test]
async fn a_key_with_a_role_of_its_own_reads_and_writes() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, team, .. } = &scene;
    let permissions = ["read:secret", "read:secret-value", "create:secret", "update:secret", "delete:secret"];
    admin.new_role("machine", &permissions).await;
    let key = team.key("machine").await.key().to_owned();
    vault.done(&key, "PUT", "secret/data/S", r#"{"data":{"a":"1"}}"#).await;
    assert_eq!(vault.done(&key, "GET", "kv/S", "").await["data"], json!({"a": "1"}));
    let found = vault.done(&key, "PUT", "sys/capabilities-self", r#"{"path": "secret/data/S"}"#).await;
    assert_eq!(found["capabilities"], json!(["create", "delete", "patch", "read", "update"]));
}

#[tokio::test]
async fn an_expiring_key_says_so_and_a_revoked_one_is_refused() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, .. } = &scene;
    let look_up =
        async |key: &str| vault.done(key, "GET", "auth/token/lookup-self", "").await["data"].clone();
    let login = async |role_id: &str, key: &str| {
        let body = json!({"role_id": role_id, "secret_id": key}).to_string();
        vault.ask("stale", "PUT", "auth/approle/login", &body).await
    };
    let forever = look_up(&vault.runner).await;
    assert_fields(
        &forever,
        json!({"ttl": 0, "expire_time": null, "creation_ttl": 0, "display_name": "runner"}),
    );
    assert_fields(&forever, json!({"id": vault.runner, "policies": ["runner"], "meta": {"team": "acme"}}));

    let input = json!({"name": "soon over", "role": "runner", "expires_at": "9999-01-01T00:00:00Z"});
    let (id, client) = admin.new_key(input).await;
    let key = client.key().to_owned();
    let found = look_up(&key).await;
    assert_eq!(found["expire_time"], json!("9999-01-01T00:00:00Z"));
    assert!(found["ttl"].as_i64() > Some(3600) && found["creation_ttl"].as_i64() > Some(3600), "{found}");
    let before = admin.last_entry().await;
    for role_id in ["soon over", &id, &id.to_uppercase()] {
        let (status, body) = login(role_id, &key).await;
        assert_eq!(status, 200, "{role_id}: {body}");
        let auth = &body["auth"];
        assert!(is_about(&auth["lease_duration"], 3600) && auth["renewable"] == true, "{auth}");
        // A login, which the client may revoke as it stops, and no other login with it.
        let token = auth["client_token"].as_str().expect("a token").to_owned();
        scene.server.store().must_stay_secret(&token);
        assert_eq!(look_up(&token).await["path"], json!("auth/approle/login"));
        assert_eq!(login(role_id, &token).await.0, 400, "a login is no key");
        vault.done(&token, "POST", "auth/token/revoke-self", "").await;
        assert_eq!(vault.status(&token, "GET", "auth/token/lookup-self", "").await, 403);
        assert_eq!(json!([body["data"], auth["metadata"]]), json!([null, {"role_name": "soon over"}]));
    }
    let invalid = json!({"errors": ["invalid role or secret ID"]});
    for role_id in ["another", "", "runner"] {
        assert_eq!(login(role_id, &key).await, (400, invalid.clone()), "{role_id}");
    }
    let refused = json!({"sequence": {"_gt": before}, "action": {"_eq": "refused:request"}});
    assert_eq!(admin.audit(refused).await[0]["detail"], json!("a login with the role id of another key"));
    assert_eq!(login("soon over", "nonsense").await, (400, invalid.clone()));
    let metrics = scene.server.nobody().get("/metrics").await;
    let lines = [
        r#"strongroom_kv_requests_total{operation="auth",outcome="denied"} 10"#,
        r#"strongroom_requests_refused_total{reason="unknown_credential"} 9"#,
        r#"strongroom_requests_refused_total{reason="malformed_credential"} 1"#,
    ];
    assert_says(metrics.text(), &lines);
    admin.done("delete_api_key", json!({"key_id": id})).await;
    assert_eq!(login(&id, &key).await, (400, invalid));
    vault.refuses(&key, ("GET", "auth/token/lookup-self", ""), 403, &["permission denied"]).await;
    let reason = "there is no auth method github here; give an API key as the token, or use approle, jwt or kubernetes";
    vault.refuses("", ("POST", "auth/github/login", r#"{"token": "x"}"#), 400, &[reason]).await;
}

#[tokio::test]
async fn a_browser_s_session_and_another_site_can_do_nothing_here() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { server, team, .. } = &scene;
    let person = team.person("administrator").await;
    let session = server.fixed_session(&person).await;
    let listed = session.get("/v1/secret/metadata?list=true").await;
    assert_eq!((listed.status.as_u16(), listed.json()), (403, json!({"errors": ["permission denied"]})));
    let foreign = vault.request("user", "POST", "secret/data/S").header("sec-fetch-site", "cross-site");
    let refused = Reply::to(foreign.body("{}")).await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (403, "application/json"));
    assert!(refused.json()["errors"][0].is_string(), "{refused:?}");
    // What Node's fetch and Java's client send unasked.
    let java = vault.request("runner", "GET", "sys/internal/ui/mounts/secret");
    let java = Reply::to(java.header("accept", "text/html, image/gif, */*; q=0.2")).await;
    assert_eq!(java.json()["data"]["path"], json!("secret/"));
    let node = vault.request("user", "POST", "secret/data/x/graphql").header("sec-fetch-mode", "cors");
    let node = node.header("content-type", "text/plain;charset=UTF-8");
    let node = Reply::to(node.body(r#"{"data":{"a":"1"}}"#)).await;
    assert_eq!(node.json()["data"]["version"], json!(1));
    // GraphQL stays where it is not a mount.
    let client = scene.runner.with_header("x-vault-token", &vault.runner);
    let answer = client.post("/v1/anything/graphql", r#"{"query":"{ secret_names }"}"#).await;
    assert_eq!(answer.data("/secret_names"), &json!(["x/graphql"]));
    let large = format!(r#"{{"data":{{"a":"{}"}}}}"#, "x".repeat(70_000));
    vault.refuses("user", ("POST", "secret/data/L", &large), 400, &[TOO_LARGE]).await;
    let huge = vec![b'x'; 6 * 1024 * 1024];
    let huge = Reply::to(vault.request("user", "POST", "secret/data/L").body(huge)).await;
    let reason = json!({"errors": ["http: request body too large"]});
    assert_eq!((huge.status.as_u16(), huge.json()), (413, reason));
    let metrics = server.nobody().get("/metrics").await;
    let lines = [
        r#"strongroom_kv_requests_total{operation="write",outcome="ok"} 1"#,
        r#"strongroom_kv_requests_total{operation="sys",outcome="ok"} 1"#,
        r#"strongroom_kv_requests_total{operation="list",outcome="denied"} 1"#,
        r#"route="kv""#,
    ];
    assert_says(metrics.text(), &lines);
}

#[tokio::test]
async fn older_versions_are_kept_as_the_setting_says() {
    let store = Store::new();
    store.set_variables(&[("STRONGROOM_KEEP_VERSIONS", "2")]);
    let (_scene, vault) = Vault::strongroom_on(&store).await;
    for number in 1..=5 {
        vault.done("user", "POST", "secret/data/S", &format!(r#"{{"data":{{"n":{number}}}}}"#)).await;
    }
    for (version, status) in [(1, 404), (2, 404), (3, 200), (4, 200), (5, 200), (6, 404)] {
        let path = format!("secret/data/S?version={version}");
        let (found, body) = vault.ask("runner", "GET", &path, "").await;
        assert_eq!(found, status, "{version}");
        if status == 200 {
            assert_eq!(body["data"]["data"]["n"], json!(version));
        }
    }
    let found = &vault.read("secret/metadata/S").await["data"];
    assert_fields(found, json!({"max_versions": 3, "oldest_version": 3}));
    let kept: Vec<_> = found["versions"].as_object().expect("an object").keys().cloned().collect();
    assert_eq!(kept, ["3", "4", "5"]);
}

#[tokio::test]
async fn mounts_are_configured_and_can_be_turned_off() {
    let store = Store::new();
    let team = store.team("acme").await;
    let key = team.new_key("runner").await;
    let at =
        |server: &Server| Vault { url: server.url().to_owned(), runner: key.clone(), ..Vault::somewhere() };
    let file = store.file("kv-mounts = { \"team/kv-v2\" = 2, old = 1 }\n");
    let file = file.to_str().expect("UTF-8");
    let server = Server::start_on(&store, &["--config", file]).await;
    let vault = at(&server);
    let found = vault.done("runner", "GET", "sys/internal/ui/mounts", "").await;
    let mounts = &found["data"]["secret"];
    assert_eq!(mounts["team/kv-v2/"]["options"]["version"], json!("2"));
    assert_eq!(mounts["old/"]["options"]["version"], json!("1"));
    assert_eq!(vault.status("runner", "LIST", "team/kv-v2/metadata", "").await, 404);
    let none = vault.ask("runner", "GET", "secret/data/S", "").await;
    assert_eq!(none.1["errors"][0], json!("no handler for route \"secret/data/S\". route entry not found."));
    server.stop().await;

    let server = Server::start_on(&store, &["--kv-mounts", ""]).await;
    let reply = Reply::to(at(&server).request("runner", "POST", "secret/data/S")).await;
    assert!(reply.text().contains("nothing to post to"), "{reply:?}");
    server.stop().await;
    for mounts in ["secret=3", "sys=2", "a=1,a/b=2"] {
        store.refused(&[&SERVE[..], &["--kv-mounts", mounts]].concat(), "--kv-mounts").await;
    }
}

#[tokio::test]
async fn without_a_team_the_server_is_not_initialized() {
    let server = Server::start().await;
    let vault = Vault { url: server.url().to_owned(), ..Vault::somewhere() };
    let (status, body) = vault.ask("", "GET", "sys/health", "").await;
    assert_eq!(json!([status, body["initialized"], body["sealed"]]), json!([501, false, false]));
    server.team("acme").await;
    let (status, body) = vault.ask("", "GET", "sys/health", "").await;
    assert_eq!(json!([status, body["initialized"]]), json!([200, true]));
    assert_eq!(body["cluster_id"], vault.ask("", "GET", "sys/seal-status", "").await.1["cluster_id"]);
    assert!(body["version"].as_str().expect("a version").starts_with("1.14.0+strongroom."), "{body}");
    for wrong in ["x", "99", "1000"] {
        assert_eq!(vault.ask("", "GET", &format!("sys/health?activecode={wrong}"), "").await.0, 400);
    }
}

#[tokio::test]
async fn one_strongroom_keeps_its_values_in_another() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, team, .. } = &scene;
    let permissions = ["read:secret", "read:secret-value", "create:secret", "update:secret", "delete:secret"];
    admin.new_role("machine", &permissions).await;
    let key = team.key("machine").await.key().to_owned();
    for kv in ["2", "1"] {
        let store = Store::new();
        store.set_variables(&[
            ("STRONGROOM_VALUES", "vault"),
            ("STRONGROOM_VAULT_ADDRESS", &vault.url),
            ("STRONGROOM_VAULT_KV_VERSION", kv),
            ("STRONGROOM_VAULT_MOUNT", if kv == "2" { "secret" } else { "kv" }),
            ("STRONGROOM_VAULT_TOKEN_FILE", &store.password_file(&key)),
        ]);
        let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
        writer.set("S", json!("a value that is elsewhere")).await;
        writer.set("S", json!("another value that is elsewhere")).await;
        assert_eq!(runner.value("S").await, json!("another value that is elsewhere"));
        writer.revert("S", 1).await;
        assert_eq!(runner.value("S").await, json!("a value that is elsewhere"));
        server.stop().await;
    }
    let names = admin.names().await;
    assert_eq!(names.len(), 6, "{names:?}");
}
