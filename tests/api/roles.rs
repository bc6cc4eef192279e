//! Roles of a team's own: made of permissions, given to people and keys.

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, Team};

const IN_USE: &str = "Somebody has that role: give them another one first.";
const BEYOND_OWN: &str = "Unauthorized: nobody hands out more permissions than they hold.";

async fn a_team() -> (Server, Team, Client) {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    (server, team, admin)
}

/// What is told of a role of the team's own.
async fn role(client: &Client, name: &str) -> Option<Value> {
    let selection = "id description permissions fits_person";
    client.row("role", selection, "name", name).await
}

async fn id_of(client: &Client, name: &str) -> Value {
    let row = role(client, name).await;
    row.unwrap_or_else(|| panic!("{name} is listed"))["id"].clone()
}

async fn create(client: &Client, name: &str, permissions: &[&str]) {
    let input = json!({"name": name, "permissions": permissions});
    client.done("create_role", input).await;
}

#[tokio::test]
async fn a_role_is_made_changed_and_removed() {
    let (_server, _team, admin) = a_team().await;
    let input = json!({
        "name": "deployer",
        "description": "Sets what deploys need.",
        "permissions": ["update:secret", "create:secret", "create:secret"],
    });
    admin.done("create_role", input).await;
    let made = role(&admin, "deployer").await.expect("it is listed");
    assert!(made["id"].is_string(), "{made}");
    assert_eq!(made["description"], "Sets what deploys need.");
    assert_eq!(made["permissions"], json!(["create:secret", "update:secret"]));
    assert_eq!(made["fits_person"], json!(true));

    let update = json!({"id": made["id"], "permissions": ["read:secret-value"]});
    admin.done("update_role", update).await;
    let changed = role(&admin, "deployer").await.expect("it keeps its name");
    assert_eq!(changed["description"], "Sets what deploys need.");
    assert_eq!(changed["permissions"], json!(["read:secret-value"]));
    assert_eq!(changed["fits_person"], json!(false));

    let update = json!({"id": made["id"], "name": "Röle 角色", "description": ""});
    admin.done("update_role", update).await;
    assert_eq!(role(&admin, "deployer").await, None);
    let changed = role(&admin, "Röle 角色").await.expect("it has a new name");
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(changed["description"], Value::Null);

    admin.done("delete_role", json!({"id": made["id"]})).await;
    assert_eq!(role(&admin, "Röle 角色").await, None);
    admin.refused("delete_role", json!({"id": made["id"]})).await;
    admin.refused("update_role", json!({"id": made["id"], "name": "x"})).await;
}

#[tokio::test]
async fn built_in_roles_come_first_and_the_team_s_own_by_name() {
    let (_server, _team, admin) = a_team().await;
    for name in ["zookeeper", "auditor"] {
        create(&admin, name, &["read:audit_log"]).await;
    }
    let names = admin.rows("role", "name").await;
    let names: Vec<_> = names.iter().filter_map(|row| row["name"].as_str()).collect();
    assert_eq!(names, ["administrator", "user", "read-only", "runner", "auditor", "zookeeper"]);
}

#[tokio::test]
async fn a_role_s_name_is_its_own_and_no_built_in_one_s() {
    let (_server, _team, admin) = a_team().await;
    create(&admin, "taken", &["read:secret"]).await;
    create(&admin, "other", &["read:secret"]).await;
    let id = id_of(&admin, "other").await;
    let long = "ü".repeat(51);
    for name in [
        "",
        " ",
        " deployer",
        "deployer ",
        "line\nbreak",
        "nul\0",
        &long,
        "administrator",
        "Administrator",
        "user",
        "read-only",
        "read_only",
        "Read_Only",
        "runner",
        "taken",
    ] {
        let input = json!({"name": name, "permissions": ["read:secret"]});
        admin.mutate("create_role", input).await.assert_rejected();
        let input = json!({"id": id, "name": name});
        admin.mutate("update_role", input).await.assert_rejected();
    }
    assert_eq!(admin.rows("role", "name").await.len(), 6);
    create(&admin, &long[2..], &["read:secret"]).await;
    // To keep a name is no conflict with oneself.
    admin.done("update_role", json!({"id": id, "name": "other"})).await;
}

#[tokio::test]
async fn a_role_is_made_of_permissions_that_exist() {
    let (_server, _team, admin) = a_team().await;
    create(&admin, "role", &["read:secret"]).await;
    let id = id_of(&admin, "role").await;
    for permissions in [
        json!([]),
        json!(["create:everything"]),
        json!(["read:secret", "Read:Secret"]),
        json!(["read:secret "]),
        json!([""]),
    ] {
        let input = json!({"name": "new", "permissions": permissions});
        admin.mutate("create_role", input).await.assert_rejected();
        let input = json!({"id": id, "permissions": permissions});
        admin.mutate("update_role", input).await.assert_rejected();
    }
    let kept = role(&admin, "role").await.expect("it is listed");
    assert_eq!(kept["permissions"], json!(["read:secret"]));
    let long = json!({"id": id, "description": "x".repeat(1001)});
    admin.mutate("update_role", long).await.assert_rejected();
}

#[tokio::test]
async fn built_in_roles_are_not_changed() {
    let (_server, _team, admin) = a_team().await;
    let before = admin.rows("role", "id name permissions").await;
    for id in ["administrator", "runner"] {
        let answer = admin.mutate("delete_role", json!({"id": id})).await;
        answer.error();
        let answer = admin.mutate("update_role", json!({"id": id, "permissions": ["read:secret"]})).await;
        answer.error();
    }
    assert_eq!(admin.rows("role", "id name permissions").await, before);
}

#[tokio::test]
async fn nobody_makes_or_changes_a_role_that_may_more_than_they() {
    let (_server, team, admin) = a_team().await;
    let own = ["create:role", "update:role", "delete:role", "read:member", "read:secret"];
    create(&admin, "role maker", &own).await;
    create(&admin, "mighty", &["create:secret", "read:secret"]).await;
    create(&admin, "reader of values", &["read:secret-value"]).await;
    let maker = team.session("role maker").await;
    let (mighty, reader) = (id_of(&admin, "mighty").await, id_of(&admin, "reader of values").await);
    create(&maker, "small", &["read:secret"]).await;
    let small = id_of(&admin, "small").await;

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
    let names = maker.rows("role", "name permissions").await;
    assert!(
        names.contains(&json!({"name": "mighty", "permissions": ["create:secret", "read:secret"]})),
        "{names:?}"
    );
    maker.done("update_role", json!({"id": small, "permissions": ["read:member"]})).await;
    maker.done("delete_role", json!({"id": small})).await;
}

#[tokio::test]
async fn a_role_that_somebody_has_is_not_removed() {
    let (server, team, admin) = a_team().await;
    for name in ["of a member", "of a key", "of an invitation"] {
        create(&admin, name, &["read:secret"]).await;
    }
    let person = team.person("of a member").await;
    let (key_id, _) = admin.new_key(json!({"name": "k", "role": "of a key"})).await;
    let token = admin.invite("new@acme.example", "of an invitation").await;
    for name in ["of a member", "of a key", "of an invitation"] {
        let input = json!({"id": id_of(&admin, name).await});
        assert_eq!(admin.refused("delete_role", input).await, IN_USE, "{name}");
    }

    let user_id = admin.member_id(&person.email).await;
    admin.done("update_member", json!({"user_id": user_id, "role": "user"})).await;
    admin.done("delete_api_key", json!({"key_id": key_id})).await;
    server.nobody().accept(&token, Some("a new member's password")).await.assert_success("accept_invitation");
    let joined = admin.member_id("new@acme.example").await;
    admin.done("remove_member", json!({"user_id": joined})).await;
    for name in ["of a member", "of a key", "of an invitation"] {
        admin.done("delete_role", json!({"id": id_of(&admin, name).await})).await;
    }
}

#[tokio::test]
async fn a_changed_role_acts_at_the_next_request_of_members_and_keys() {
    let (_server, team, admin) = a_team().await;
    create(&admin, "clerk", &["read:secret", "create:secret"]).await;
    let id = id_of(&admin, "clerk").await;
    let holders = [team.session("clerk").await, team.key("clerk").await];
    for (index, holder) in holders.iter().enumerate() {
        holder.set(&format!("S{index}"), json!("a value of theirs")).await;
    }

    let update = json!({"id": id, "name": "reader", "permissions": ["read:secret"]});
    admin.done("update_role", update).await;
    for holder in &holders {
        assert_eq!(holder.auth_info("role").await, json!("reader"));
        assert_eq!(holder.auth_info("permissions").await, json!(["read:secret"]));
        let input = json!({"name": "NEW", "value": "too late for that"});
        assert_eq!(
            holder.forbidden("set_secret", input).await,
            "Unauthorized: the role reader lacks the permission create:secret."
        );
    }
    let update = json!({"id": id, "permissions": ["read:secret", "read:audit_log"]});
    admin.done("update_role", update).await;
    for holder in &holders {
        assert!(!holder.audit(json!({})).await.is_empty());
    }
}

#[tokio::test]
async fn a_role_that_a_person_has_does_not_come_to_read_values() {
    let (_server, team, admin) = a_team().await;
    create(&admin, "clerk", &["read:secret"]).await;
    let id = id_of(&admin, "clerk").await;
    let person = team.person("clerk").await;
    let update = json!({"id": id, "permissions": ["read:secret", "read:secret-value"]});
    admin.mutate("update_role", update.clone()).await.assert_rejected();

    let session = team.log_in(&person).await;
    assert_eq!(session.auth_info("permissions").await, json!(["read:secret"]));
    let user_id = admin.member_id(&person.email).await;
    admin.done("update_member", json!({"user_id": user_id, "role": "user"})).await;
    admin.invite("new@acme.example", "clerk").await;
    admin.mutate("update_role", update.clone()).await.assert_rejected();
    let row = admin.row("invitation", "id", "email", "new@acme.example").await;
    let invitation = row.expect("it is listed")["id"].clone();
    admin.done("withdraw_invitation", json!({"id": invitation})).await;
    admin.done("update_role", update).await;
}

#[tokio::test]
async fn a_custom_role_with_reading_reads_values_through_a_key() {
    let (_server, team, admin) = a_team().await;
    let permissions = ["read:secret-value", "create:secret", "update:secret"];
    create(&admin, "rotator", &permissions).await;
    let rotator = team.key("rotator").await;
    rotator.set("A", json!("rotated value")).await;
    assert_eq!(rotator.value("A").await, json!("rotated value"));
    rotator.query("{ secret_names }").await.assert_error("FORBIDDEN");
}

#[tokio::test]
async fn a_role_that_may_only_make_secrets_overwrites_none() {
    let (_server, team, admin) = a_team().await;
    create(&admin, "creator", &["create:secret"]).await;
    create(&admin, "changer", &["update:secret"]).await;
    let (creator, changer) = (team.key("creator").await, team.key("changer").await);
    creator.set("A", json!("first value")).await;
    let again = json!({"name": "A", "value": "second value"});
    assert_eq!(
        creator.forbidden("set_secret", again.clone()).await,
        "Unauthorized: the role creator lacks the permission update:secret."
    );
    changer.done("set_secret", again).await;
    let new = json!({"name": "B", "value": "new value"});
    assert_eq!(
        changer.forbidden("set_secret", new).await,
        "Unauthorized: the role changer lacks the permission create:secret."
    );
    assert_eq!(admin.names().await, ["A"]);
    assert_eq!(team.key("runner").await.value("A").await, json!("second value"));
}

#[tokio::test]
async fn roles_of_another_team_are_unknown() {
    let (server, team, admin) = a_team().await;
    let others = server.team("other").await;
    let other = others.key("administrator").await;
    create(&admin, "ours", &["read:secret"]).await;
    create(&admin, "shared", &["read:secret"]).await;
    create(&other, "shared", &["read:secret", "create:secret"]).await;

    let names = other.rows("role", "name").await;
    assert!(!names.contains(&json!({"name": "ours"})), "{names:?}");
    let id = id_of(&admin, "ours").await;
    let missing = json!("00000000-0000-4000-8000-000000000000");
    for field in ["update_role", "delete_role"] {
        assert_eq!(
            other.refused(field, json!({"id": id})).await,
            other.refused(field, json!({"id": missing})).await
        );
    }
    let person = others.person("user").await;
    let user_id = other.member_id(&person.email).await;
    let input = json!({"user_id": user_id, "role": "ours"});
    other.mutate("update_member", input).await.assert_rejected();
    let input = json!({"name": "k", "role": "ours"});
    let answer = other.mutate_for("create_api_key", input, "id").await;
    answer.assert_error("BAD_USER_INPUT");

    // The same name in two teams is two roles.
    let (here, there) = (team.key("shared").await, others.key("shared").await);
    here.try_set("A", json!("of a reader")).await.assert_error("FORBIDDEN");
    there.set("A", json!("of a creator")).await;
}

#[tokio::test]
async fn the_command_line_knows_the_team_s_own_roles() {
    let (server, team, admin) = a_team().await;
    server.team("other").await;
    create(&admin, "Secret Clerk", &["read:secret", "create:secret"]).await;
    create(&admin, "reader of values", &["read:secret-value"]).await;
    let session = team.session("Secret Clerk").await;
    assert_eq!(session.auth_info("role").await, json!("Secret Clerk"));
    let key = team.key("reader of values").await;
    assert_eq!(key.auth_info("permissions").await, json!(["read:secret-value"]));

    let password = server.store().password_file("a good long password");
    for (team, role, part) in [
        ("acme", "secret clerk", "\"secret clerk\""),
        ("acme", "reader of values", "create-key"),
        ("acme", "owner", "Secret Clerk"),
        ("other", "Secret Clerk", "\"Secret Clerk\""),
    ] {
        let create = ["admin", "create-user", "--team", team, "--role", role];
        let person = ["--email", "a@acme.example", "--password-file", &password];
        let complaint = server.store().run(&[&create[..], &person[..]].concat()).await.failed();
        assert!(complaint.contains(part), "{complaint}");
    }
    let create = ["admin", "create-key", "--team", "other", "--name", "k", "--role"];
    let complaint = server.store().run(&[&create[..], &["Secret Clerk"]].concat()).await.failed();
    assert!(complaint.contains("Secret Clerk"), "{complaint}");
}

#[tokio::test]
async fn a_rename_that_replaces_a_secret_needs_to_delete_it() {
    let (_server, team, admin) = a_team().await;
    create(&admin, "changer", &["read:secret", "update:secret"]).await;
    let changer = team.key("changer").await;
    for name in ["A", "B"] {
        admin.set(name, json!(format!("the value of {name}"))).await;
    }
    let input = json!({"name": "A", "new_name": "B", "overwrite": true});
    assert_eq!(
        changer.forbidden("update_secret", input).await,
        "Unauthorized: the role changer lacks the permission delete:secret."
    );
    assert_eq!(changer.names().await, ["A", "B"]);
    changer.done("update_secret", json!({"name": "A", "new_name": "C"})).await;
}

#[tokio::test]
async fn a_name_taken_at_the_same_time_is_one_role() {
    let (_server, _team, admin) = a_team().await;
    let input = || json!({"name": "clerk", "permissions": ["read:secret"]});
    let (one, two) = tokio::join!(admin.mutate("create_role", input()), admin.mutate("create_role", input()));
    let done = [one, two].map(|answer| answer.data("/create_role/success") == &json!(true));
    assert_ne!(done[0], done[1], "one of them is made");
    role(&admin, "clerk").await.expect("and listed once");
}

#[tokio::test]
async fn read_only_is_understood_with_either_dash() {
    let (_server, _team, admin) = a_team().await;
    for role in ["read_only", "\"read_only\"", "\"read-only\""] {
        let create = format!("mutation {{ create_api_key(input: {{name: \"k\", role: {role}}}) {{ id }} }}");
        admin.query(&create).await.data("/create_api_key/id");
    }
    let roles = admin.rows("auth_api_key(where: {name: {_eq: \"k\"}})", "role").await;
    assert_eq!(
        roles,
        [json!({"role": "read-only"}), json!({"role": "read-only"}), json!({"role": "read-only"})]
    );
}
