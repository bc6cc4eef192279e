//! A team's own roles: composed of permissions, given to people and keys.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene, the_one_done};

const IN_USE: &str = "That role is in use: assign another one first.";
const BEYOND_OWN: &str = "Unauthorized: you can't grant permissions you don't hold.";

async fn role(client: &Client, name: &str) -> Option<Value> {
    client.row("role", "id description permissions fits_person", "name", name).await
}

#[tokio::test]
async fn a_role_is_created_changed_and_deleted_within_the_rules() {
    let Scene { admin, .. } = &Scene::new().await;
    let description = "Sets what deploys need.";
    let permissions = ["update:secret", "create:secret", "create:secret"];
    let input = json!({"name": "deployer", "description": description, "permissions": permissions});
    admin.done("create_role", input).await;
    let mut expected = role(admin, "deployer").await.expect("it is listed");
    let id = expected["id"].take();
    assert!(id.is_string(), "{id}");
    let permissions = json!(["create:secret", "update:secret"]);
    let found = [&expected["description"], &expected["permissions"], &expected["fits_person"]];
    assert_eq!(json!(found), json!([description, permissions, true]));

    admin.done("update_role", json!({"id": id, "permissions": ["read:secret-value"]})).await;
    expected["id"] = id.clone();
    expected["permissions"] = json!(["read:secret-value"]);
    expected["fits_person"] = json!(false);
    assert_eq!(role(admin, "deployer").await.as_ref(), Some(&expected));

    admin.done("update_role", json!({"id": id, "name": "Röle 角色", "description": ""})).await;
    expected["name"] = json!("Röle 角色");
    expected["description"] = Value::Null;
    assert_eq!(role(admin, "deployer").await, None);
    assert_eq!(role(admin, "Röle 角色").await, Some(expected));

    admin.done("delete_role", json!({"id": id})).await;
    assert_eq!(role(admin, "Röle 角色").await, None);
    admin.refused("delete_role", json!({"id": id})).await;
    admin.refused("update_role", json!({"id": id, "name": "x"})).await;

    for name in ["zookeeper", "auditor"] {
        admin.new_role(name, &["read:audit_log"]).await;
    }
    let names = admin.column("role", "name").await;
    assert_eq!(names, ["administrator", "user", "read-only", "runner", "auditor", "zookeeper"]);
    // Names are unique, and permissions exist.
    admin.new_role("taken", &["read:secret"]).await;
    let id = admin.new_role("other", &["read:secret"]).await;
    let before = admin.rows("role", "id name permissions").await;
    let long = "ü".repeat(51);
    let names = "| | deployer|deployer |line\nbreak|nul\0|administrator|Administrator|user|read-only|read_only|Read_Only|\
                 runner|taken";
    for name in names.split('|').chain([long.as_str()]) {
        let input = json!({"name": name, "permissions": ["read:secret"]});
        admin.mutate("create_role", input).await.assert_rejected();
        admin.mutate("update_role", json!({"id": id, "name": name})).await.assert_rejected();
    }
    for permissions in
        [&[][..], &["create:everything"], &["read:secret", "Read:Secret"], &["read:secret "], &[""]]
    {
        let input = json!({"name": "new", "permissions": permissions});
        admin.mutate("create_role", input).await.assert_rejected();
        admin.mutate("update_role", json!({"id": id, "permissions": permissions})).await.assert_rejected();
    }
    admin.mutate("update_role", json!({"id": id, "description": "x".repeat(1001)})).await.assert_rejected();
    for id in ["administrator", "runner"] {
        admin.mutate("delete_role", json!({"id": id})).await.error();
        admin.mutate("update_role", json!({"id": id, "permissions": ["read:secret"]})).await.error();
    }
    assert_eq!(admin.rows("role", "id name permissions").await, before);

    admin.new_role(&long[2..], &["read:secret"]).await;
    // A role's own name is no conflict.
    admin.done("update_role", json!({"id": id, "name": "other"})).await;
    // Of two concurrent ones, one gets the name.
    let input = || json!({"name": "clerk", "permissions": ["read:secret"]});
    let (one, two) = tokio::join!(admin.mutate("create_role", input()), admin.mutate("create_role", input()));
    the_one_done("create_role", [&one, &two]);
    role(admin, "clerk").await.expect("it is listed once");
}

#[tokio::test]
async fn permissions_are_separate_and_nobody_grants_more_than_they_hold() {
    let Scene { team, admin, runner, .. } = &Scene::new().await;
    let own = ["create:role", "update:role", "delete:role", "read:member", "read:secret"];
    admin.new_role("role maker", &own).await;
    let mighty = admin.new_role("mighty", &["create:secret", "read:secret"]).await;
    let reader = admin.new_role("reader of values", &["read:secret-value"]).await;
    let maker = team.session("role maker").await;
    let small = maker.new_role("small", &["read:secret"]).await;
    for (field, input) in [
        ("create_role", json!({"name": "a", "permissions": ["create:secret"]})),
        ("create_role", json!({"name": "b", "permissions": ["read:secret", "read:secret-value"]})),
        ("update_role", json!({"id": mighty, "permissions": ["read:secret"]})),
        ("update_role", json!({"id": mighty, "name": "harmless"})),
        ("update_role", json!({"id": small, "permissions": ["read:secret", "create:api_key"]})),
        ("update_role", json!({"id": reader, "description": "mine"})),
    ] {
        assert_eq!(maker.forbidden(field, input).await, BEYOND_OWN);
    }
    let kept = maker.listed("role", "permissions", "name", "mighty").await;
    assert_eq!(kept["permissions"], json!(["create:secret", "read:secret"]));
    maker.done("update_role", json!({"id": small, "permissions": ["read:member"]})).await;
    maker.done("delete_role", json!({"id": small})).await;
    // Creating, changing and reading are separate permissions.
    for (role, permissions) in [
        ("rotator", &["read:secret-value", "create:secret", "update:secret"][..]),
        ("creator", &["create:secret"]),
        ("changer", &["read:secret", "update:secret"]),
    ] {
        admin.new_role(role, permissions).await;
    }
    let (rotator, creator) = (team.key("rotator").await, team.key("creator").await);
    let changer = team.key("changer").await;
    rotator.set("A", json!("rotated value")).await;
    assert_eq!(rotator.value("A").await, "rotated value");
    rotator.query("{ secret_names }").await.assert_error("FORBIDDEN");
    admin.delete("A").await;

    creator.set("A", json!("first value")).await;
    let again = json!({"name": "A", "value": "second value"});
    creator.lacks("update:secret", "set_secret", again.clone()).await;
    changer.done("set_secret", again).await;
    changer.lacks("create:secret", "set_secret", json!({"name": "B", "value": "new value"})).await;
    assert_eq!(admin.names().await, ["A"]);
    assert_eq!(runner.value("A").await, "second value");
    // A rename that replaces a secret deletes it.
    admin.set("B", json!("the value of B")).await;
    let input = json!({"name": "A", "new_name": "B", "overwrite": true});
    changer.lacks("delete:secret", "update_secret", input).await;
    assert_eq!(changer.names().await, ["A", "B"]);
    changer.done("update_secret", json!({"name": "A", "new_name": "C"})).await;
}

#[tokio::test]
async fn a_role_in_use_is_not_removed_and_a_changed_one_takes_effect_with_the_next_request() {
    let Scene { server, team, admin, .. } = &Scene::new().await;
    let mut ids = Vec::new();
    for name in ["of a member", "of a key", "of an invitation"] {
        ids.push(admin.new_role(name, &["read:secret"]).await);
    }
    let person = team.person("of a member").await;
    let (key_id, _) = admin.new_key(json!({"name": "k", "role": "of a key"})).await;
    let token = admin.invite("new@acme.example", "of an invitation").await;
    for id in &ids {
        assert_eq!(admin.refused("delete_role", json!({"id": id})).await, IN_USE);
    }
    let user_id = admin.member_id(&person.email).await;
    admin.done("update_member", json!({"user_id": user_id, "role": "user"})).await;
    admin.done("delete_api_key", json!({"key_id": key_id})).await;
    server.nobody().join(&token, "a new member's password").await;
    admin.done("remove_member", json!({"user_id": admin.member_id("new@acme.example").await})).await;
    for id in ids {
        admin.done("delete_role", json!({"id": id})).await;
    }
    // A changed role acts on members and keys.
    let id = admin.new_role("clerk", &["read:secret", "create:secret"]).await;
    let person = team.person("clerk").await;
    let holders = [team.log_in(&person).await, team.key("clerk").await];
    for (index, holder) in holders.iter().enumerate() {
        holder.set(&format!("S{index}"), json!("a value of theirs")).await;
    }
    admin.done("update_role", json!({"id": id, "name": "reader", "permissions": ["read:secret"]})).await;
    for holder in &holders {
        assert_eq!(holder.auth_info("role").await, "reader");
        assert_eq!(holder.auth_info("permissions").await, json!(["read:secret"]));
        let input = json!({"name": "NEW", "value": "too late for that"});
        holder.lacks("create:secret", "set_secret", input).await;
    }
    admin.done("update_role", json!({"id": id, "permissions": ["read:secret", "read:audit_log"]})).await;
    for holder in &holders {
        assert!(!holder.audit(json!({})).await.is_empty());
    }
    // A role of a member or an invited person can't be changed to read values.
    let update = json!({"id": id, "permissions": ["read:secret", "read:secret-value"]});
    admin.mutate("update_role", update.clone()).await.assert_rejected();
    assert_eq!(holders[0].auth_info("permissions").await, json!(["read:secret", "read:audit_log"]));
    let user_id = admin.member_id(&person.email).await;
    admin.done("update_member", json!({"user_id": user_id, "role": "user"})).await;
    admin.invite("new@acme.example", "reader").await;
    admin.mutate("update_role", update.clone()).await.assert_rejected();
    let invitation = admin.listed("invitation", "id", "email", "new@acme.example").await;
    admin.done("withdraw_invitation", json!({"id": invitation["id"]})).await;
    admin.done("update_role", update).await;
}

#[tokio::test]
async fn change_that_expects_another_state_is_refused() {
    let Scene { team, admin, .. } = &Scene::new().await;
    let role = admin.new_role("clerk", &["read:secret"]).await;
    let (key, _) = admin.new_key(json!({"name": "job", "role": "runner", "secrets": ["A"]})).await;
    let member = admin.member_id(&team.person("user").await.email).await;
    for (field, change, expectation, right, wrong) in [
        (
            "update_role",
            json!({"id": role, "permissions": ["read:member"]}),
            "expected_permissions",
            json!(["read:secret"]),
            json!(["read:secret", "read:member"]),
        ),
        (
            "update_api_key",
            json!({"key_id": key, "secrets": []}),
            "expected_secrets",
            json!(["A"]),
            json!(["A", "B"]),
        ),
        (
            "update_member",
            json!({"user_id": member, "role": "read-only"}),
            "expected_role",
            json!("user"),
            json!("administrator"),
        ),
    ] {
        let expecting = |state: &Value| {
            let mut input = change.clone();
            input[expectation] = state.clone();
            input
        };
        let why = admin.refused(field, expecting(&wrong)).await;
        assert_eq!(why, "Somebody else has changed this in the meantime.", "{field}");
        admin.done(field, expecting(&right)).await;
        // Another tab expects the earlier state.
        admin.refused(field, expecting(&right)).await;
    }
}

#[tokio::test]
async fn roles_belong_to_a_team_in_the_api_and_on_the_command_line() {
    let Scene { server, team, admin, .. } = &Scene::new().await;
    let others = server.team("other").await;
    let other = others.key("administrator").await;
    let id = admin.new_role("ours", &["read:secret"]).await;
    admin.new_role("shared", &["read:secret"]).await;
    other.new_role("shared", &["read:secret", "create:secret"]).await;
    assert_eq!(role(&other, "ours").await, None);
    let missing = json!({"id": "00000000-0000-4000-8000-000000000000"});
    for field in ["update_role", "delete_role"] {
        let foreign = other.refused(field, json!({"id": id})).await;
        assert_eq!(foreign, other.refused(field, missing.clone()).await);
    }
    let user_id = other.member_id(&others.person("user").await.email).await;
    other.mutate("update_member", json!({"user_id": user_id, "role": "ours"})).await.assert_rejected();
    let input = json!({"name": "k", "role": "ours"});
    other.mutate_for("create_api_key", input, "id").await.assert_error("BAD_USER_INPUT");
    // The same name in two teams is two roles.
    let (here, there) = (team.key("shared").await, others.key("shared").await);
    here.try_set("A", json!("of a reader")).await.assert_error("FORBIDDEN");
    there.set("A", json!("of a creator")).await;

    admin.new_role("Secret Clerk", &["read:secret", "create:secret"]).await;
    admin.new_role("reader of values", &["read:secret-value"]).await;
    assert_eq!(team.session("Secret Clerk").await.auth_info("role").await, "Secret Clerk");
    let key = team.key("reader of values").await;
    assert_eq!(key.auth_info("permissions").await, json!(["read:secret-value"]));

    let password = server.store().password_file("a good long password");
    for (team, role, part) in [
        ("acme", "secret clerk", "\"secret clerk\""),
        ("acme", "reader of values", "Only API keys can read values"),
        ("acme", "owner", "Secret Clerk"),
        ("other", "Secret Clerk", "\"Secret Clerk\""),
    ] {
        let create = ["admin", "create-user", "--team", team, "--role", role];
        let person = ["--email", "a@acme.example", "--password-file", &password];
        server.store().refused(&[&create[..], &person[..]].concat(), part).await;
    }
    let create = ["admin", "create-key", "--team", "other", "--name", "k", "--role", "Secret Clerk"];
    server.store().refused(&create, "Secret Clerk").await;
    // The API accepts read-only with either dash.
    for role in ["read_only", "\"read_only\"", "\"read-only\""] {
        let create = format!("mutation {{ create_api_key(input: {{name: \"k\", role: {role}}}) {{ id }} }}");
        admin.query(&create).await.data("/create_api_key/id");
    }
    let roles = admin.column("auth_api_key(where: {name: {_eq: \"k\"}})", "role").await;
    assert_eq!(roles, ["read-only"; 3]);
}
