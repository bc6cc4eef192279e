//! The same permissions at Vault's API: every operation, by every kind of caller. A session is nobody there.

use reqwest::Method;
use serde_json::json;
use strongroom_tests::Reply;

use super::world::{Actor, Place, World};

/// An operation and its statuses. `SECRET` has two versions, `SHOWN` is a tombstone, and `NEW` is not there.
struct Row {
    request: &'static str,
    body: &'static str,
    /// Empty if any key may.
    permission: &'static str,
    here: u16,
    elsewhere: u16,
    /// For a key that is limited to other secrets.
    limited: u16,
}

const fn row(
    request: &'static str,
    body: &'static str,
    permission: &'static str,
    [here, elsewhere, limited]: [u16; 3],
) -> Row {
    Row { request, body, permission, here, elsewhere, limited }
}

const ROWS: &[Row] = &[
    row("GET secret/data/SECRET", "", "read:secret-value", [200, 404, 404]),
    row("GET secret/data/SECRET?version=1", "", "read:secret-value", [200, 404, 404]),
    row("GET secret/data/SHOWN", "", "read:secret-value", [404, 404, 404]),
    row("GET secret/subkeys/SECRET", "", "read:secret-value", [200, 404, 404]),
    row("GET kv/SECRET", "", "read:secret-value", [200, 404, 404]),
    row("GET secret/metadata/SECRET", "", "read:secret", [200, 404, 404]),
    row("GET secret/metadata/SHOWN", "", "read:secret", [200, 404, 404]),
    row("LIST secret/metadata/", "", "read:secret", [200, 404, 404]),
    row("LIST kv/", "", "read:secret", [200, 404, 404]),
    row("POST secret/data/NEW", r#"{"data": {"a": 1}}"#, "create:secret", [200, 200, 403]),
    row("POST secret/data/SHOWN", r#"{"data": {"a": 1}}"#, "create:secret", [200, 200, 403]),
    row("PUT secret/data/SECRET", r#"{"data": {"a": 1}}"#, "update:secret", [200, 200, 403]),
    row("PUT kv/NEW", r#"{"a": 1}"#, "create:secret", [204, 204, 403]),
    row("POST kv/SECRET", r#"{"a": 1}"#, "update:secret", [204, 204, 403]),
    row("PATCH secret/data/SECRET", r#"{"data": {"a": 1}}"#, "update:secret", [200, 404, 403]),
    row(
        "POST secret/metadata/SECRET",
        r#"{"custom_metadata": {"description": "it"}}"#,
        "update:secret",
        [204, 404, 403],
    ),
    row("DELETE secret/data/SECRET", "", "delete:secret", [204, 204, 403]),
    row("DELETE secret/metadata/SECRET", "", "delete:secret", [204, 204, 403]),
    row("DELETE secret/metadata/SHOWN", "", "delete:secret", [204, 204, 403]),
    row("DELETE kv/SECRET", "", "delete:secret", [204, 204, 403]),
    row("POST secret/delete/SECRET", r#"{"versions": [2]}"#, "delete:secret", [204, 204, 403]),
    row("POST secret/undelete/SHOWN", r#"{"versions": [1]}"#, "create:secret", [204, 204, 403]),
    row("POST secret/destroy/SECRET", r#"{"versions": [1]}"#, "", [405, 405, 405]),
    row("GET secret/config", "", "", [200, 200, 200]),
    row("GET sys/mounts", "", "", [200, 200, 200]),
    row("GET sys/internal/ui/mounts/secret/x", "", "", [200, 200, 200]),
    row("POST sys/capabilities-self", r#"{"paths": ["secret/data/x"]}"#, "", [200, 200, 200]),
    row("GET auth/token/lookup-self", "", "", [200, 200, 200]),
    row("POST auth/token/create", "", "", [200, 200, 200]),
    row("POST auth/token/create-orphan", "", "", [403, 403, 403]),
    // Ends the logins among the actors.
    row("POST auth/token/revoke-self", "", "", [204, 204, 204]),
];

const DESCRIPTION: &str = "the team's own description";

const UNAUTHENTICATED: &str = "permission denied";
const DENIED: &str = "1 error occurred:\n\t* permission denied\n\n";

/// The status, and the first error of a refusal.
fn expected(actor: &Actor, row: &Row) -> (u16, &'static str) {
    let is_allowed = row.permission.is_empty() || actor.holds(row.permission);
    match actor.place {
        _ if actor.is_person => (403, UNAUTHENTICATED),
        Place::Nowhere => (403, UNAUTHENTICATED),
        Place::ReachingIn => (403, DENIED),
        _ if !is_allowed => (403, DENIED),
        Place::Here => (row.here, DENIED),
        Place::Limited => (row.limited, DENIED),
        Place::Elsewhere => (row.elsewhere, DENIED),
    }
}

impl World {
    /// The path with fresh names in place of the words.
    async fn path(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for word in ["SECRET", "SHOWN", "NEW"] {
            if !path.contains(word) {
                continue;
            }
            let name = format!("{}-{}", word.to_lowercase(), self.here.store().next_number());
            if word != "NEW" {
                self.administrator.set(&name, json!("the team's own value")).await;
                self.administrator.set(&name, json!("the team's own second value")).await;
                let described = json!({"custom_metadata": {"description": DESCRIPTION}}).to_string();
                self.ask(Method::POST, &format!("metadata/{name}"), described).await;
            }
            if word == "SHOWN" {
                self.ask(Method::DELETE, &format!("data/{name}"), String::new()).await;
            }
            path = path.replace(word, &name);
        }
        path
    }

    async fn ask(&self, method: Method, path: &str, body: String) {
        let request = self.administrator.request(method, &format!("/v1/secret/{path}")).body(body);
        assert_eq!(Reply::to(request).await.status.as_u16(), 204, "{path}");
    }
}

/// What is wrong with the answer to an actor.
async fn check(actor: &Actor, row: &Row, method: &str, path: &str) -> Option<String> {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let is_patch = method == Method::PATCH;
    let mut request = actor.client.request(method, &format!("/v1/{path}")).body(row.body);
    if is_patch {
        request = request.header("content-type", "application/merge-patch+json");
    }
    let reply = Reply::to(request).await;
    let (status, error) = expected(actor, row);
    let is_right = reply.status.as_u16() == status && (status != 403 || reply.json()["errors"][0] == error);
    // Descriptions and deletions are metadata, whatever a request is about.
    let shows = [DESCRIPTION, r#""deletion_time":"2"#].iter().any(|part| reply.text().contains(part));
    let shows_too_much = shows && !actor.holds("read:secret");
    (!is_right || shows_too_much)
        .then(|| format!("{} as {}: {status} was expected, not {reply:?}", row.request, actor.describe()))
}

#[tokio::test]
async fn operations_of_vaults_api_need_the_permissions_of_the_table() {
    let world = World::new().await;
    let mut actors = world.actors().await;
    for actor in &mut actors {
        if actor.place == Place::ReachingIn {
            actor.client = actor.client.with_header("x-vault-namespace", "acme");
        }
    }
    let mut wrong = Vec::new();
    // Lists first: later rows create secrets in the other team.
    for row in ROWS {
        let may_change = |actor: &&Actor| {
            expected(actor, row).0 < 300 && matches!(actor.place, Place::Here | Place::Limited)
        };
        let (able, unable): (Vec<_>, Vec<_>) = actors.iter().partition(may_change);
        // What none of them changes can be the same for all.
        let (method, path) = row.request.split_once(' ').expect("a method and a path");
        let shared = world.path(path).await;
        let before = world.snapshot().await;
        for actor in unable {
            wrong.extend(check(actor, row, method, &shared).await);
        }
        if before != world.snapshot().await {
            wrong.push(format!("{} changed the team without being allowed to", row.request));
        }
        for actor in able {
            wrong.extend(check(actor, row, method, &world.path(path).await).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
