//! Teams: created by people, renamed, switched, and separate from each other.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene, Team};

use super::members::a_team;

async fn create(client: &Client, input: Value) -> String {
    let answer = client.mutate_for("create_team", input, "id").await;
    answer.data("/create_team/id").as_str().expect("an id is text").to_owned()
}

async fn slugs(client: &Client) -> Vec<Value> {
    client.column("tenant(order_by: {slug: asc})", "slug").await
}

#[tokio::test]
async fn a_team_s_creator_administers_it_and_each_session_and_tab_keeps_to_its_team() {
    let (server, team, person, session) = a_team().await;
    let first = session.tenant_id().await;
    let second = create(&session, json!({"name": "Data & Models", "slug": "data"})).await;
    assert_eq!(slugs(&session).await, ["acme", "data"]);
    let there = session.as_tenant(&second);
    assert_eq!(there.auth_info("role").await, "administrator");
    let members = there.rows("member", "email role").await;
    assert_eq!(members, [json!({"email": person.email, "role": "administrator"})]);
    there.set("A", json!("in the new team")).await;
    let (_, runner) = there.new_key(json!({"name": "job", "role": "runner"})).await;
    assert_eq!(runner.value("A").await, "in the new team");
    assert_eq!(session.as_tenant(&first).names().await, [""; 0]);
    let log = there.column(r#"audit_log(where: {action: {_eq: "create:team"}})"#, "actor_name").await;
    assert_eq!(log, [person.email.as_str()]);
    // A switch counts in this session, and at the next login.
    let second = create(&session, json!({"name": "Second"})).await;
    let other_browser = team.log_in(&person).await;
    for (target, at_home) in [(&second, &first), (&first, &second)] {
        assert_eq!(&session.tenant_id().await, at_home);
        session.done("switch_team", json!({"team_id": target})).await;
        assert_eq!(&session.tenant_id().await, target);
        assert_eq!(&team.log_in(&person).await.tenant_id().await, target);
    }
    assert_eq!(other_browser.tenant_id().await, first, "each session has its own");
    let elsewhere = server.team("elsewhere").await.key("user").await.tenant_id().await;
    let deny = async |id: &str| {
        let answer = session.mutate("switch_team", json!({"team_id": id})).await;
        assert_ne!(answer.body()["data"]["switch_team"]["success"], true);
        answer.text
    };
    let missing = deny("00000000-0000-4000-8000-000000000000").await;
    assert_eq!(deny(&elsewhere).await, missing, "other teams are not disclosed");
    assert_eq!(session.tenant_id().await, first);
    team.key("administrator").await.forbidden("switch_team", json!({"team_id": first})).await;
    // Tabs and exports keep to the team that they name.
    let ids = [session.tenant_id().await, create(&session, json!({"name": "Second"})).await];
    let [here, there] = ids.each_ref().map(|id| session.as_tenant(id));
    let lists = [
        "secret { name }",
        "deleted_secret { name }",
        "auth_api_key { id }",
        "invitation { email }",
        "role { name }",
        "audit_log { hash }",
        "secret_version(name: \"A\") { version }",
    ];
    let ask = async |client: &Client| {
        let mut answers = Vec::new();
        for list in lists {
            answers.push(client.query(&format!("{{ it: {list} }}")).await.data("/it").clone());
        }
        answers
    };
    let empty = ask(&there).await;
    here.set_all(&[("A", "value of A"), ("GONE", "value of GONE")]).await;
    here.delete("GONE").await;
    here.new_key(json!({"name": "k"})).await;
    here.invite("new@acme.example", "user").await;
    here.new_role("r", &["read:secret"]).await;
    assert_eq!(ask(&there).await, empty);
    for (list, (ours, theirs)) in lists.iter().zip(ask(&here).await.iter().zip(&empty)) {
        assert_ne!(ours, theirs, "{list}");
    }
    assert_eq!([here.tenant_id().await, there.tenant_id().await], ids);

    there.set_all(&[("A", "in the second"), ("OTHER", "in the second alone")]).await;
    // One tab switches; the other stays in its team.
    there.done("switch_team", json!({"team_id": ids[1]})).await;
    here.set("FIRST", json!("in the first")).await;
    here.delete("A").await;
    assert_eq!(here.names().await, ["FIRST"]);
    assert_eq!(there.names().await, ["A", "OTHER"]);
    assert_eq!(session.names().await, ["A", "OTHER"]);

    for (id, ours, theirs) in [(&ids[0], "FIRST", "OTHER"), (&ids[1], "OTHER", "FIRST")] {
        for path in ["/audit-log.jsonl", "/audit-log.csv"] {
            let export = session.get(&format!("{path}?team={id}")).await;
            assert!(export.text().contains(ours) && !export.text().contains(theirs), "{}", export.text());
        }
    }
}

#[tokio::test]
async fn a_team_s_name_and_slug_have_rules_can_change_and_have_defaults() {
    let (server, team, _, session) = a_team().await;
    server.team("taken").await;
    let long = "x".repeat(101);
    let names = ["", " ", "line\nbreak", &long].map(|name| (name, "fine"));
    let wrong = ["", "Capital", "white space", "ümlaut", &long, "taken", "../etc"].map(|slug| ("Fine", slug));
    for (name, slug) in names.into_iter().chain(wrong) {
        let input = json!({"name": name, "slug": slug});
        session.mutate_for("create_team", input.clone(), "id").await.assert_error("BAD_USER_INPUT");
        session.mutate("update_team", input).await.assert_rejected();
    }
    let tenants = [json!({"name": "The acme team", "slug": "acme"})];
    assert_eq!(session.rows("tenant", "name slug").await, tenants);
    // Only people who are administrators create teams.
    let input = json!({"name": "Mine"});
    let why = team.key("administrator").await.forbidden("create_team", input.clone()).await;
    assert_eq!(why, "Unauthorized: that needs a session; an API key has no account.");
    team.session("user").await.lacks("create:team", "create_team", input).await;
    assert_eq!(session.rows("tenant", "name slug").await, tenants);
    // A renamed team has its new names everywhere.
    let key = team.key("administrator").await;
    session.done("update_team", json!({"name": "New Name"})).await;
    assert_eq!(key.rows("tenant", "name slug").await, [json!({"name": "New Name", "slug": "acme"})]);
    key.done("update_team", json!({"slug": "new-slug"})).await;
    assert_eq!(session.rows("tenant", "name slug").await, [json!({"name": "New Name", "slug": "new-slug"})]);
    session.done("update_team", json!({"name": "New Name", "slug": "new-slug"})).await;
    let command = ["admin", "create-key", "--name", "k", "--role", "runner", "--team"];
    server.store().run(&[&command[..], &["new-slug"]].concat()).await.succeeded();
    server.store().refused(&[&command[..], &["acme"]].concat(), "acme").await;
    let line = session.query("{ audit_checkpoint { line } }").await;
    let line = line.data("/audit_checkpoint/line").as_str().expect("text");
    assert!(line.starts_with("new-slug "), "{line}");
    // A slug is derived from the name unless given.
    let long = "x".repeat(100);
    for name in ["Data Science", "Größe & Co.", "数据", "Acme", "acme", "--", &long] {
        let id = create(&session, json!({"name": name})).await;
        let row = session.listed("tenant", "name slug", "id", &id).await;
        assert_eq!(row["name"], name);
        let slug = row["slug"].as_str().expect("a slug is text");
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(!slug.is_empty() && slug.chars().all(allowed), "{name}: {slug}");
    }
    let slugs = slugs(&session).await;
    let mut unique = slugs.clone();
    unique.dedup();
    assert_eq!(unique, slugs);
    assert!(["data-science", "team"].iter().all(|slug| slugs.contains(&json!(slug))), "{slugs:?}");
    // Of two concurrent ones, one team gets a given slug; the server always finds a free one.
    let make = async |input: Value| session.mutate_for("create_team", input, "id").await.errors().is_empty();
    let input = || json!({"name": "Second", "slug": "second"});
    let (one, two) = tokio::join!(make(input()), make(input()));
    assert_ne!(one, two, "one of them is made");
    let free = || json!({"name": "Third"});
    assert_eq!(tokio::join!(make(free()), make(free())), (true, true));
    assert_eq!(session.rows("tenant", "slug").await.len(), slugs.len() + 3);
}

async fn two_teams() -> (Scene, Team, Client, Client) {
    let ours = Scene::new().await;
    let theirs = ours.server.team("theirs").await;
    let (writer, runner) = (theirs.key("user").await, theirs.key("runner").await);
    (ours, theirs, writer, runner)
}

#[tokio::test]
async fn teams_share_nothing_and_the_tenant_header_discloses_nothing() {
    let (ours, theirs, their_writer, their_runner) = two_teams().await;
    let their_id = their_writer.tenant_id().await;
    their_writer.set("THEIRS", json!("their value")).await;
    let session = ours.team.session("administrator").await;
    for client in [&ours.admin, &ours.runner, &session] {
        // The header may name the caller's own team.
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
    // Neither secrets nor keys are shared.
    their_writer.delete("THEIRS").await;
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
