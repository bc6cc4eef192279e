//! Logins that the server refuses, and responses of the provider that it rejects.

use reqwest::Url;
use serde_json::json;
use strongroom_tests::Server;

use crate::{BEGIN, CALLBACK, Scene, assert_problem, cookie_of, redirect};

#[tokio::test]
async fn unknown_unverified_and_cancelled_logins_and_a_wrong_client_secret_are_refused() {
    let scene = Scene::new().await;
    scene.provider.knows("eve", "eve@evil.example", true).await;
    scene.assert_refused("eve", "unknown-person").await;

    // An address that is not verified.
    let person = scene.team.person("administrator").await;
    for claims in [json!({"email": person.email, "email_verified": false}), json!({"email": person.email})] {
        scene.provider.tell(json!({"accounts": {"eve": claims}})).await;
        scene.assert_refused("eve", "unverified-email").await;
    }

    // The user presses *Cancel*.
    let visitor = scene.server.nobody();
    let address = scene.begin(&visitor).await;
    scene.assert_fails(&visitor, &scene.provider.cancel(&address).await, "cancelled").await;

    // A code that the provider does not know.
    scene.member("ada").await;
    let (visitor, back) = scene.visit("ada").await;
    scene.assert_fails(&visitor, &with_parameter(&back, "code", Some("made-up")), "provider").await;
    // A wrong client secret is the provider's problem.
    let store = scene.server.store();
    let [issuer, issuer_value, id, id_value, file, _] = scene.provider.settings();
    let wrong = store.password_file("another secret than the provider's");
    let arguments = [issuer, issuer_value, id, id_value, file, &wrong];
    let server = Server::start_on(store, &arguments).await;
    let visitor = server.nobody();
    let reply = visitor.get_page(BEGIN).await;
    let back = scene.provider.log_in(redirect(&reply), "ada").await;
    let path = back.strip_prefix(server.url()).expect("the provider leads back to the server");
    assert_problem(&visitor, &visitor.get_page(path).await, "provider").await;
}

fn with_parameter(address: &str, name: &str, value: Option<&str>) -> String {
    let mut url = Url::parse(address).expect("an address");
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(found, _)| found != name)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).extend_pairs(value.map(|value| (name, value)));
    url.into()
}

#[tokio::test]
async fn a_wrong_state_is_refused_and_a_provider_may_replace_its_keys_or_go_away() {
    let mut scene = Scene::new().await;
    scene.member("ada").await;
    let forged = "A".repeat(43);
    for state in [None, Some(""), Some("short"), Some(forged.as_str())] {
        let (visitor, back) = scene.visit("ada").await;
        scene.assert_fails(&visitor, &with_parameter(&back, "state", state), "expired").await;
    }

    // A victim follows another person's link: without a cookie, or with their own.
    let (_, back) = scene.visit("ada").await;
    let victim = scene.server.nobody();
    scene.assert_fails(&victim, &back, "expired").await;
    scene.begin(&victim).await;
    scene.assert_fails(&victim, &back, "expired").await;

    let reply = scene.server.nobody().get_page(BEGIN).await;
    let back = scene.provider.log_in(redirect(&reply), "ada").await;
    let own = cookie_of(&reply);
    let (name, _) = own.split_once('=').expect("a value");
    for planted in ["x", "a.b.c.d", ""] {
        let planted = format!("{name}={planted}");
        for cookies in [format!("{planted}; {own}"), format!("{own}; {planted}"), planted.clone()] {
            let victim = scene.server.nobody().with_header("cookie", &cookies);
            let reply = scene.come_back(&victim, &back).await;
            assert_problem(&victim, &reply, "expired").await;
            let set = reply.header("set-cookie");
            assert_eq!(set, "", "the browser would drop ours and keep the planted one");
        }
    }

    // A callback that comes twice, or without a login.
    let (visitor, back) = scene.visit("ada").await;
    assert_eq!(redirect(&scene.come_back(&visitor, &back).await), "/");
    visitor.log_out().await;
    scene.assert_fails(&visitor, &back, "expired").await;

    for query in ["", "?code=x", "?code=x&state=y", "?state=y", "?error=server_error"] {
        let stranger = scene.server.nobody();
        let reply = stranger.get_page(&format!("{CALLBACK}{query}")).await;
        assert_problem(&stranger, &reply, "expired").await;
    }
    assert!(scene.server.log().contains("server_error"), "the log says what the provider did");
    // The provider may replace its keys, or go away.
    let person = scene.team.person("user").await;
    for _ in 0..2 {
        scene.provider.knows("ada", &person.email, true).await;
        scene.log_in("ada").await;
        scene.provider.start_again().await;
    }

    scene.provider.knows("ada", &person.email, true).await;
    let (visitor, back) = scene.visit("ada").await;
    scene.provider.stop().await;
    scene.assert_fails(&visitor, &back, "provider").await;
    // Passwords still work.
    scene.team.session("user").await;
}
