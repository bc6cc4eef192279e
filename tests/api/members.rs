//! Members: invited, joining, changed, removed.

use serde_json::{Value, json};
use strongroom_tests::{Client, Person, Server, Team, the_one_done};

const PASSWORD: &str = "a new member's password";
const LAST_ADMINISTRATOR: &str = "The team needs an administrator. Make someone else an administrator first.";
const BEYOND_OWN: &str = "Unauthorized: you can't grant permissions you don't hold.";

pub async fn a_team() -> (Server, Team, Person, Client) {
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

async fn role_of(admin: &Client, email: &str) -> Value {
    let row = admin.row("member", "role", "email", email).await;
    row.map_or(Value::Null, |mut row| row["role"].take())
}

async fn joined(team: &Team, role: &str, admin: &Client) -> (Person, Client, String) {
    let person = team.person(role).await;
    let session = team.log_in(&person).await;
    let id = admin.member_id(&person.email).await;
    (person, session, id)
}

#[tokio::test]
async fn an_invitation_link_adds_one_new_member() {
    let (server, team, inviter, admin) = a_team().await;
    let email = "new@acme.example";
    let token = admin.invite(email, "user").await;
    let pending = admin.rows("invitation", "email role created_by").await;
    assert_eq!(pending, [json!({"email": email, "role": "user", "created_by": inviter.email})]);
    let browser = server.nobody();
    let info = json!({"team_name": team.name(), "email": email, "role": "user", "has_password": false});
    assert_eq!(invitation_info(&browser, &token).await, info);
    for password in [None, Some(""), Some("elevenchars")] {
        let answer = server.nobody().accept(&token, password).await;
        answer.assert_rejected();
        assert_eq!(answer.header("set-cookie"), "", "a poor password does not use the link up");
    }
    browser.join(&token, PASSWORD).await.assert_never_says(&token);
    assert_eq!(browser.auth_info("email").await, email);
    assert_eq!(browser.auth_info("role").await, "user");
    assert_eq!(role_of(&admin, email).await, "user");
    assert_eq!(admin.column("invitation", "email").await, [""; 0]);
    team.log_in(&Person::new(email, PASSWORD)).await;
    // It adds one even if used twice at once.
    let token = admin.invite("twice@acme.example", "user").await;
    let (one, two) = (server.nobody(), server.nobody());
    let (first, second) =
        tokio::join!(one.accept(&token, Some(PASSWORD)), two.accept(&token, Some("another password")));
    the_one_done("accept_invitation", [&first, &second]);
    assert_eq!(admin.rows("member", "email").await.len(), 3);
    // It does not change the role of a person who has become a member meanwhile.
    let person = server.team("other").await.person("user").await;
    let token = admin.invite(&person.email, "administrator").await;
    team.add(&person, "read-only").await;
    let browser = server.nobody();
    browser.accept(&token, Some(&person.password)).await;
    assert_eq!(role_of(&admin, &person.email).await, json!("read-only"));
    browser.accept(&token, Some(&person.password)).await.refusal("accept_invitation");
}

#[tokio::test]
async fn an_account_joins_with_its_password_or_session_and_broken_links_are_refused_alike() {
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
    browser.join(&token, &person.password).await;
    assert_eq!(browser.tenant_id().await, admin.tenant_id().await);
    assert_eq!(browser.auth_info("role").await, json!("user"));
    assert_eq!(browser.column("tenant(order_by: {slug: asc})", "slug").await, ["acme", "other"]);
    // The account keeps its password and its role in the other team.
    team.log_in(&person).await;
    let there = browser.as_tenant(&other.key("user").await.tenant_id().await);
    assert_eq!(there.auth_info("role").await, "read-only");
    // A session of the invited person needs no password; another person's and a key don't do.
    let person = other.person("user").await;
    let (invited, stranger) = (other.log_in(&person).await, other.session("user").await);
    let token = admin.invite(&person.email, "read-only").await;
    stranger.accept(&token, None).await.assert_rejected();
    other.key("administrator").await.accept(&token, None).await.assert_rejected();
    assert_eq!(role_of(&admin, &person.email).await, Value::Null);

    invited.accept(&token, None).await.assert_success("accept_invitation");
    assert_eq!(invited.tenant_id().await, admin.tenant_id().await);
    assert_eq!(role_of(&admin, &person.email).await, json!("read-only"));
    // Links that do not work are all refused alike.
    let invited = |email: &'static str| admin.invite(email, "user");
    let used = invited("used@acme.example").await;
    server.nobody().join(&used, PASSWORD).await;
    let withdrawn = invited("withdrawn@acme.example").await;
    let row = admin.listed("invitation", "id", "email", "withdrawn@acme.example").await;
    admin.done("withdraw_invitation", json!({"id": row["id"]})).await;
    admin.refused("withdraw_invitation", json!({"id": row["id"]})).await;
    let replaced = invited("twice@acme.example").await;
    let current = invited("twice@acme.example").await;
    let expired = invited("late@acme.example").await;
    let past =
        "UPDATE invitations SET expires = '2001-01-01T00:00:00+00:00' WHERE email = 'late@acme.example'";
    server.store().sql(past).await;
    let upper = invited("x@acme.example").await.to_uppercase();
    let cut = &current[..current.len() - 1];

    let mut reasons = Vec::new();
    for token in [&used, &withdrawn, &replaced, &expired, "", "sr_", "sr_wrong", cut, &upper] {
        let browser = server.nobody();
        assert_eq!(invitation_info(&browser, token).await, Value::Null, "{token}");
        let answer = browser.accept(token, Some(PASSWORD)).await;
        reasons.push(answer.refusal("accept_invitation"));
        assert_eq!(answer.header("set-cookie"), "");
    }
    reasons.dedup();
    assert_eq!(reasons.len(), 1, "the reason is not disclosed");
    assert_eq!(admin.column("invitation", "email").await, ["twice@acme.example", "x@acme.example"]);
    server.nobody().join(&current, PASSWORD).await;
}

#[tokio::test]
async fn an_address_has_one_invitation_and_a_removed_member_loses_invitations_sessions_and_keys() {
    let (server, team, person, admin) = a_team().await;
    admin.new_role("value reader", &["read:secret", "read:secret-value"]).await;
    let other = server.team("other").await.key("administrator").await;
    other.new_role("of the others", &["read:secret"]).await;
    let member = team.person("user").await;

    let invalid = ["", "no address", "@acme.example", "a@", "a@acme.example, b@acme.example"];
    let unfit = ["runner", "value reader", "of the others", "owner", ""];
    let upper = member.email.to_uppercase();
    let members = [(&*member.email, "user"), (&upper, "read-only"), (&person.email, "administrator")];
    let invalid = invalid.map(|email| (email, "user")).into_iter();
    for (email, role) in invalid.chain(unfit.map(|role| ("new@acme.example", role))).chain(members) {
        let input = json!({"email": email, "role": role});
        admin.mutate_for("invite_member", input, "token").await.assert_error("BAD_USER_INPUT");
    }
    assert_eq!(admin.column("invitation", "email").await, [""; 0]);

    let id = admin.member_id(&member.email).await;
    for role in ["runner", "value reader", "owner", ""] {
        admin.mutate("update_member", json!({"user_id": id, "role": role})).await.assert_rejected();
    }
    assert_eq!(role_of(&admin, &member.email).await, json!("user"));
    // A team has one invitation per address, in any case.
    let first = admin.invite("Ada.New@ACME.example", "user").await;
    let second = admin.invite("ada.new@acme.EXAMPLE", "read-only").await;
    let pending = admin.rows("invitation", "email role").await;
    assert_eq!(pending, [json!({"email": "ada.new@acme.example", "role": "read-only"})]);
    server.nobody().accept(&first, Some(PASSWORD)).await.refusal("accept_invitation");
    server.nobody().join(&second, PASSWORD).await;
    team.log_in(&Person::new("ADA.new@acme.example", PASSWORD)).await;
    tokio::join!(admin.invite("twice@acme.example", "user"), admin.invite("Twice@acme.example", "user"));
    assert_eq!(admin.column("invitation", "email").await, ["twice@acme.example"]);
    // Two teams may invite the same address.
    let ours = admin.invite("new@acme.example", "user").await;
    let theirs = other.invite("new@acme.example", "read-only").await;
    let browser = server.nobody();
    for (token, role, team) in [(&ours, "user", &admin), (&theirs, "read-only", &other)] {
        browser.join(token, PASSWORD).await;
        assert_eq!(browser.tenant_id().await, team.tenant_id().await);
        assert_eq!(browser.auth_info("role").await, json!(role));
    }
    // A removed member loses sessions, keys and invitations.
    let (person, session, id) = joined(&team, "administrator", &admin).await;
    let (_, runner) = session.new_key(json!({"name": "job", "role": "runner"})).await;
    let (_, maker) = session.new_key(json!({"name": "key that makes keys"})).await;
    let (_, nested) = maker.new_key(json!({"name": "made by a key", "role": "runner"})).await;
    let invited = session.invite("newer@acme.example", "user").await;
    let theirs = admin.invite("other@acme.example", "user").await;
    session.set("A", json!("value of A")).await;
    assert_eq!(runner.value("A").await, json!("value of A"));

    admin.done("remove_member", json!({"user_id": id})).await;
    session.assert_unknown().await;
    person.log_in(&server.nobody()).await.refusal("log_in");
    for key in [&runner, &maker, &nested] {
        key.assert_unknown().await;
    }
    server.nobody().accept(&invited, Some(PASSWORD)).await.refusal("accept_invitation");
    server.nobody().join(&theirs, PASSWORD).await;
    assert_eq!(role_of(&admin, &person.email).await, Value::Null);
    assert_eq!(admin.column("auth_api_key", "name").await, [""; 0]);
    admin.refused("remove_member", json!({"user_id": id})).await;
    // A member who returns does not get them back.
    let token = admin.invite(&person.email, "read-only").await;
    let browser = server.nobody();
    browser.join(&token, &person.password).await;
    assert_eq!(browser.auth_info("role").await, json!("read-only"));
    for former in [&session, &runner, &maker] {
        former.assert_unknown().await;
    }
    // Keys that only read can be kept; with any other, the person could go on.
    let (person, session, user_id) = joined(&team, "administrator", &admin).await;
    let (id, runner) = session.new_key(json!({"name": "job", "role": "runner"})).await;
    let (_, mighty) = session.new_key(json!({"name": "mighty"})).await;
    admin.done("remove_member", json!({"user_id": user_id, "keep_api_keys": true})).await;
    session.assert_unknown().await;
    mighty.assert_unknown().await;
    assert_eq!(runner.value("A").await, "value of A");
    let row = admin.listed("auth_api_key", "is_team_owned created_by", "id", &id).await;
    assert_eq!(row, json!({"id": id, "is_team_owned": true, "created_by": person.email}));
}

#[tokio::test]
async fn ended_sessions_act_in_no_team_and_a_removed_member_keeps_only_another_team_s() {
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
    // A removed member keeps the session of another team, but no key.
    let (person, session, user_id) = joined(&team, "administrator", &admin).await;
    other.add(&person, "read-only").await;
    let (ours, theirs) = (admin.tenant_id().await, other.key("user").await.tenant_id().await);
    session.done("switch_team", json!({"team_id": ours})).await;
    let (_, key) = session.new_key(json!({"name": "mine"})).await;
    assert_eq!(key.tenant_id().await, ours);
    key.as_tenant(&theirs).query("{ secret_names }").await.assert_error("FORBIDDEN");
    admin.done("remove_member", json!({"user_id": user_id})).await;
    key.assert_unknown().await;
    assert_eq!(session.tenant_id().await, theirs);
    assert_eq!(session.auth_info("role").await, json!("read-only"));
    session.as_tenant(&ours).query("{ secret_names }").await.assert_error("FORBIDDEN");
    assert_eq!(team.log_in(&person).await.tenant_id().await, theirs);
}

#[tokio::test]
async fn one_of_two_administrators_removed_at_once_stays() {
    let (first, team, one, admin) = a_team().await;
    // Another process: no lock in memory could decide this.
    let second = team.store().serve().await;
    let two = team.person("administrator").await;
    let other = team.at(&second).log_in(&two).await;
    let root = team.key("administrator").await;
    let ids = [root.member_id(&one.email).await, root.member_id(&two.email).await];
    for (field, askers) in [
        // Each by the other, and both by a third.
        ("update_member", [&admin, &other]),
        ("update_member", [&root.at(&first), &root.at(&second)]),
        ("remove_member", [&root.at(&first), &root.at(&second)]),
    ] {
        let [of_one, of_two] = ids.each_ref().map(|id| match field {
            "update_member" => json!({"user_id": id, "role": "user"}),
            _ => json!({"user_id": id}),
        });
        tokio::join!(askers[0].mutate(field, of_two), askers[1].mutate(field, of_one));
        let members = root.rows("member", "email role user_id").await;
        let left = members.iter().filter(|member| member["role"] == "administrator");
        assert_eq!(left.count(), 1, "{members:?}");
        for member in members {
            root.done("update_member", json!({"user_id": member["user_id"], "role": "administrator"})).await;
        }
    }
}

#[tokio::test]
async fn members_may_leave_but_not_manage_more_powerful_ones_or_the_last_administrator() {
    let (server, team, administrator, admin) = a_team().await;
    let (person, session, own) = joined(&team, "read-only", &admin).await;
    let other = admin.member_id(&administrator.email).await;
    let unseen = team.person("user").await;
    let row = admin.listed("member", "last_login", "email", &unseen.email).await;
    assert_eq!(row["last_login"], Value::Null);
    let row = admin.listed("member", "joined last_login", "email", &person.email).await;
    assert!(row["last_login"].as_str() >= row["joined"].as_str(), "{row}");
    let emails = admin.column("member", "email").await;
    assert!(emails.is_sorted_by_key(|email| email.as_str().map(str::to_owned)), "by address: {emails:?}");
    session.lacks("delete:member", "remove_member", json!({"user_id": other})).await;
    session.done("remove_member", json!({"user_id": own})).await;
    session.assert_unknown().await;
    person.log_in(&server.nobody()).await.refusal("log_in");
    assert_eq!(admin.rows("member", "email").await.len(), 2);
    // Members with more permissions can not be managed.
    let permissions = ["read:secret", "read:member", "create:member", "update:member", "delete:member"];
    admin.new_role("warden", &permissions).await;
    let warden = team.session("warden").await;
    let (user, reader) = (team.person("user").await, team.person("read-only").await);

    let mut forbidden = Vec::new();
    for person in [&administrator, &user] {
        let id = admin.member_id(&person.email).await;
        forbidden.push(("update_member", json!({"user_id": id, "role": "read-only"})));
        forbidden
            .extend(["remove_member", "end_member_sessions"].map(|field| (field, json!({"user_id": id}))));
    }
    let id = admin.member_id(&reader.email).await;
    for role in ["administrator", "user"] {
        forbidden.push(("update_member", json!({"user_id": id, "role": role})));
        forbidden.push(("invite_member", json!({"email": "new@acme.example", "role": role})));
    }
    for (field, input) in forbidden {
        assert_eq!(warden.forbidden(field, input).await, BEYOND_OWN);
    }
    assert_eq!(admin.column("invitation", "email").await, [""; 0]);

    warden.invite("new@acme.example", "warden").await;
    warden.done("update_member", json!({"user_id": id, "role": "warden"})).await;
    warden.done("remove_member", json!({"user_id": id})).await;
    assert_eq!(role_of(&admin, &user.email).await, json!("user"));
    // The last administrator is neither removed nor demoted.
    let id = admin.member_id(&administrator.email).await;
    // A role with all permissions is not the administrator's: it can be changed.
    let all = admin.auth_info("permissions").await;
    admin.done("create_role", json!({"name": "deputy", "permissions": all})).await;
    let (deputy, key) = (team.session("deputy").await, team.key("administrator").await);
    for client in [&admin, &deputy, &key] {
        for (field, input) in [
            ("remove_member", json!({"user_id": id})),
            ("update_member", json!({"user_id": id, "role": "user"})),
            ("update_member", json!({"user_id": id, "role": "deputy"})),
        ] {
            assert_eq!(client.refused(field, input).await, LAST_ADMINISTRATOR);
        }
    }
    assert_eq!(role_of(&admin, &administrator.email).await, json!("administrator"));
    admin.done("update_member", json!({"user_id": id, "role": "administrator"})).await;
    team.person("administrator").await;
    admin.done("update_member", json!({"user_id": id, "role": "read-only"})).await;
    assert_eq!(admin.auth_info("role").await, json!("read-only"));
}

#[tokio::test]
async fn member_removed_or_demoted_at_the_same_time_changes_nothing() {
    let (_server, team, _, admin) = a_team().await;
    let friend = team.person("read-only").await;
    let friend_id = admin.member_id(&friend.email).await;
    for round in 0..3 {
        // Either the invitation came first and was removed with its maker, or it was too late.
        let (_, session, id) = joined(&team, "administrator", &admin).await;
        let input = json!({"email": "new@acme.example", "role": "administrator"});
        let invite = session.mutate_for("invite_member", input, "token");
        at_once(round % 2 == 0, invite, admin.done("remove_member", json!({"user_id": id}))).await;
        assert_eq!(admin.column("invitation", "email").await, [""; 0]);
        let (person, session, id) = joined(&team, "administrator", &admin).await;
        let before = admin.last_entry().await;
        let promote = session.mutate("update_member", json!({"user_id": friend_id, "role": "user"}));
        let demote = admin.done("update_member", json!({"user_id": id, "role": "read-only"}));
        at_once(round % 2 == 0, promote, demote).await;
        let mut log = admin.recorded_since(before).await;
        log.retain(|entry| !entry.starts_with("refused:request"));
        let last = format!("update:member {}", person.email);
        assert_eq!(log.last(), Some(&last), "the demotion is the last change: {log:#?}");
        admin.done("update_member", json!({"user_id": friend_id, "role": "read-only"})).await;
    }
}

/// Waits for both; `in_order` says whether the first is started first.
async fn at_once(in_order: bool, first: impl Future, second: impl Future) {
    if in_order {
        tokio::join!(first, second);
    } else {
        tokio::join!(second, first);
    }
}
