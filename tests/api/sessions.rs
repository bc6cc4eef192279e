//! Browser sessions: log-in, the cookie, log-out.

use serde_json::{Value, json};
use strongroom_tests::client::aliased;
use strongroom_tests::server::free_address;
use strongroom_tests::team::LOG_IN;
use strongroom_tests::{Answer, Client, Person, Server};

const LOG_OUT: &str = "mutation { log_out { success error } }";

async fn try_log_in(client: &Client, email: &str, password: &str) -> Answer {
    client
        .graphql(LOG_IN, json!({"input": {"email": email, "password": password}}))
        .await
}

/// The value of the session cookie that an answer sets, and its attributes in lower case.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let header = answer.header("set-cookie");
    let mut parts = header.split(';').map(str::trim);
    let value = parts.next().expect("split yields something").to_owned();
    (value, parts.map(str::to_lowercase).collect())
}

async fn someone(server: &Server, role: &str) -> Person {
    server.team("acme").await.person(role).await
}

#[tokio::test]
async fn log_in_sets_a_cookie_that_no_script_sees_and_no_other_site_sends() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let answer = try_log_in(&server.nobody(), &person.email, &person.password).await;
    answer.assert_success("log_in");
    let (value, attributes) = cookie(&answer);
    assert!(value.len() > 40, "a random token: {value}");
    for attribute in ["httponly", "samesite=strict", "path=/"] {
        assert!(
            attributes.contains(&attribute.to_owned()),
            "{attribute} is missing in {attributes:?}"
        );
    }
    assert!(
        !attributes.contains(&"secure".to_owned()),
        "plain HTTP on the loopback has to work"
    );
    assert!(
        !attributes.iter().any(|attribute| attribute.starts_with("domain")),
        "{attributes:?}"
    );
    let (_, token) = value.split_once('=').expect("name=value");
    answer_never_holds(&answer, token);
    server.store().must_stay_secret(token);
}

fn answer_never_holds(answer: &Answer, token: &str) {
    assert!(!answer.text.contains(token), "the token is in the cookie alone");
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure() {
    let store = strongroom_tests::Store::new();
    let server = Server::start_at(
        &store,
        &free_address(),
        &["--public-url", "https://secrets.example"],
    )
    .await;
    let person = someone(&server, "user").await;
    let browser = server.nobody().with_header("origin", "https://secrets.example");
    let answer = try_log_in(&browser, &person.email, &person.password).await;
    answer.assert_success("log_in");
    let (_, attributes) = cookie(&answer);
    assert!(attributes.contains(&"secure".to_owned()), "{attributes:?}");
}

#[tokio::test]
async fn a_session_does_what_its_role_may_and_never_reads_values() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let session = team.session("administrator").await;
    session.set("A", json!("typed in a browser")).await;
    assert_eq!(session.names().await, ["A"]);
    let answer = session.try_value("A").await;
    answer.assert_error("FORBIDDEN");
    answer.assert_never_says("typed in a browser");
    assert_eq!(
        team.key("runner").await.value("A").await,
        json!("typed in a browser")
    );
}

#[tokio::test]
async fn a_wrong_password_is_no_session_and_tells_nothing() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let wrong = try_log_in(&server.nobody(), &person.email, "not the password at all").await;
    let unknown = try_log_in(&server.nobody(), "nobody@acme.example", "not the password at all").await;
    assert_eq!(
        wrong.refusal("log_in"),
        unknown.refusal("log_in"),
        "who exists is nobody's business"
    );
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.header("set-cookie"), "");
        answer.assert_never_says("not the password");
    }
    for password in [
        "",
        " ",
        &person.password.to_uppercase(),
        &format!("{} ", person.password),
        &"x".repeat(2000),
    ] {
        try_log_in(&server.nobody(), &person.email, password)
            .await
            .refusal("log_in");
    }
}

#[tokio::test]
async fn an_address_is_the_same_in_any_case() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let answer = try_log_in(&server.nobody(), &person.email.to_uppercase(), &person.password).await;
    answer.assert_success("log_in");
}

#[tokio::test]
async fn log_out_ends_the_session_on_the_server() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let browser = server.nobody();
    let answer = try_log_in(&browser, &person.email, &person.password).await;
    let (stolen, _) = cookie(&answer);
    assert_eq!(browser.names().await, [""; 0]);

    let answer = browser.query(LOG_OUT).await;
    answer.assert_success("log_out");
    let (_, attributes) = cookie(&answer);
    let ends = attributes
        .iter()
        .any(|attribute| attribute == "max-age=0" || attribute.starts_with("expires="));
    assert!(ends, "the browser forgets the cookie: {attributes:?}");
    browser
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
    let thief = server.nobody().with_header("cookie", &stolen);
    thief
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
}

#[tokio::test]
async fn a_cookie_that_nobody_was_given_is_worth_nothing() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let answer = try_log_in(&server.nobody(), &person.email, &person.password).await;
    let (value, _) = cookie(&answer);
    let (name, token) = value.split_once('=').expect("name=value");
    for forged in ["", "x", &token.to_uppercase(), &token[1..], "../../etc/passwd"] {
        let client = server.nobody().with_header("cookie", &format!("{name}={forged}"));
        client
            .query("{ secret_names }")
            .await
            .assert_error("UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn a_session_token_is_no_key_and_a_key_is_no_session() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let person = team.person("user").await;
    let key = team.new_key("user").await;
    let answer = try_log_in(&server.nobody(), &person.email, &person.password).await;
    let (value, _) = cookie(&answer);
    let (name, token) = value.split_once('=').expect("name=value");
    server
        .with_key(token)
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
    let client = server.nobody().with_header("cookie", &format!("{name}={key}"));
    client
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
}

#[tokio::test]
async fn a_new_password_ends_the_old_one_and_its_sessions() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let person = team.person("user").await;
    let session = team.log_in(&person).await;
    let file = server.store().password_file("an entirely new password");
    server
        .admin(&[
            "reset-password",
            "--email",
            &person.email,
            "--password-file",
            &file,
        ])
        .await;

    session
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
    try_log_in(&server.nobody(), &person.email, &person.password)
        .await
        .refusal("log_in");
    let answer = try_log_in(&server.nobody(), &person.email, "an entirely new password").await;
    answer.assert_success("log_in");
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let server = Server::start().await;
    let session = server.team("acme").await.session("user").await;
    let store = server.store().clone();
    let cookie_before = session.auth_info("email").await;
    server.stop().await;
    let server = store.serve().await;
    assert_eq!(session.at(&server).auth_info("email").await, cookie_before);
}

#[tokio::test]
async fn someone_without_a_session_can_ask_whether_they_have_one() {
    let server = Server::start().await;
    server.team("acme").await;
    let answer = server.nobody().query("{ set_up_required }").await;
    assert_eq!(answer.data("/set_up_required"), &json!(false));
    let answer = server.nobody().query("{ auth_info { tenant_id } }").await;
    answer.assert_error("UNAUTHENTICATED");
    assert!(answer.body()["data"].is_null() || answer.body()["data"]["auth_info"] == Value::Null);
}

#[tokio::test]
async fn a_request_tries_one_password_at_most() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let guesses: Vec<String> = (0..3)
        .map(|guess| {
            format!(
                "log_in(input: {{email: \"{}\", password: \"guess {guess}\"}}) {{ success }}",
                person.email
            )
        })
        .chain([format!(
            "log_in(input: {{email: \"{}\", password: \"{}\"}}) {{ success }}",
            person.email, person.password
        )])
        .collect();
    let browser = server.nobody();
    let answer = browser.query(&aliased(&guesses)).await;
    assert!(!answer.errors().is_empty(), "{answer:?}");
    assert_eq!(answer.header("set-cookie"), "");

    let batch: Vec<Value> = guesses
        .iter()
        .map(|guess| json!({"query": format!("mutation {{ {guess} }}")}))
        .collect();
    let answer = browser.post("/graphql", json!(batch).to_string()).await;
    assert!(answer.text.contains("errors"), "{answer:?}");
    browser
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
}
