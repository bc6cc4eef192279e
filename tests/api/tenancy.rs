//! Teams are separate: what `permissions` can not show.

use serde_json::json;
use strongroom_tests::{Client, Scene, Team};

async fn two_teams() -> (Scene, Team, Client, Client) {
    let ours = Scene::new().await;
    let theirs = ours.server.team("theirs").await;
    let (writer, runner) = (theirs.key("user").await, theirs.key("runner").await);
    (ours, theirs, writer, runner)
}

#[tokio::test]
async fn teams_do_not_share_secrets_or_keys() {
    let (ours, theirs, their_writer, their_runner) = two_teams().await;
    ours.writer.set_all(&[("SHARED", "our value"), ("OURS", "only ours"), ("GONE", "only ours")]).await;
    their_writer.set("SHARED", json!("their value")).await;
    ours.writer.delete("GONE").await;

    assert_eq!(ours.runner.value("SHARED").await, "our value");
    assert_eq!(their_runner.value("SHARED").await, "their value");
    assert_eq!(their_runner.names().await, ["SHARED"]);
    let answer = their_runner.query("{ secret { name } secret_aggregate { aggregate { count } } }").await;
    let count = json!({"aggregate": {"count": 1}});
    assert_eq!(answer.data(""), &json!({"secret": [{"name": "SHARED"}], "secret_aggregate": count}));
    their_runner.assert_no_value("OURS").await;
    for (field, input) in [
        ("delete_secret", json!({"name": "OURS"})),
        ("update_secret", json!({"name": "OURS", "value": "their value"})),
        ("update_secret", json!({"name": "OURS", "new_name": "B"})),
        ("restore_secret", json!({"name": "GONE"})),
    ] {
        their_writer.refused(field, input).await;
    }
    assert_eq!(ours.runner.value("OURS").await, "only ours");
    assert_eq!(ours.writer.names().await, ["OURS", "SHARED"]);
    // Neither an id nor a filter reaches another team's secrets.
    let id = ours.writer.listed("secret", "id", "name", "OURS").await["id"].clone();
    let by_id = format!("secret(where: {{id: {{_eq: {id}}}}})");
    assert_eq!(ours.writer.column(&by_id, "name").await, ["OURS"]);
    let their_admin = theirs.key("administrator").await;
    assert_eq!(their_admin.column(&by_id, "name").await, [""; 0]);
    assert_eq!(their_admin.column("secret(where: {_or: [{}, {_not: {}}]})", "name").await, ["SHARED"]);

    let ids = ours.admin.column("auth_api_key", "id").await;
    let their_ids = their_admin.column("auth_api_key", "id").await;
    assert_eq!((ids.len(), their_ids.len()), (3, 3));
    assert!(ids.iter().all(|id| !their_ids.contains(id)), "{ids:?} {their_ids:?}");
    let session = ours.team.session("administrator").await;
    assert_eq!(session.column("tenant", "slug").await, ["acme"]);
    assert_ne!(session.tenant_id().await, their_admin.tenant_id().await);
}

#[tokio::test]
async fn tenant_header_of_another_team_is_forbidden_like_a_missing_one() {
    let (ours, _, their_writer, their_runner) = two_teams().await;
    let their_id = their_writer.tenant_id().await;
    their_writer.set("THEIRS", json!("their value")).await;
    let session = ours.team.session("administrator").await;
    for client in [&ours.admin, &ours.runner, &session] {
        // The header may name the own team.
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
        assert_eq!(ask(&their_id).await, missing, "other teams are not disclosed");
        ask("not-an-id").await;
        client.as_tenant(&their_id).try_set("A", json!("planted value")).await.assert_error("FORBIDDEN");
    }
    assert_eq!(their_runner.names().await, ["THEIRS"]);
    ours.server.nobody().as_tenant(&their_id).assert_unknown().await;
}
