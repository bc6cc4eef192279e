//! The first start: a one-time link makes the first team and its administrator.

use serde_json::{Value, json};
use strongroom_tests::server::free_address;
use strongroom_tests::{Answer, Client, Server, Store};

const SET_UP: &str = "mutation($input: set_up_input!) { set_up(input: $input) { success error } }";
const PASSWORD: &str = "correct horse battery";

async fn set_up(client: &Client, token: &str) -> Answer {
    let input = json!({
        "token": token, "team_name": "Acme Rockets", "email": "ada@acme.example", "password": PASSWORD,
    });
    client.graphql(SET_UP, json!({"input": input})).await
}

async fn set_up_required(server: &Server) -> Value {
    server.nobody().query("{ set_up_required }").await.data("/set_up_required").clone()
}

#[tokio::test]
async fn the_link_makes_the_first_team_and_logs_its_administrator_in() {
    let mut server = Server::start().await;
    let link = server.set_up_link().await;
    assert!(link.starts_with(&format!("{}/set-up#token=sr_", server.url())), "{link}");
    assert_eq!(set_up_required(&server).await, json!(true));

    let browser = server.nobody();
    let token = server.set_up_token().await;
    set_up(&browser, &token).await.assert_success("set_up");
    assert_eq!(set_up_required(&server).await, json!(false));
    assert_eq!(browser.auth_info("role").await, json!("administrator"));
    assert_eq!(browser.auth_info("email").await, json!("ada@acme.example"));
    let answer = browser.query("{ tenant { name slug } }").await;
    assert_eq!(answer.data("/tenant/0/name"), &json!("Acme Rockets"));
    assert!(answer.data("/tenant/0/slug").as_str().is_some_and(|slug| !slug.is_empty()));
    browser.set("A", json!("value of A")).await;
    assert_eq!(browser.names().await, ["A"]);
}

#[tokio::test]
async fn the_link_works_once() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    set_up(&server.nobody(), &token).await.assert_success("set_up");

    let second = server.nobody();
    set_up(&second, &token).await.refusal("set_up");
    second.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    let answer = second.query("{ tenant { id } }").await;
    assert!(!answer.errors().is_empty() || answer.data("/tenant") == &json!([]));
}

#[tokio::test]
async fn two_at_once_make_one_team() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    let (one, two) = (server.nobody(), server.nobody());
    let (first, second) = tokio::join!(set_up(&one, &token), set_up(&two, &token));
    let done =
        [&first, &second].iter().filter(|answer| answer.data("/set_up/success") == &json!(true)).count();
    assert_eq!(done, 1, "{first:?} {second:?}");
}

#[tokio::test]
async fn without_the_token_nothing_is_set_up() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    for wrong in
        ["", "sr_", "sr_wrong", &token[..token.len() - 1], &token.to_uppercase(), &format!("{token}0")]
    {
        let answer = set_up(&server.nobody(), wrong).await;
        answer.refusal("set_up");
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(set_up_required(&server).await, json!(true));
    set_up(&server.nobody(), &token).await.assert_success("set_up");
}

#[tokio::test]
async fn a_poor_answer_does_not_use_the_token_up() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    for (team_name, email, password) in [
        ("", "ada@acme.example", PASSWORD),
        ("Acme", "not an address", PASSWORD),
        ("Acme", "", PASSWORD),
        ("Acme", "ada@acme.example", "too short"),
        ("Acme", "ada@acme.example", "Password1234!"),
        ("Acme", "ada@acme.example", ""),
    ] {
        let input = json!({"token": token, "team_name": team_name, "email": email, "password": password});
        let answer = server.nobody().graphql(SET_UP, json!({"input": input})).await;
        if answer.errors().is_empty() {
            answer.refusal("set_up");
        } else {
            answer.assert_error("BAD_USER_INPUT");
        }
    }
    set_up(&server.nobody(), &token).await.assert_success("set_up");
}

#[tokio::test]
async fn a_restart_before_the_set_up_prints_a_link_that_works() {
    let store = Store::new();
    let mut server = store.serve().await;
    let first = server.set_up_token().await;
    server.stop().await;

    let mut server = store.serve().await;
    let second = server.set_up_token().await;
    set_up(&server.nobody(), &second).await.assert_success("set_up");
    set_up(&server.nobody(), &first).await.refusal("set_up");
    server.stop().await;

    let mut server = store.serve().await;
    assert!(!server.printed().contains("set-up"), "there is nothing to set up any more");
}

#[tokio::test]
async fn a_team_made_by_command_ends_the_set_up() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    let team = server.team("acme").await;
    team.person("administrator").await;
    assert_eq!(set_up_required(&server).await, json!(false));
    set_up(&server.nobody(), &token).await.refusal("set_up");
}

#[tokio::test]
async fn the_link_leads_to_the_public_address() {
    let store = Store::new();
    let mut server =
        Server::start_at(&store, &free_address(), &["--public-url", "https://secrets.example"]).await;
    let link = server.set_up_link().await;
    assert!(link.starts_with("https://secrets.example/set-up#token=sr_"), "{link}");
}
