//! `sys/capabilities-self` says what a key can do, and the other requests what it does.

use serde_json::json;
use strongroom_tests::Scene;

use crate::reference::Vault;

/// A method, the capability that it needs, and a body.
type Operation = (&'static str, &'static str, &'static str);

/// Paths, and the operations that may be possible there.
const CAPABILITIES: &[(&str, &[Operation])] = &[
    (
        "secret/data/LIVE",
        &[("GET", "read", ""), ("PUT", "update", MAP), ("PATCH", "patch", MAP), ("LIST", "list", "")],
    ),
    ("secret/data/NEW", &[("POST", "create", MAP)]),
    ("secret/data/GONE", &[("DELETE", "delete", "")]),
    (
        "secret/metadata/LIVE",
        &[("GET", "read", ""), ("POST", "update", "{}"), ("PATCH", "patch", "{}"), ("LIST", "list", "")],
    ),
    ("secret/metadata/GONE", &[("DELETE", "delete", "")]),
    ("secret/metadata/", &[("LIST", "list", "")]),
    ("secret/subkeys/LIVE", &[("GET", "read", ""), ("LIST", "list", "")]),
    ("secret/delete/GONE", &[("POST", "update", VERSIONS), ("GET", "read", "")]),
    ("secret/undelete/GONE", &[("POST", "update", VERSIONS), ("GET", "read", "")]),
    ("secret/destroy/GONE", &[("POST", "update", VERSIONS), ("GET", "read", "")]),
    ("secret/config", &[("GET", "read", ""), ("POST", "update", "{}")]),
    (
        "kv/LIVE",
        &[("GET", "read", ""), ("PUT", "update", ONE), ("PATCH", "patch", ONE), ("LIST", "list", "")],
    ),
    ("kv/NEW", &[("PUT", "create", ONE)]),
    ("kv/GONE", &[("DELETE", "delete", "")]),
    ("kv/", &[("LIST", "list", "")]),
];
const MAP: &str = r#"{"data": {"a": "1"}}"#;
const ONE: &str = r#"{"a": "1"}"#;
const VERSIONS: &str = r#"{"versions": [1]}"#;

#[tokio::test]
async fn capabilities_are_what_a_key_can_do() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { admin, team, .. } = &scene;
    let permissions = ["read:secret", "read:secret-value", "create:secret", "update:secret", "delete:secret"];
    let mut keys = vec![vault.runner.clone(), vault.user.clone()];
    for (number, permission) in permissions.iter().enumerate() {
        let role = format!("only {number}");
        admin.new_role(&role, &[permission]).await;
        keys.push(team.key(&role).await.key().to_owned());
    }
    let mut wrong = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        for (path, operations) in CAPABILITIES {
            for (operation, capability, body) in *operations {
                vault.done("user", "PUT", "secret/data/LIVE/x", MAP).await;
                vault.done("user", "PUT", "secret/data/LIVE", MAP).await;
                let fresh = format!("NEW-{}", scene.server.store().next_number());
                let path = path.replace("NEW", &fresh);
                let asked = json!({"path": path}).to_string();
                let found = vault.done(key, "POST", "sys/capabilities-self", &asked).await;
                let capabilities = found["capabilities"].as_array().cloned().unwrap_or_default();
                let may = capabilities.contains(&json!(capability));
                let (status, answer) = vault.ask(key, operation, &path, body).await;
                let is_nothing = *operation == "LIST" && answer == json!({"errors": []});
                let can = matches!(status, 200 | 204) || is_nothing;
                if may != can {
                    wrong.push(format!("key {number}, {operation} {path}: {capabilities:?}, but {status}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let paths = |count: usize| json!({"paths": (0..count).map(|n| format!("kv/{n}")).collect::<Vec<_>>()});
    for (count, status) in [(256, 200), (257, 400)] {
        let body = paths(count).to_string();
        assert_eq!(vault.status("runner", "POST", "sys/capabilities-self", &body).await, status, "{count}");
    }
    let found = vault.done("runner", "POST", "sys/capabilities-self", r#"{"paths": ["data", "kv/x"]}"#).await;
    assert_eq!(found["data"]["kv/x"], json!(["list", "read"]));
}
