//! Teams do not see each other, whatever they send.

use serde_json::json;
use strongroom_tests::{Server, Team};

async fn two_teams() -> (Server, Team, Team) {
    let server = Server::start().await;
    let ours = server.team("ours").await;
    let theirs = server.team("theirs").await;
    (server, ours, theirs)
}

#[tokio::test]
async fn the_same_name_in_two_teams_is_two_secrets() {
    let (_server, ours, theirs) = two_teams().await;
    let (our_writer, their_writer) = (ours.key("user").await, theirs.key("user").await);
    let (our_runner, their_runner) = (ours.key("runner").await, theirs.key("runner").await);
    our_writer.set("SHARED", json!("our value")).await;
    their_writer.set("SHARED", json!("their value")).await;
    our_writer.set("OURS", json!("only ours")).await;

    assert_eq!(our_runner.value("SHARED").await, json!("our value"));
    assert_eq!(their_runner.value("SHARED").await, json!("their value"));
    assert_eq!(their_runner.names().await, ["SHARED"]);
    let answer = their_runner.query("{ secret { name } secret_aggregate { aggregate { count } } }").await;
    assert_eq!(answer.data("/secret"), &json!([{"name": "SHARED"}]));
    assert_eq!(answer.data("/secret_aggregate/aggregate/count"), &json!(1));
    assert_eq!(
        their_runner.try_value("OURS").await.assert_error("INTERNAL_SERVER_ERROR"),
        "No value found for the requested key"
    );
}

#[tokio::test]
async fn what_one_team_does_leaves_the_others_alone() {
    let (_server, ours, theirs) = two_teams().await;
    let (our_writer, their_writer) = (ours.key("user").await, theirs.key("user").await);
    our_writer.set("A", json!("our value")).await;
    our_writer.set("GONE", json!("our deleted value")).await;
    our_writer.delete("GONE").await;

    their_writer.try_delete("A").await.refusal("delete_secret");
    their_writer.try_update(json!({"name": "A", "value": "their value"})).await.refusal("update_secret");
    their_writer.try_update(json!({"name": "A", "new_name": "B"})).await.refusal("update_secret");
    their_writer.try_restore("GONE").await.refusal("restore_secret");
    assert_eq!(ours.key("runner").await.value("A").await, json!("our value"));
    assert_eq!(our_writer.names().await, ["A"]);
}

#[tokio::test]
async fn a_secret_is_not_found_by_an_id_of_another_team() {
    let (_server, ours, theirs) = two_teams().await;
    let our_writer = ours.key("user").await;
    our_writer.set("A", json!("our value")).await;
    let id = our_writer.query("{ secret { id } }").await.data("/secret/0/id").clone();
    let by_id = "query($id: UUID!) { secret(where: {id: {_eq: $id}}) { name } }";
    let answer = our_writer.graphql(by_id, json!({"id": id})).await;
    assert_eq!(answer.data("/secret"), &json!([{"name": "A"}]));
    let answer = theirs.key("administrator").await.graphql(by_id, json!({"id": id})).await;
    assert_eq!(answer.data("/secret"), &json!([]));
    let any =
        theirs.key("administrator").await.query("{ secret(where: {_or: [{}, {_not: {}}]}) { name } }").await;
    assert_eq!(any.data("/secret"), &json!([]));
}

#[tokio::test]
async fn the_own_team_may_be_named_in_the_header() {
    let (_server, ours, _) = two_teams().await;
    for client in [ours.key("user").await, ours.session("user").await] {
        let id = client.tenant_id().await;
        assert_eq!(client.as_tenant(&id).names().await, [""; 0]);
        assert_eq!(client.as_tenant(&id.to_uppercase()).names().await, [""; 0]);
    }
}

#[tokio::test]
async fn another_team_in_the_header_is_as_forbidden_as_none() {
    let (server, ours, theirs) = two_teams().await;
    let their_id = theirs.key("user").await.tenant_id().await;
    theirs.key("user").await.set("THEIRS", json!("their value")).await;
    for client in
        [ours.key("administrator").await, ours.key("runner").await, ours.session("administrator").await]
    {
        let ask = async |tenant: &str| {
            let answer = client.as_tenant(tenant).query("{ secret_names }").await;
            answer.assert_never_says("theirs");
            answer.assert_never_says("THEIRS");
            answer.assert_error("FORBIDDEN")
        };
        let other = ask(&their_id).await;
        assert_eq!(
            other,
            ask("00000000-0000-4000-8000-000000000000").await,
            "who exists is nobody's business"
        );
        ask("not-an-id").await;
        let answer = client.as_tenant(&their_id).try_set("A", json!("planted value")).await;
        answer.assert_error("FORBIDDEN");
    }
    assert_eq!(theirs.key("runner").await.names().await, ["THEIRS"]);
    let answer = server.nobody().as_tenant(&their_id).query("{ secret_names }").await;
    answer.assert_error("UNAUTHENTICATED");
}

#[tokio::test]
async fn a_batch_does_not_mix_teams() {
    let (_server, ours, theirs) = two_teams().await;
    ours.key("user").await.set("OURS", json!(1)).await;
    theirs.key("user").await.set("THEIRS", json!(1)).await;
    let query = json!({"query": "{ secret_names }"});
    let answer = ours.key("runner").await.post("/", json!([query, query]).to_string()).await;
    assert_eq!(answer.text, r#"[{"data":{"secret_names":["OURS"]}},{"data":{"secret_names":["OURS"]}}]"#);
}

#[tokio::test]
async fn keys_of_another_team_are_neither_seen_nor_revoked() {
    let (_server, ours, theirs) = two_teams().await;
    let (our_admin, their_admin) = (ours.key("administrator").await, theirs.key("administrator").await);
    let list = "{ auth_api_key { id } }";
    let ours_listed = our_admin.query(list).await;
    let theirs_listed = their_admin.query(list).await;
    assert_ne!(ours_listed.data("/auth_api_key"), theirs_listed.data("/auth_api_key"));
    assert_eq!(theirs_listed.data("/auth_api_key").as_array().map(Vec::len), Some(1));

    let revoke =
        "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success error } }";
    let id = ours_listed.data("/auth_api_key/0/id");
    let answer = their_admin.graphql(revoke, json!({"input": {"key_id": id}})).await;
    let other = answer.refusal("delete_api_key");
    let unknown = json!({"input": {"key_id": "00000000-0000-4000-8000-000000000000"}});
    assert_eq!(other, their_admin.graphql(revoke, unknown).await.refusal("delete_api_key"));
    our_admin.names().await;
}

#[tokio::test]
async fn each_team_has_its_own_administrators() {
    let (_server, ours, theirs) = two_teams().await;
    let session = ours.session("administrator").await;
    let teams = session.query("{ tenant { slug } }").await;
    assert_eq!(teams.data("/tenant"), &json!([{"slug": "ours"}]));
    assert_ne!(session.tenant_id().await, theirs.key("user").await.tenant_id().await);
}
