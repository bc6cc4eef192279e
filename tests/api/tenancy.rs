//! Teams do not see each other, whatever they send.

use serde_json::json;
use strongroom_tests::{Client, Scene, Team};

async fn two_teams() -> (Scene, Team, Client, Client) {
    let ours = Scene::new().await;
    let theirs = ours.server.team("theirs").await;
    let (writer, runner) = (theirs.key("user").await, theirs.key("runner").await);
    (ours, theirs, writer, runner)
}

#[tokio::test]
async fn the_secrets_of_two_teams_have_nothing_to_do_with_each_other() {
    let (ours, theirs, their_writer, their_runner) = two_teams().await;
    ours.writer.set("SHARED", json!("our value")).await;
    their_writer.set("SHARED", json!("their value")).await;
    for name in ["OURS", "GONE"] {
        ours.writer.set(name, json!("only ours")).await;
    }
    ours.writer.delete("GONE").await;

    assert_eq!(ours.runner.value("SHARED").await, json!("our value"));
    assert_eq!(their_runner.value("SHARED").await, json!("their value"));
    assert_eq!(their_runner.names().await, ["SHARED"]);
    let answer = their_runner.query("{ secret { name } secret_aggregate { aggregate { count } } }").await;
    assert_eq!(answer.data("/secret"), &json!([{"name": "SHARED"}]));
    assert_eq!(answer.data("/secret_aggregate/aggregate/count"), &json!(1));
    their_runner.assert_no_value("OURS").await;

    for (field, input) in [
        ("delete_secret", json!({"name": "OURS"})),
        ("update_secret", json!({"name": "OURS", "value": "their value"})),
        ("update_secret", json!({"name": "OURS", "new_name": "B"})),
        ("restore_secret", json!({"name": "GONE"})),
    ] {
        their_writer.refused(field, input).await;
    }
    assert_eq!(ours.runner.value("OURS").await, json!("only ours"));
    assert_eq!(ours.writer.names().await, ["OURS", "SHARED"]);

    // Neither by an id nor by a filter.
    let id = ours.writer.listed("secret", "id", "name", "OURS").await["id"].clone();
    let by_id = "query($id: UUID!) { secret(where: {id: {_eq: $id}}) { name } }";
    let answer = ours.writer.graphql(by_id, json!({"id": id})).await;
    assert_eq!(answer.data("/secret"), &json!([{"name": "OURS"}]));
    let their_admin = theirs.key("administrator").await;
    let answer = their_admin.graphql(by_id, json!({"id": id})).await;
    assert_eq!(answer.data("/secret"), &json!([]));
    assert_eq!(their_admin.column("secret(where: {_or: [{}, {_not: {}}]})", "name").await, ["SHARED"]);

    let query = json!({"query": "{ secret_names }"});
    let answer = their_runner.post("/", json!([query, query]).to_string()).await;
    let one = r#"{"data":{"secret_names":["SHARED"]}}"#;
    assert_eq!(answer.text, format!("[{one},{one}]"), "a batch does not mix teams");
}

#[tokio::test]
async fn another_team_in_the_header_is_as_forbidden_as_none() {
    let (ours, _, their_writer, their_runner) = two_teams().await;
    let their_id = their_writer.tenant_id().await;
    their_writer.set("THEIRS", json!("their value")).await;
    let session = ours.team.session("administrator").await;
    for client in [&ours.admin, &ours.runner, &session] {
        // The own team may be named.
        let id = client.tenant_id().await;
        assert_eq!(client.as_tenant(&id).names().await, [""; 0]);
        assert_eq!(client.as_tenant(&id.to_uppercase()).names().await, [""; 0]);

        let ask = async |tenant: &str| {
            let answer = client.as_tenant(tenant).query("{ secret_names }").await;
            answer.assert_never_says("theirs");
            answer.assert_never_says("THEIRS");
            answer.assert_error("FORBIDDEN")
        };
        let missing = ask("00000000-0000-4000-8000-000000000000").await;
        assert_eq!(ask(&their_id).await, missing, "who exists is nobody's business");
        ask("not-an-id").await;
        client.as_tenant(&their_id).try_set("A", json!("planted value")).await.assert_error("FORBIDDEN");
    }
    assert_eq!(their_runner.names().await, ["THEIRS"]);
    ours.server.nobody().as_tenant(&their_id).assert_unknown().await;
}

#[tokio::test]
async fn keys_and_administrators_of_another_team_are_neither_seen_nor_changed() {
    let (ours, theirs, ..) = two_teams().await;
    let their_admin = theirs.key("administrator").await;
    let ids = ours.admin.column("auth_api_key", "id").await;
    let their_ids = their_admin.column("auth_api_key", "id").await;
    assert_eq!((ids.len(), their_ids.len()), (3, 3));
    assert!(ids.iter().all(|id| !their_ids.contains(id)), "{ids:?} {their_ids:?}");

    let revoke = async |id: &str| their_admin.refused("delete_api_key", json!({"key_id": id})).await;
    let missing = revoke("00000000-0000-4000-8000-000000000000").await;
    for id in &ids {
        assert_eq!(revoke(id.as_str().expect("an id")).await, missing);
    }
    ours.admin.names().await;

    let session = ours.team.session("administrator").await;
    assert_eq!(session.column("tenant", "slug").await, ["acme"]);
    assert_ne!(session.tenant_id().await, their_admin.tenant_id().await);
}
