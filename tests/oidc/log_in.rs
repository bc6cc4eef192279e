//! Members log in: the first time they are recognised by their verified address, then by the provider's id.

use reqwest::{Method, StatusCode};
use serde_json::json;
use strongroom_tests::provider::Provider;
use strongroom_tests::{Reply, Server, Store, assert_fields, assert_says, free_address};

use crate::{BEGIN, CALLBACK, Scene, assert_problem, cookie_of, redirect};

fn cookies(reply: &Reply) -> impl Iterator<Item = &str> {
    let cookies = reply.headers.get_all("set-cookie").iter();
    cookies.map(|cookie| cookie.to_str().expect("cookies are ASCII"))
}

#[tokio::test]
async fn a_member_is_recognised_by_address_then_id_and_every_request_has_its_safeguards() {
    let scene = Scene::new().await;
    let person = scene.member("ada").await;
    let (visitor, back) = scene.visit("ada").await;
    let reply = scene.come_back(&visitor, &back).await;
    assert_eq!(redirect(&reply), "/");

    let cookies: Vec<_> = cookies(&reply).filter(|cookie| cookie.contains("=sr_")).collect();
    let [session] = cookies[..] else {
        panic!("one session begins: {reply:?}");
    };
    assert_says(session, &["; HttpOnly", "; SameSite=Strict", "; Path=/"]);
    assert_eq!(visitor.auth_info("email").await, json!(person.email));
    assert_eq!(visitor.auth_info("role").await, "user");

    let [entry] = &scene.audit("create:session").await[..] else {
        panic!("one session, one entry");
    };
    let expected = json!({"actor_kind": "user", "actor_name": person.email, "detail": "single sign-on"});
    assert_fields(entry, expected);

    // A returning member is recognised after a change of their address.
    scene.provider.knows("ada", "ada@married.example", false).await;
    let second = scene.log_in("ada").await;
    assert_eq!(second.auth_info("user_id").await, visitor.auth_info("user_id").await);
    assert_eq!(second.auth_info("email").await, json!(person.email));

    // The new owner of an old address gets no access.
    scene.provider.knows("eve", &person.email, true).await;
    scene.assert_refused("eve", "unknown-person").await;

    // Some providers have the address in the ID token, others only in the user information.
    let person = scene.team.person("user").await;
    let id_token = json!({"email": person.email.to_uppercase(), "email_verified": true});
    scene.provider.tell(json!({"accounts": {"bob": {}}, "id_token": id_token})).await;
    assert_eq!(scene.log_in("bob").await.auth_info("email").await, json!(person.email));
    // The request to the provider has every safeguard.
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
    for scope in ["openid", "email"] {
        assert!(asked("scope").split(' ').any(|found| found == scope), "{scope}: {address}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert!(asked(name).len() >= 20, "{name} can't be guessed: {address}");
    }
    let cookie = reply.header("set-cookie");
    assert_says(cookie, &["; Path=/;", "; HttpOnly", "; SameSite=Lax", "; Max-Age="]);
    let again = scene.begin(&visitor).await;
    assert!(!again.contains(&asked("state")), "a state is for one attempt: {again}");
    // A posted response is redirected.
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
async fn the_provider_redirects_to_the_public_address_and_its_cookie_belongs_to_the_host() {
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
        let own = cookie_of(&reply);
        assert!(own.starts_with(&format!("{prefix}strongroom_oidc")), "{own}");
        assert_says(cookie, &[&format!("; Path={cookie_path};"), "; Secure"]);
        let address = reqwest::Url::parse(redirect(&reply)).expect("an address");
        let back = address.query_pairs().find(|(name, _)| name == "redirect_uri");
        let expected = format!("{}{CALLBACK}", url.trim_end_matches('/'));
        assert_eq!(back.map(|(_, address)| address.into_owned()), Some(expected));
        let below = url.trim_end_matches('/').trim_start_matches("https://secrets.acme.example");
        let state = own.split(['=', '.']).nth(1).expect("the state");
        let back = format!("{CALLBACK}?state={state}&error=access_denied");
        // Another host could set a cookie without the prefix.
        for (cookie, problem) in [(own.trim_start_matches(prefix), "expired"), (own, "cancelled")] {
            let visitor = server.nobody().with_header("cookie", cookie);
            let reply = visitor.get_page(&back).await;
            assert_eq!(redirect(&reply), format!("{below}/log-in?problem={problem}"), "{cookie}");
            visitor.assert_unknown().await;
        }
        let failed = server.nobody().get_page(CALLBACK).await;
        assert!(redirect(&failed).starts_with(&format!("{below}/log-in?problem=")), "{failed:?}");
        server.stop().await;
    }
}

#[tokio::test]
async fn two_tabs_log_in_in_either_order_and_a_first_login_ends_earlier_access() {
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
        browser.log_out().await;
    }

    // A login that fails in one tab keeps the other.
    let browser = scene.server.nobody();
    let [first, second] = [scene.begin(&browser).await, scene.begin(&browser).await];
    scene.assert_fails(&browser, &scene.provider.cancel(&second).await, "cancelled").await;
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
        let set: Vec<_> = cookies(&reply).collect();
        let forgotten = set.iter().filter(|cookie| cookie.contains("Max-Age=0")).count();
        assert_eq!((set.len() - forgotten, forgotten), (1, usize::from(number > 5)), "{number}: {set:?}");
    }
    // The first login ends earlier access.
    let person = scene.team.person("user").await;
    // The account may have been created by someone else than the owner of the address.
    let before = scene.team.log_in(&person).await;
    scene.provider.knows("dora", &person.email, true).await;
    let dora = scene.log_in("dora").await;
    before.assert_unknown().await;
    person.log_in(&scene.server.nobody()).await.refusal("log_in");

    let chosen = person.guessing("an entirely new password");
    dora.done("change_password", json!({"new_password": chosen.password})).await;
    let by_password = scene.team.log_in(&chosen).await;
    // From now on, both kinds of login work side by side.
    scene.log_in("dora").await;
    assert_eq!(by_password.auth_info("email").await, json!(person.email));
    scene.team.log_in(&chosen).await;

    // A removed member stays out.
    let dora = scene.log_in("dora").await;
    scene.admin.done("remove_member", json!({"user_id": dora.auth_info("user_id").await})).await;
    dora.assert_unknown().await;
    scene.assert_refused("dora", "unknown-person").await;
}

#[tokio::test]
async fn a_replaced_session_ends_although_its_cookie_is_not_sent_and_no_credential_is_logged() {
    let scene = Scene::with(&["--log", "debug"]).await;
    scene.member("ada").await;
    let tabs = [scene.server.nobody().get_page(BEGIN).await, scene.server.nobody().get_page(BEGIN).await];
    // A browser that comes from another site sends no session cookie.
    let both = format!("{}; {}", cookie_of(&tabs[0]), cookie_of(&tabs[1]));
    let returning = scene.server.nobody().with_header("cookie", &both);
    let back = scene.provider.log_in(redirect(&tabs[0]), "ada").await;
    let first = scene.come_back(&returning, &back).await;
    assert_eq!(redirect(&first), "/");
    let (name, _) = cookie_of(&tabs[1]).split_once('=').expect("a value");
    let mut kept = cookies(&first).filter_map(|cookie| cookie.split(';').next());
    let kept = kept.find(|cookie| cookie.starts_with(name));
    let returning = scene.server.nobody().with_header("cookie", kept.expect("it goes on"));
    let back = scene.provider.log_in(redirect(&tabs[1]), "ada").await;
    assert_eq!(redirect(&scene.come_back(&returning, &back).await), "/");
    assert_eq!(scene.audit("create:session").await.len(), 2);
    assert_eq!(scene.audit("delete:session").await.len(), 1);

    // So does a session that began with a password.
    let chosen = scene.team.person("user").await;
    let session = scene.server.fixed_session(&chosen).await;
    let reply = session.get_page(BEGIN).await;
    let back = scene.provider.log_in(redirect(&reply), "ada").await;
    session.names().await;
    // `SameSite=Strict`: coming from the provider, the browser sends only the other cookie.
    let returning = session.with_header("cookie", cookie_of(&reply));
    assert_eq!(redirect(&scene.come_back(&returning, &back).await), "/");
    session.assert_unknown().await;
    assert_eq!(scene.audit("delete:session").await[0]["actor_name"], json!(chosen.email));
    // Credentials are not logged.
    scene.provider.tell(json!({"id_token": {"nonce": "wrong"}})).await;
    scene.assert_refused("ada", "provider").await;
    // This returns the codes, tokens and verifiers so far; the server's log is searched for them when it ends.
    scene.provider.tell(json!({})).await;
    assert!(scene.server.log().contains("answered"), "there is a log to search");
}
