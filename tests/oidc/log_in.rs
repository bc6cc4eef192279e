//! Members who log in: known by their verified address the first time, by the provider's id of them from then on.

use reqwest::{Method, StatusCode};
use serde_json::json;
use strongroom_tests::client::Reply;
use strongroom_tests::provider::Provider;
use strongroom_tests::server::free_address;
use strongroom_tests::{Server, Store};

use crate::{BEGIN, CALLBACK, Scene, assert_problem, cookie_of, redirect};

#[tokio::test]
async fn a_member_is_known_by_their_verified_address_whatever_its_case_and_then_by_the_providers_id() {
    let scene = Scene::new().await;
    let person = scene.member("ada").await;
    let visitor = scene.server.nobody();
    let reply = scene.try_log_in(&visitor, "ada").await;
    assert_eq!(redirect(&reply), "/");

    let cookies: Vec<&str> = reply
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().expect("cookies are ASCII"))
        .filter(|cookie| cookie.contains("=sr_"))
        .collect();
    let [session] = cookies[..] else {
        panic!("one session begins: {reply:?}");
    };
    for attribute in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(session.contains(attribute), "{session}");
    }
    assert_eq!(visitor.auth_info("email").await, json!(person.email));
    assert_eq!(visitor.auth_info("role").await, "user");

    let [entry] = &scene.audit("create:session").await[..] else {
        panic!("one session, one entry");
    };
    assert_eq!(entry["actor_kind"], "user");
    assert_eq!(entry["actor_name"], json!(person.email));
    assert_eq!(entry["detail"], "single sign-on");

    // Who has been here is known though their address has changed.
    scene.provider.knows("ada", "ada@married.example", false).await;
    let second = scene.log_in("ada").await;
    assert_eq!(second.auth_info("user_id").await, visitor.auth_info("user_id").await);
    assert_eq!(second.auth_info("email").await, json!(person.email));

    // An address that has passed to another person opens nothing.
    scene.provider.knows("eve", &person.email, true).await;
    scene.assert_refused("eve", "unknown-person").await;

    // Some providers tell the address in the ID token, others only when they are asked for it.
    let person = scene.team.person("user").await;
    scene
        .provider
        .tell(json!({
            "accounts": {"bob": {}},
            "id_token": {"email": person.email.to_uppercase(), "email_verified": true},
        }))
        .await;
    let bob = scene.log_in("bob").await;
    assert_eq!(bob.auth_info("email").await, json!(person.email));
}

#[tokio::test]
async fn the_provider_is_asked_with_everything_that_keeps_others_out() {
    let scene = Scene::new().await;
    let visitor = scene.server.nobody();
    let reply = visitor.get_page(BEGIN).await;
    let address = reqwest::Url::parse(redirect(&reply)).expect("an address");
    let asked = |name: &str| {
        let mut pairs = address.query_pairs();
        let found = pairs.find(|(found, _)| found == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    assert_eq!(asked("response_type"), "code");
    assert_eq!(asked("code_challenge_method"), "S256");
    assert_eq!(asked("redirect_uri"), format!("{}{CALLBACK}", scene.server.url()));
    assert!(asked("scope").split(' ').any(|scope| scope == "openid"));
    assert!(asked("scope").split(' ').any(|scope| scope == "email"));
    for name in ["state", "nonce", "code_challenge"] {
        assert!(asked(name).len() >= 20, "{name} can't be guessed: {address}");
    }
    let cookie = reply.header("set-cookie");
    for attribute in ["; Path=/;", "; HttpOnly", "; SameSite=Lax", "; Max-Age="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let again = scene.begin(&visitor).await;
    assert!(!again.contains(&asked("state")), "a state is for one attempt: {again}");
}

#[tokio::test]
async fn the_public_address_is_where_people_come_back_to() {
    let store = Store::new();
    let provider = Provider::start(&store).await;
    for (path, prefix, cookie_path) in
        [("", "__Host-", "/"), ("/", "__Host-", "/"), ("/strongroom", "__Secure-", "/strongroom")]
    {
        let url = format!("https://secrets.acme.example{path}");
        let arguments = [&provider.settings()[..], &["--public-url", &url]].concat();
        let server = Server::start_at(&store, &free_address(), &arguments).await;
        let reply = server.nobody().get_page(BEGIN).await;
        let cookie = reply.header("set-cookie");
        assert!(
            cookie.starts_with(&format!("{prefix}strongroom_oidc"))
                && cookie.contains(&format!("; Path={cookie_path};"))
                && cookie.contains("; Secure"),
            "{cookie}"
        );
        let address = reqwest::Url::parse(redirect(&reply)).expect("an address");
        let back = address.query_pairs().find(|(name, _)| name == "redirect_uri");
        let expected = format!("{}{CALLBACK}", url.trim_end_matches('/'));
        assert_eq!(back.map(|(_, address)| address.into_owned()), Some(expected));
        let below = url.trim_end_matches('/').trim_start_matches("https://secrets.acme.example");
        let failed = server.nobody().get_page(CALLBACK).await;
        assert!(redirect(&failed).starts_with(&format!("{below}/log-in?problem=")), "{failed:?}");
        server.stop().await;
    }
}

#[tokio::test]
async fn two_tabs_can_log_in_in_either_order_and_one_can_fail() {
    let scene = Scene::new().await;
    let person = scene.member("ada").await;
    for order in [[0, 1], [1, 0]] {
        let browser = scene.server.nobody();
        let begun = [scene.begin(&browser).await, scene.begin(&browser).await];
        for tab in order {
            let back = scene.provider.log_in(&begun[tab], "ada").await;
            let reply = scene.come_back(&browser, &back).await;
            assert_eq!(redirect(&reply), "/", "tab {tab} of {order:?}");
            assert_eq!(browser.auth_info("email").await, json!(person.email));
        }
        let sessions = browser.rows("session", "id").await;
        assert_eq!(sessions.len(), 1, "a browser has one session: {sessions:?}");
        browser.query("mutation { log_out { success error } }").await.assert_success("log_out");
    }

    // A login that fails in one tab keeps the other.
    let browser = scene.server.nobody();
    let [first, second] = [scene.begin(&browser).await, scene.begin(&browser).await];
    let back = scene.provider.cancel(&second).await;
    let reply = scene.come_back(&browser, &back).await;
    assert_problem(&browser, &reply, "cancelled").await;
    let reply = browser.get_page(&format!("{CALLBACK}?state={}&code=x", "A".repeat(43))).await;
    assert_problem(&browser, &reply, "expired").await;

    let back = scene.provider.log_in(&first, "ada").await;
    assert_eq!(redirect(&scene.come_back(&browser, &back).await), "/");
    // Reload the address of the tab that has logged in.
    assert_eq!(redirect(&scene.come_back(&browser, &back).await), "/", "somebody is logged in");

    // A browser remembers five logins at most.
    let browser = scene.server.nobody();
    for number in 1..=8 {
        let reply = browser.get_page(BEGIN).await;
        let set: Vec<&str> =
            reply.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()).collect();
        let forgotten = set.iter().filter(|cookie| cookie.contains("Max-Age=0")).count();
        assert_eq!((set.len() - forgotten, forgotten), (1, usize::from(number > 5)), "{number}: {set:?}");
    }
}

#[tokio::test]
async fn the_replaced_session_ends_although_its_cookie_is_not_sent_on_the_way_back() {
    let scene = Scene::new().await;
    scene.member("ada").await;
    let tabs = [scene.server.nobody().get_page(BEGIN).await, scene.server.nobody().get_page(BEGIN).await];
    // A browser that comes from another site sends no session cookie.
    let cookies = format!("{}; {}", cookie_of(&tabs[0]), cookie_of(&tabs[1]));
    let returning = scene.server.nobody().with_header("cookie", &cookies);
    let back = scene.provider.log_in(redirect(&tabs[0]), "ada").await;
    let first = scene.come_back(&returning, &back).await;
    assert_eq!(redirect(&first), "/");
    let (name, _) = cookie_of(&tabs[1]).split_once('=').expect("a value");
    let set = first.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
    let kept = set.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.starts_with(name));
    let returning = scene.server.nobody().with_header("cookie", kept.expect("it goes on"));
    let back = scene.provider.log_in(redirect(&tabs[1]), "ada").await;
    assert_eq!(redirect(&scene.come_back(&returning, &back).await), "/");
    assert_eq!(scene.audit("create:session").await.len(), 2);
    assert_eq!(scene.audit("delete:session").await.len(), 1);

    // So does one that began with a password.
    let chosen = scene.team.person("user").await;
    let session = scene.server.fixed_session(&chosen).await;
    let reply = session.get_page(BEGIN).await;
    let back = scene.provider.log_in(redirect(&reply), "ada").await;
    session.names().await;
    // `SameSite=Strict`: coming from the provider, the browser sends the other cookie alone.
    let pending = cookie_of(&reply);
    let returning = session.with_header("cookie", pending);
    assert_eq!(redirect(&scene.come_back(&returning, &back).await), "/");
    session.assert_unknown().await;
    let entries = scene.audit("delete:session").await;
    assert_eq!(entries[0]["actor_name"], json!(chosen.email));
}

#[tokio::test]
async fn posted_response_is_redirected() {
    let scene = Scene::new().await;
    let post = async |form: &str| {
        let request = scene.server.nobody().request(Method::POST, CALLBACK);
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://appleid.apple.com")
            .header("sec-fetch-site", "cross-site");
        Reply::to(request.body(form.to_owned())).await
    };
    let reply = post("code=a%26b&state=c&id_token=d&user=%7B%7D").await;
    assert_eq!(redirect(&reply), "?code=a%26b&state=c");
    assert_eq!(redirect(&post("").await), "?");
    assert_eq!(post(&"a=b&".repeat(10_000)).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_was_there_before_the_provider_vouched_opens_nothing_and_who_has_left_is_not_let_in_again() {
    let scene = Scene::new().await;
    let person = scene.team.person("user").await;
    // Whoever made the account may not have been the one whom the address belongs to.
    let before = scene.team.log_in(&person).await;
    scene.provider.knows("ada", &person.email, true).await;
    let ada = scene.log_in("ada").await;
    before.assert_unknown().await;
    person.log_in(&scene.server.nobody()).await.refusal("log_in");

    let chosen = person.guessing("an entirely new password");
    ada.done("change_password", json!({"new_password": chosen.password})).await;
    let by_password = scene.team.log_in(&chosen).await;
    // From now on, one way in leaves the other alone.
    scene.log_in("ada").await;
    assert_eq!(by_password.auth_info("email").await, json!(person.email));
    scene.team.log_in(&chosen).await;

    // Who has left is not let in again.
    let ada = scene.log_in("ada").await;
    let id = ada.auth_info("user_id").await;

    scene.admin.done("remove_member", json!({"user_id": id})).await;
    ada.assert_unknown().await;
    scene.assert_refused("ada", "unknown-person").await;
}

#[tokio::test]
async fn nothing_that_opens_a_door_is_logged() {
    let scene = Scene::with(&["--log", "debug"]).await;
    scene.member("ada").await;
    scene.log_in("ada").await;

    scene.provider.tell(json!({"id_token": {"nonce": "wrong"}})).await;
    let visitor = scene.server.nobody();
    scene.try_log_in(&visitor, "ada").await;
    // Learns the codes, tokens and verifiers that have been exchanged: the server's log is searched for them as it goes.
    scene.provider.tell(json!({})).await;
    assert!(scene.server.log().contains("answered"), "there is a log to search");
}
