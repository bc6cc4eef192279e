//! What only Strongroom does: its permissions, its log, its limits, and every digit of a value.

use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::{Client, Reply, SERVE, Scene, Server, Store};

use crate::logins::is_about;
use crate::reference::Vault;

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
            "writer update:secret A -",
            "writer update:secret A merged",
            "runner read:secret-value A -",
            "runner read:secret-value A version 1",
            "runner read:secret-value A -",
            "runner read:secret-value A -",
            "writer update:secret A -",
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
    let found = vault.done("runner", "GET", "secret/metadata/RACE", "").await;
    assert_eq!(found["data"]["current_version"], json!(2));
}

#[tokio::test]
async fn more_than_ten_thousand_names_are_listed_in_parts() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, .. } = &scene;
    // In their order: without two of them, a folder, and its own folder.
    let name = |n: u32| if n < 2 { format!("many/sub/{n}") } else { format!("many/{n:05}") };
    let names: Vec<_> = (0..10_003).map(name).collect();
    for part in names.chunks(5000) {
        let secrets: Vec<_> = part.iter().map(|name| json!({"name": name, "value": "v"})).collect();
        admin.done("import_secrets", json!({"secrets": secrets})).await;
    }
    let list = async |path: &str| {
        let keys =
            vault.done("runner", "GET", &format!("secret/metadata/{path}"), "").await["data"]["keys"].clone();
        let keys = keys.as_array().cloned().expect("a list");
        (keys.len(), keys.first().cloned(), keys.last().cloned())
    };
    let is = |count, first: &str, last: &str| (count, Some(json!(first)), Some(json!(last)));
    assert_eq!(list("?list=true").await, is(1, "many/", "many/"));
    assert_eq!(list("many/sub?list=true").await, is(2, "0", "1"));
    let (status, body) = vault.ask("runner", "LIST", "secret/metadata/many", "").await;
    let rule = "A list has at most 10000 keys: list a folder, or use limit and after.";
    assert_eq!((status, body), (400, json!({"errors": [rule]})));
    assert_eq!(list("many?list=true&limit=10000").await, is(10_000, "00002", "10001"));
    assert_eq!(list("many?list=true&limit=2&after=09999").await, is(2, "10000", "10001"));
    assert_eq!(list("many?list=true&after=10000").await, is(3, "10001", "sub/"));
    // A tombstone and a secret of the same folder are one key.
    for name in ["many/10002", "many/sub/0"] {
        vault.done("user", "DELETE", &format!("secret/data/{name}"), "").await;
    }
    assert_eq!(list("many?list=true&after=10000").await, is(3, "10001", "sub/"));
    let keys = vault.done("runner", "GET", "kv/many?list=true&after=10000", "").await["data"]["keys"].clone();
    assert_eq!(keys, json!(["10001", "sub/"]));
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
    let nothing = json!({"errors": []});
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
        assert_eq!(vault.ask(&reader, method, path, "").await, (404, nothing.clone()), "{method} {path}");
    }
    assert!(!admin.recorded_since(before).await.is_empty(), "reading beyond the limits is recorded");
    let keys = |body: Value| body["data"]["keys"].clone();
    assert_eq!(keys(vault.done(&reader, "LIST", "secret/metadata", "").await), json!(["apps/"]));
    assert_eq!(keys(vault.done(&reader, "LIST", "secret/metadata/apps", "").await), json!(["web/"]));
    let reason =
        json!(["1 error occurred:\n\t* permission denied\n\n", "the API key is limited to other secrets"]);
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
        let (status, found) = vault.ask(&writer, method, path, body).await;
        assert_eq!((status, &found["errors"]), (403, &reason), "{method} {path}");
    }
    vault.done(&writer, "POST", "secret/data/apps/web/new", r#"{"data":{}}"#).await;
    let asked = r#"{"paths": ["secret/data/apps/web/x", "secret/data/other"]}"#;
    let found = vault.done(&reader, "POST", "sys/capabilities-self", asked).await;
    assert_eq!(
        (&found["secret/data/apps/web/x"], &found["secret/data/other"]),
        (&json!(["read"]), &json!(["deny"]))
    );
}

#[tokio::test]
async fn merges_that_are_too_large_are_recorded() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, .. } = &scene;
    let large = |field: &str, count: usize| format!(r#"{{"data":{{"{field}":"{}"}}}}"#, "x".repeat(count));
    vault.done("user", "PUT", "secret/data/A", &large("a", 40_000)).await;
    let before = admin.last_entry().await;
    let (status, body) = vault.ask("user", "PATCH", "secret/data/A", &large("b", 40_000)).await;
    assert_eq!((status, body), (400, json!({"errors": ["A value can have at most 65536 bytes as JSON."]})));
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
    assert_eq!(
        (&forever["ttl"], &forever["expire_time"], &forever["creation_ttl"]),
        (&json!(0), &Value::Null, &json!(0))
    );
    assert_eq!((&forever["display_name"], &forever["id"]), (&json!("runner"), &json!(vault.runner)));
    assert_eq!((&forever["policies"], &forever["meta"]), (&json!(["runner"]), &json!({"team": "acme"})));

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
        assert_eq!((&body["data"], &auth["metadata"]), (&Value::Null, &json!({"role_name": "soon over"})));
    }
    let invalid = json!({"errors": ["invalid role or secret ID"]});
    for role_id in ["another", "", "runner"] {
        assert_eq!(login(role_id, &key).await, (400, invalid.clone()), "{role_id}");
    }
    let refused = json!({"sequence": {"_gt": before}, "action": {"_eq": "refused:request"}});
    assert_eq!(admin.audit(refused).await[0]["detail"], json!("a login with the role id of another key"));
    assert_eq!(login("soon over", "nonsense").await, (400, invalid.clone()));
    let metrics = scene.server.nobody().get("/metrics").await;
    for line in [
        r#"strongroom_kv_requests_total{operation="auth",outcome="denied"} 10"#,
        r#"strongroom_requests_refused_total{reason="unknown_credential"} 9"#,
        r#"strongroom_requests_refused_total{reason="malformed_credential"} 1"#,
    ] {
        assert!(metrics.text().contains(line), "{line}: {}", metrics.text());
    }
    admin.done("delete_api_key", json!({"key_id": id})).await;
    assert_eq!(login(&id, &key).await, (400, invalid));
    let (status, body) = vault.ask(&key, "GET", "auth/token/lookup-self", "").await;
    assert_eq!((status, body), (403, json!({"errors": ["permission denied"]})));
    let methods = vault.ask("", "POST", "auth/github/login", r#"{"token": "x"}"#).await;
    let reason = "there is no auth method github here; give an API key as the token, or use approle, jwt or kubernetes";
    assert_eq!(methods, (400, json!({"errors": [reason]})));
}

#[tokio::test]
async fn a_browser_s_session_and_another_site_can_do_nothing_here() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { server, team, .. } = &scene;
    let person = team.person("administrator").await;
    let session = server.fixed_session(&person).await;
    let get = async |client: &Client, path: &str| {
        let reply = client.get(path).await;
        (reply.status.as_u16(), reply.json())
    };
    let unauthenticated = json!({"errors": ["permission denied"]});
    assert_eq!(get(&session, "/v1/secret/metadata?list=true").await, (403, unauthenticated.clone()));
    let foreign = vault.request("user", "POST", "secret/data/S").header("sec-fetch-site", "cross-site");
    let refused = Reply::to(foreign.body("{}")).await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (403, "application/json"));
    assert!(refused.json()["errors"][0].is_string(), "{refused:?}");
    // What Node's fetch and Java's client send unasked.
    let java = vault.request("runner", "GET", "sys/internal/ui/mounts/secret");
    let java = Reply::to(java.header("accept", "text/html, image/gif, */*; q=0.2")).await;
    assert_eq!(java.json()["data"]["path"], json!("secret/"));
    let node = vault.request("user", "POST", "secret/data/x/graphql").header("sec-fetch-mode", "cors");
    let node =
        Reply::to(node.header("content-type", "text/plain;charset=UTF-8").body(r#"{"data":{"a":"1"}}"#))
            .await;
    assert_eq!(node.json()["data"]["version"], json!(1));
    // GraphQL stays where it is not a mount.
    let answer = vault
        .request("runner", "POST", "anything/graphql")
        .header("authorization", format!("Bearer {}", vault.runner));
    let answer =
        Reply::to(answer.header("content-type", "application/json").body(r#"{"query":"{ secret_names }"}"#))
            .await;
    assert_eq!(answer.json()["data"]["secret_names"], json!(["x/graphql"]));
    let large = format!(r#"{{"data":{{"a":"{}"}}}}"#, "x".repeat(70_000));
    let (status, body) = vault.ask("user", "POST", "secret/data/L", &large).await;
    assert_eq!((status, body), (400, json!({"errors": ["A value can have at most 65536 bytes as JSON."]})));
    let huge = vec![b'x'; 6 * 1024 * 1024];
    let huge = Reply::to(vault.request("user", "POST", "secret/data/L").body(huge)).await;
    assert_eq!(
        (huge.status.as_u16(), huge.json()),
        (413, json!({"errors": ["http: request body too large"]}))
    );
    let metrics = server.nobody().get("/metrics").await;
    for line in [
        r#"strongroom_kv_requests_total{operation="write",outcome="ok"} 1"#,
        r#"strongroom_kv_requests_total{operation="sys",outcome="ok"} 1"#,
        r#"strongroom_kv_requests_total{operation="list",outcome="denied"} 1"#,
        r#"route="kv""#,
    ] {
        assert!(metrics.text().contains(line), "{line}: {}", metrics.text());
    }
}

#[tokio::test]
async fn older_versions_are_kept_as_the_setting_says() {
    let store = Store::new();
    store.set_variables(&[("STRONGROOM_KEEP_VERSIONS", "2")]);
    let (_scene, vault) = Vault::strongroom_on(&store).await;
    for number in 1..=5 {
        let body = format!(r#"{{"data":{{"n":{number}}}}}"#);
        vault.done("user", "POST", "secret/data/S", &body).await;
    }
    for (version, status) in [(1, 404), (2, 404), (3, 200), (4, 200), (5, 200), (6, 404)] {
        let path = format!("secret/data/S?version={version}");
        let (found, body) = vault.ask("runner", "GET", &path, "").await;
        assert_eq!(found, status, "{version}");
        if status == 200 {
            assert_eq!(body["data"]["data"]["n"], json!(version));
        }
    }
    let found = vault.done("runner", "GET", "secret/metadata/S", "").await["data"].clone();
    assert_eq!((&found["max_versions"], &found["oldest_version"]), (&json!(3), &json!(3)));
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
    assert_eq!((status, &body["initialized"], &body["sealed"]), (501, &json!(false), &json!(false)));
    server.team("acme").await;
    let (status, body) = vault.ask("", "GET", "sys/health", "").await;
    assert_eq!((status, &body["initialized"]), (200, &json!(true)));
    let status = vault.ask("", "GET", "sys/seal-status", "").await.1;
    assert_eq!(body["cluster_id"], status["cluster_id"]);
    assert!(
        body["version"].as_str().is_some_and(|version| version.starts_with("1.14.0+strongroom.")),
        "{body}"
    );
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
