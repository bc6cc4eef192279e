//! Members: invited, joining, changed, removed.

use serde_json::{Value, json};
use strongroom_tests::{Client, Person, Server, Team};

const PASSWORD: &str = "a new member's password";
const LAST_ADMINISTRATOR: &str = "The team needs an administrator: make someone else one first.";
const BEYOND_OWN: &str = "Unauthorized: nobody hands out more permissions than they hold.";

/// A server with a team and its only administrator, a person.
async fn a_team() -> (Server, Team, Person, Client) {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let person = team.person("administrator").await;
    let admin = team.log_in(&person).await;
    (server, team, person, admin)
}

async fn invitation_info(client: &Client, token: &str) -> Value {
    let document = "query($token: String!) {
        invitation_info(token: $token) { team_name email role has_password } }";
    let answer = client.graphql(document, json!({"token": token})).await;
    answer.data("/invitation_info").clone()
}

/// The role of a member, by address; null for someone who is none.
async fn role_of(admin: &Client, email: &str) -> Value {
    let row = admin.row("member", "role", "email", email).await;
    row.map_or(Value::Null, |row| row["role"].clone())
}

/// Someone who manages members and holds little else.
async fn warden(team: &Team, admin: &Client) -> Client {
    let permissions = ["read:secret", "read:member", "create:member", "update:member", "delete:member"];
    admin.done("create_role", json!({"name": "warden", "permissions": permissions})).await;
    team.session("warden").await
}

#[tokio::test]
async fn a_new_person_joins_by_the_link_they_are_sent() {
    let (server, team, inviter, admin) = a_team().await;
    let token = admin.invite("new@acme.example", "user").await;
    let pending = admin.rows("invitation", "email role created_by").await;
    assert_eq!(pending, [json!({"email": "new@acme.example", "role": "user", "created_by": inviter.email})]);

    let browser = server.nobody();
    assert_eq!(
        invitation_info(&browser, &token).await,
        json!({"team_name": team.name(), "email": "new@acme.example", "role": "user", "has_password": false})
    );
    let answer = browser.accept(&token, Some(PASSWORD)).await;
    answer.assert_success("accept_invitation");
    answer.assert_never_says(&token);

    assert_eq!(browser.auth_info("email").await, json!("new@acme.example"));
    assert_eq!(browser.auth_info("role").await, json!("user"));
    assert_eq!(role_of(&admin, "new@acme.example").await, json!("user"));
    assert_eq!(admin.rows("invitation", "email").await, [] as [Value; 0]);
    team.log_in(&Person::new("new@acme.example", PASSWORD)).await;
}

#[tokio::test]
async fn a_poor_password_does_not_use_the_link_up() {
    let (server, _team, _, admin) = a_team().await;
    let token = admin.invite("new@acme.example", "user").await;
    for password in [None, Some(""), Some("elevenchars")] {
        let answer = server.nobody().accept(&token, password).await;
        answer.assert_rejected();
        assert_eq!(answer.header("set-cookie"), "");
    }
    let answer = server.nobody().accept(&token, Some(PASSWORD)).await;
    answer.assert_success("accept_invitation");
}

#[tokio::test]
async fn who_has_an_account_joins_with_the_password_they_have() {
    let (server, team, _, admin) = a_team().await;
    let other = server.team("other").await;
    let person = other.person("read-only").await;
    let token = admin.invite(&person.email, "user").await;
    assert_eq!(invitation_info(&server.nobody(), &token).await["has_password"], json!(true));

    for wrong in [None, Some("not the password at all"), Some(PASSWORD)] {
        let browser = server.nobody();
        browser.accept(&token, wrong).await.assert_rejected();
        browser.assert_unknown().await;
    }
    assert_eq!(role_of(&admin, &person.email).await, Value::Null);

    let browser = server.nobody();
    let answer = browser.accept(&token, Some(&person.password)).await;
    answer.assert_success("accept_invitation");
    assert_eq!(browser.tenant_id().await, admin.tenant_id().await);
    assert_eq!(browser.auth_info("role").await, json!("user"));
    assert_eq!(
        browser.rows("tenant(order_by: {slug: asc})", "slug").await,
        [json!({"slug": "acme"}), json!({"slug": "other"})]
    );
    // The account is one: what they are elsewhere, and their password, stay as they are.
    team.log_in(&person).await;
    let there = browser.as_tenant(&other.key("user").await.tenant_id().await);
    assert_eq!(there.auth_info("role").await, json!("read-only"));
}

#[tokio::test]
async fn who_is_logged_in_as_the_one_invited_needs_no_password() {
    let (server, _team, _, admin) = a_team().await;
    let other = server.team("other").await;
    let person = other.person("user").await;
    let (invited, stranger) = (other.log_in(&person).await, other.session("user").await);
    let token = admin.invite(&person.email, "read-only").await;

    stranger.accept(&token, None).await.assert_rejected();
    // A key is no session, whosever it is.
    other.key("administrator").await.accept(&token, None).await.assert_rejected();
    assert_eq!(role_of(&admin, &person.email).await, Value::Null);

    invited.accept(&token, None).await.assert_success("accept_invitation");
    assert_eq!(invited.tenant_id().await, admin.tenant_id().await);
    assert_eq!(role_of(&admin, &person.email).await, json!("read-only"));
}

#[tokio::test]
async fn a_link_that_does_not_work_tells_nothing() {
    let (server, _team, _, admin) = a_team().await;
    let invited = |email: &'static str| admin.invite(email, "user");
    let used = invited("used@acme.example").await;
    let answer = server.nobody().accept(&used, Some(PASSWORD)).await;
    answer.assert_success("accept_invitation");
    let withdrawn = invited("withdrawn@acme.example").await;
    let row = admin.row("invitation", "id", "email", "withdrawn@acme.example").await;
    let id = row.expect("it is listed")["id"].clone();
    admin.done("withdraw_invitation", json!({"id": id})).await;
    admin.refused("withdraw_invitation", json!({"id": id})).await;
    let replaced = invited("twice@acme.example").await;
    let current = invited("twice@acme.example").await;
    let expired = invited("late@acme.example").await;
    server
        .store()
        .sql("UPDATE invitations SET expires = '2001-01-01T00:00:00+00:00' WHERE email = 'late@acme.example'")
        .await;

    let mut reasons = Vec::new();
    for token in [
        &used,
        &withdrawn,
        &replaced,
        &expired,
        "",
        "sr_",
        "sr_wrong",
        &current[..current.len() - 1],
        admin.invite("x@acme.example", "user").await.to_uppercase().as_str(),
    ] {
        let browser = server.nobody();
        assert_eq!(invitation_info(&browser, token).await, Value::Null, "{token}");
        let answer = browser.accept(token, Some(PASSWORD)).await;
        reasons.push(answer.refusal("accept_invitation"));
        assert_eq!(answer.header("set-cookie"), "");
    }
    reasons.dedup();
    assert_eq!(reasons.len(), 1, "why it does not work is nobody's business");
    let emails = admin.rows("invitation", "email").await;
    assert_eq!(emails, [json!({"email": "twice@acme.example"}), json!({"email": "x@acme.example"})]);
    let answer = server.nobody().accept(&current, Some(PASSWORD)).await;
    answer.assert_success("accept_invitation");
}

#[tokio::test]
async fn a_link_makes_one_member_even_when_used_twice_at_once() {
    let (server, _team, _, admin) = a_team().await;
    let token = admin.invite("new@acme.example", "user").await;
    let (one, two) = (server.nobody(), server.nobody());
    let (first, second) = tokio::join!(
        one.accept(&token, Some(PASSWORD)),
        two.accept(&token, Some("another password of theirs"))
    );
    let done = [&first, &second]
        .iter()
        .filter(|answer| answer.data("/accept_invitation/success") == &json!(true))
        .count();
    assert_eq!(done, 1, "{first:?} {second:?}");
    assert_eq!(admin.rows("member", "email").await.len(), 2);
}

#[tokio::test]
async fn an_invitation_needs_an_address_and_a_role_for_people() {
    let (server, team, person, admin) = a_team().await;
    let reader = json!({"name": "value reader", "permissions": ["read:secret", "read:secret-value"]});
    admin.done("create_role", reader).await;
    let other = server.team("other").await.key("administrator").await;
    let theirs = json!({"name": "of the others", "permissions": ["read:secret"]});
    other.done("create_role", theirs).await;
    let member = team.person("user").await;

    for (email, role) in [
        ("", "user"),
        ("no address", "user"),
        ("@acme.example", "user"),
        ("a@", "user"),
        ("a@acme.example, b@acme.example", "user"),
        ("new@acme.example", "runner"),
        ("new@acme.example", "value reader"),
        ("new@acme.example", "of the others"),
        ("new@acme.example", "owner"),
        ("new@acme.example", ""),
        (&member.email, "user"),
        (&member.email.to_uppercase(), "read-only"),
        (&person.email, "administrator"),
    ] {
        let input = json!({"email": email, "role": role});
        let answer = admin.mutate_for("invite_member", input, "token").await;
        answer.assert_error("BAD_USER_INPUT");
    }
    assert_eq!(admin.rows("invitation", "email").await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_address_is_invited_once_in_whatever_case() {
    let (server, team, _, admin) = a_team().await;
    let first = admin.invite("Ada.New@ACME.example", "user").await;
    let second = admin.invite("ada.new@acme.EXAMPLE", "read-only").await;
    let pending = admin.rows("invitation", "email role").await;
    assert_eq!(pending, [json!({"email": "ada.new@acme.example", "role": "read-only"})]);
    server.nobody().accept(&first, Some(PASSWORD)).await.refusal("accept_invitation");
    let answer = server.nobody().accept(&second, Some(PASSWORD)).await;
    answer.assert_success("accept_invitation");
    team.log_in(&Person::new("ADA.new@acme.example", PASSWORD)).await;

    tokio::join!(admin.invite("twice@acme.example", "user"), admin.invite("Twice@acme.example", "user"));
    let pending = admin.rows("invitation", "email").await;
    assert_eq!(pending, [json!({"email": "twice@acme.example"})]);
}

#[tokio::test]
async fn the_same_address_is_invited_by_two_teams() {
    let (server, _team, _, admin) = a_team().await;
    let other = server.team("other").await.key("administrator").await;
    let ours = admin.invite("new@acme.example", "user").await;
    let theirs = other.invite("new@acme.example", "read-only").await;
    let browser = server.nobody();
    for (token, role, team) in [(&ours, "user", &admin), (&theirs, "read-only", &other)] {
        browser.accept(token, Some(PASSWORD)).await.assert_success("accept_invitation");
        assert_eq!(browser.tenant_id().await, team.tenant_id().await);
        assert_eq!(browser.auth_info("role").await, json!(role));
    }
}

#[tokio::test]
async fn a_new_role_acts_at_the_next_request() {
    let (_server, team, _, admin) = a_team().await;
    let person = team.person("user").await;
    let session = team.log_in(&person).await;
    let id = admin.member_id(&person.email).await;
    session.set("A", json!("value of A")).await;

    admin.done("update_member", json!({"user_id": id, "role": "read-only"})).await;
    let input = json!({"name": "A", "value": "changed by a reader"});
    assert_eq!(
        session.forbidden("set_secret", input).await,
        "Unauthorized: the role read-only lacks the permission update:secret."
    );
    assert_eq!(session.names().await, ["A"]);
    assert_eq!(role_of(&admin, &person.email).await, json!("read-only"));

    let promoted = json!({"user_id": id, "role": "administrator"});
    admin.done("update_member", promoted).await;
    session.invite("new@acme.example", "administrator").await;
}

#[tokio::test]
async fn ended_sessions_of_a_member_act_in_no_team_and_keys_keep_working() {
    let (server, team, _, admin) = a_team().await;
    let (other, person) = (server.team("other").await, team.person("administrator").await);
    other.add(&person, "administrator").await;
    let (here, elsewhere) = (server.fixed_session(&person).await, server.fixed_session(&person).await);
    let (_, key) = here.new_key(json!({"name": "k"})).await;
    let there = other.key("administrator").await.tenant_id().await;
    elsewhere.done("switch_team", json!({"team_id": there})).await;

    let id = admin.member_id(&person.email).await;
    admin.done("end_member_sessions", json!({"user_id": id})).await;
    for session in [&here, &elsewhere, &elsewhere.as_tenant(&there)] {
        session.assert_unknown().await;
    }
    key.names().await;
    admin.names().await;
    team.log_in(&person).await;
    admin.done("remove_member", json!({"user_id": id})).await;
    admin.refused("end_member_sessions", json!({"user_id": id})).await;
}

#[tokio::test]
async fn a_member_gets_only_roles_for_people() {
    let (_server, team, _, admin) = a_team().await;
    let reader = json!({"name": "value reader", "permissions": ["read:secret-value"]});
    admin.done("create_role", reader).await;
    let person = team.person("user").await;
    let id = admin.member_id(&person.email).await;
    for role in ["runner", "value reader", "owner", ""] {
        let input = json!({"user_id": id, "role": role});
        admin.mutate("update_member", input).await.assert_rejected();
    }
    assert_eq!(role_of(&admin, &person.email).await, json!("user"));
}

#[tokio::test]
async fn who_is_removed_is_out_at_the_next_request() {
    let (server, team, _, admin) = a_team().await;
    let person = team.person("administrator").await;
    let session = team.log_in(&person).await;
    let (_, runner) = session.new_key(json!({"name": "job", "role": "runner"})).await;
    let (_, nested) = runner_made_by_key(&session).await;
    let invited = session.invite("new@acme.example", "user").await;
    let theirs = admin.invite("other@acme.example", "user").await;
    session.set("A", json!("value of A")).await;
    assert_eq!(runner.value("A").await, json!("value of A"));

    let id = admin.member_id(&person.email).await;
    admin.done("remove_member", json!({"user_id": id})).await;
    session.assert_unknown().await;
    person.log_in(&server.nobody()).await.refusal("log_in");
    for key in [&runner, &nested] {
        key.assert_unknown().await;
    }
    server.nobody().accept(&invited, Some(PASSWORD)).await.refusal("accept_invitation");
    let answer = server.nobody().accept(&theirs, Some(PASSWORD)).await;
    answer.assert_success("accept_invitation");
    assert_eq!(role_of(&admin, &person.email).await, Value::Null);
    assert_eq!(admin.rows("auth_api_key", "name").await, [] as [Value; 0]);
    admin.refused("remove_member", json!({"user_id": id})).await;
}

/// A key that was made by a key of the one who asks.
async fn runner_made_by_key(session: &Client) -> (String, Client) {
    let (_, key) = session.new_key(json!({"name": "key that makes keys"})).await;
    key.new_key(json!({"name": "made by a key", "role": "runner"})).await
}

#[tokio::test]
async fn keys_of_someone_removed_are_kept_as_the_team_s_own_when_asked() {
    let (_server, team, _, admin) = a_team().await;
    let person = team.person("administrator").await;
    let session = team.log_in(&person).await;
    let (id, runner) = session.new_key(json!({"name": "job", "role": "runner"})).await;
    let (_, mighty) = session.new_key(json!({"name": "mighty"})).await;
    session.set("A", json!("value of A")).await;

    let user_id = admin.member_id(&person.email).await;
    let input = json!({"user_id": user_id, "keep_api_keys": true});
    admin.done("remove_member", input).await;
    session.assert_unknown().await;
    // Jobs go on reading; with what changes something, the person could go on as well.
    mighty.assert_unknown().await;
    assert_eq!(runner.value("A").await, json!("value of A"));
    let row = admin.row("auth_api_key", "is_team_owned created_by", "id", &id).await;
    let row = row.expect("the key is still listed");
    assert_eq!(row["is_team_owned"], json!(true));
    assert_eq!(row["created_by"], json!(person.email));
}

#[tokio::test]
async fn who_comes_back_gets_nothing_of_before() {
    let (server, team, _, admin) = a_team().await;
    let person = team.person("administrator").await;
    let session = team.log_in(&person).await;
    let (_, key) = session.new_key(json!({"name": "old"})).await;
    let user_id = admin.member_id(&person.email).await;
    admin.done("remove_member", json!({"user_id": user_id})).await;

    let token = admin.invite(&person.email, "read-only").await;
    let browser = server.nobody();
    let answer = browser.accept(&token, Some(&person.password)).await;
    answer.assert_success("accept_invitation");
    assert_eq!(browser.auth_info("role").await, json!("read-only"));
    session.assert_unknown().await;
    key.assert_unknown().await;
}

#[tokio::test]
async fn a_session_moves_to_the_other_team_of_someone_removed() {
    let (server, team, _, admin) = a_team().await;
    let other = server.team("other").await;
    let person = team.person("user").await;
    other.add(&person, "read-only").await;
    let session = team.log_in(&person).await;
    let (ours, theirs) = (admin.tenant_id().await, other.key("user").await.tenant_id().await);
    session.mutate("switch_team", json!({"team_id": ours})).await.assert_success("switch_team");

    let user_id = admin.member_id(&person.email).await;
    admin.done("remove_member", json!({"user_id": user_id})).await;
    assert_eq!(session.tenant_id().await, theirs);
    assert_eq!(session.auth_info("role").await, json!("read-only"));
    let answer = session.as_tenant(&ours).query("{ secret_names }").await;
    answer.assert_error("FORBIDDEN");
    assert_eq!(team.log_in(&person).await.tenant_id().await, theirs);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let (_server, team, person, admin) = a_team().await;
    let id = admin.member_id(&person.email).await;
    // Someone who may do as much is no administrator: their role can be taken from them in turn.
    let all = admin.auth_info("permissions").await;
    admin.done("create_role", json!({"name": "deputy", "permissions": all})).await;
    let deputy = team.session("deputy").await;
    let key = team.key("administrator").await;

    for client in [&admin, &deputy, &key] {
        for (field, input) in [
            ("remove_member", json!({"user_id": id})),
            ("update_member", json!({"user_id": id, "role": "user"})),
            ("update_member", json!({"user_id": id, "role": "deputy"})),
        ] {
            assert_eq!(client.refused(field, input).await, LAST_ADMINISTRATOR);
        }
    }
    assert_eq!(role_of(&admin, &person.email).await, json!("administrator"));
    admin.done("update_member", json!({"user_id": id, "role": "administrator"})).await;

    team.person("administrator").await;
    admin.done("update_member", json!({"user_id": id, "role": "read-only"})).await;
    assert_eq!(admin.auth_info("role").await, json!("read-only"));
}

#[tokio::test]
async fn two_administrators_who_go_at_once_leave_one() {
    let (first, team, one, admin) = a_team().await;
    // Another process: no lock in memory could decide this.
    let second = team.store().serve().await;
    let two = team.person("administrator").await;
    let other = team.at(&second).log_in(&two).await;
    let root = team.key("administrator").await;
    let ids = [root.member_id(&one.email).await, root.member_id(&two.email).await];
    let demote = |id: &str| ("update_member", json!({"user_id": id, "role": "user"}));
    let remove = |id: &str| ("remove_member", json!({"user_id": id}));
    for (change, askers) in [
        // Each by the other, and both by one who stays what they are.
        (&demote as &dyn Fn(&str) -> (&'static str, Value), [&admin, &other]),
        (&demote, [&root.at(&first), &root.at(&second)]),
        (&remove, [&root.at(&first), &root.at(&second)]),
    ] {
        let (of_two, of_one) = (change(&ids[1]), change(&ids[0]));
        tokio::join!(askers[0].mutate(of_two.0, of_two.1), askers[1].mutate(of_one.0, of_one.1));
        let members = root.rows("member", "email role user_id").await;
        let left = members.iter().filter(|member| member["role"] == "administrator");
        assert_eq!(left.count(), 1, "{members:?}");
        for member in members {
            let input = json!({"user_id": member["user_id"], "role": "administrator"});
            root.done("update_member", input).await;
        }
    }
}

#[tokio::test]
async fn anybody_may_leave_and_take_nobody_along() {
    let (server, team, administrator, admin) = a_team().await;
    let person = team.person("read-only").await;
    let session = team.log_in(&person).await;
    let (own, other) = (admin.member_id(&person.email).await, admin.member_id(&administrator.email).await);
    assert_eq!(
        session.forbidden("remove_member", json!({"user_id": other})).await,
        "Unauthorized: the role read-only lacks the permission delete:member."
    );
    session.done("remove_member", json!({"user_id": own})).await;
    session.assert_unknown().await;
    person.log_in(&server.nobody()).await.refusal("log_in");
    assert_eq!(admin.rows("member", "email").await.len(), 1);
}

#[tokio::test]
async fn nobody_manages_someone_who_may_do_more() {
    let (_server, team, administrator, admin) = a_team().await;
    let warden = warden(&team, &admin).await;
    let (user, reader) = (team.person("user").await, team.person("read-only").await);

    for person in [&administrator, &user] {
        let id = admin.member_id(&person.email).await;
        for (field, input) in [
            ("remove_member", json!({"user_id": id})),
            ("end_member_sessions", json!({"user_id": id})),
            ("update_member", json!({"user_id": id, "role": "read-only"})),
        ] {
            assert_eq!(warden.forbidden(field, input).await, BEYOND_OWN);
        }
    }
    let id = admin.member_id(&reader.email).await;
    for role in ["administrator", "user"] {
        let input = json!({"user_id": id, "role": role});
        assert_eq!(warden.forbidden("update_member", input).await, BEYOND_OWN);
        let input = json!({"email": "new@acme.example", "role": role});
        assert_eq!(warden.forbidden("invite_member", input).await, BEYOND_OWN);
    }
    assert_eq!(admin.rows("invitation", "email").await, [] as [Value; 0]);

    warden.invite("new@acme.example", "warden").await;
    warden.done("update_member", json!({"user_id": id, "role": "warden"})).await;
    warden.done("remove_member", json!({"user_id": id})).await;
    assert_eq!(role_of(&admin, &user.email).await, json!("user"));
}

#[tokio::test]
async fn members_are_listed_with_when_they_joined_and_logged_in() {
    let (_server, team, _, admin) = a_team().await;
    let (seen, unseen) = (team.person("user").await, team.person("read-only").await);
    team.log_in(&seen).await;
    let row = async |person: &Person| {
        let row = admin.row("member", "joined last_login", "email", &person.email);
        row.await.expect("a member is listed")
    };
    assert_eq!(row(&unseen).await["last_login"], Value::Null);
    let row = row(&seen).await;
    assert!(row["last_login"].as_str() >= row["joined"].as_str(), "{row}");
    let emails = admin.rows("member", "email").await;
    let mut sorted = emails.clone();
    sorted.sort_by_key(|row| row["email"].as_str().map(str::to_owned));
    assert_eq!(emails, sorted, "by address");
}

#[tokio::test]
async fn whoever_is_removed_hands_nothing_out_at_the_same_time() {
    let (_server, team, _, admin) = a_team().await;
    for round in 0..3 {
        let person = team.person("administrator").await;
        let session = team.log_in(&person).await;
        let id = admin.member_id(&person.email).await;
        let invite = async || {
            let input = json!({"email": "new@acme.example", "role": "administrator"});
            session.mutate_for("invite_member", input, "token").await
        };
        let remove = async || admin.done("remove_member", json!({"user_id": id})).await;
        if round % 2 == 0 {
            tokio::join!(invite(), remove());
        } else {
            tokio::join!(remove(), invite());
        }
        // Either the invitation came first and went with who made it, or it was too late.
        assert_eq!(admin.rows("invitation", "email").await, [] as [Value; 0]);
    }
}

#[tokio::test]
async fn whoever_is_demoted_promotes_nobody_at_the_same_time() {
    let (_server, team, _, admin) = a_team().await;
    let friend = team.person("read-only").await;
    let friend_id = admin.member_id(&friend.email).await;
    for round in 0..3 {
        let person = team.person("administrator").await;
        let session = team.log_in(&person).await;
        let id = admin.member_id(&person.email).await;
        let before = admin.audit(json!({})).await[0]["sequence"].clone();
        let promote = async || {
            let input = json!({"user_id": friend_id, "role": "user"});
            session.mutate_for("update_member", input, "success").await
        };
        let demote = async || {
            let input = json!({"user_id": id, "role": "read-only"});
            admin.done("update_member", input).await;
        };
        if round % 2 == 0 {
            tokio::join!(promote(), demote());
        } else {
            tokio::join!(demote(), promote());
        }
        let done = json!({"sequence": {"_gt": before}, "action": {"_neq": "refused:request"}});
        let log = admin.audit(done).await;
        assert_eq!(
            log[0]["object_name"],
            json!(person.email),
            "after the demotion, nothing by who was demoted: {log:#?}"
        );
        admin.done("update_member", json!({"user_id": friend_id, "role": "read-only"})).await;
    }
}

#[tokio::test]
async fn a_link_raises_nobody_who_is_in_the_team_already() {
    let (server, team, _, admin) = a_team().await;
    let other = server.team("other").await;
    let person = other.person("user").await;
    let token = admin.invite(&person.email, "administrator").await;
    team.add(&person, "read-only").await;
    let browser = server.nobody();
    browser.accept(&token, Some(&person.password)).await;
    assert_eq!(role_of(&admin, &person.email).await, json!("read-only"));
    let again = browser.accept(&token, Some(&person.password)).await;
    again.refusal("accept_invitation");
}
