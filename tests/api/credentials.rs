//! Who is let in: keys in the `Authorization` header, and what those hear who have none.

use strongroom_tests::{Client, Server};

async fn names_asked_by(client: &Client) -> (String, String) {
    let answer = client.query("{ secret_names }").await;
    let error = answer.error();
    assert!(answer.body()["data"].is_null() || answer.body()["data"]["secret_names"].is_null());
    (error.code, error.message)
}

#[tokio::test]
async fn without_credentials_the_answer_is_unauthenticated() {
    let server = Server::start().await;
    server.team("acme").await;
    let (code, _) = names_asked_by(&server.nobody()).await;
    assert_eq!(code, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_key_that_nobody_has_is_unauthenticated_whatever_it_looks_like() {
    let server = Server::start().await;
    let real = server.team("acme").await.new_key("administrator").await;
    let mut forged = real.clone();
    let last = forged.pop().expect("keys are not empty");
    forged.push(if last == '0' { '1' } else { '0' });
    for key in [
        "12345",
        "sr_",
        "sr_0000000000000000000000000000000000000000000000000",
        "null",
        "' OR 1=1 --",
        &forged,
        &real.to_uppercase(),
        &real[..real.len() - 1],
        &format!("{real}0"),
        &format!("{real} {real}"),
        &"x".repeat(4000),
    ] {
        let (code, message) = names_asked_by(&server.with_key(key)).await;
        assert_eq!(code, "UNAUTHENTICATED", "{key}");
        assert!(!message.contains(key), "{message}");
    }
}

#[tokio::test]
async fn another_scheme_than_bearer_is_a_malformed_authorization_header() {
    let server = Server::start().await;
    let key = server.team("acme").await.new_key("administrator").await;
    for header in ["Basic YTpi", &key, "Bearer", "Token abc", "Digest username=\"a\"", ""] {
        let client = server.nobody().with_header("authorization", header);
        let (code, message) = names_asked_by(&client).await;
        assert_eq!(
            (code.as_str(), message.as_str()),
            ("UNAUTHENTICATED", "Malformed Authorization header"),
            "{header}"
        );
    }
}

#[tokio::test]
async fn proxys_own_authorization_header_leaves_a_session_alone() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let (session, key) = (team.session("administrator").await, team.new_key("runner").await);
    for header in ["Basic dGVhbTpkb29y", "Negotiate YII=", "Digest username=\"a\""] {
        let browser = session.with_header("authorization", header);
        assert_eq!(browser.names().await, [""; 0], "{header}");
        assert_eq!(browser.get("/audit-log.csv").await.status, reqwest::StatusCode::OK, "{header}");
    }
    let both = session.with_key(&key);
    assert_eq!(both.auth_info("role").await, "runner", "a key takes precedence");
}

#[tokio::test]
async fn a_refused_request_changes_nothing() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let runner = team.key("runner").await;
    for stranger in [
        server.nobody(),
        server.with_key("sr_nobody_has_this_key"),
        server.nobody().with_header("authorization", "Basic YTpi"),
        runner.clone(),
        team.key("read-only").await,
    ] {
        let answer = stranger.try_set("A", "planted by a stranger".into()).await;
        let code = answer.error().code;
        assert!(code == "UNAUTHENTICATED" || code == "FORBIDDEN", "{answer:?}");
    }
    assert_eq!(runner.names().await, [""; 0]);
}

#[tokio::test]
async fn the_word_bearer_may_be_written_in_any_case() {
    let server = Server::start().await;
    let key = server.team("acme").await.new_key("read-only").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let client = server.nobody().with_header("authorization", &format!("{scheme} {key}"));
        assert_eq!(client.names().await, [""; 0], "{scheme}");
    }
}

#[tokio::test]
async fn a_key_is_never_a_number_to_python() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    for _ in 0..3 {
        let key = team.new_key("runner").await;
        let (prefix, rest) = key.split_at(3);
        assert_eq!(prefix, "sr_");
        assert!(rest.len() >= 43, "32 random bytes in base62 and a checksum: {} characters", rest.len());
        assert!(rest.chars().all(|c| c.is_ascii_alphanumeric()), "base62 only");
    }
}
