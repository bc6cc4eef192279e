//! The first start: a one-time link makes the first team and its administrator.

use serde_json::{Value, json};
use strongroom_tests::client::the_one_done;
use strongroom_tests::{Answer, Client, Server, Store};

const PASSWORD: &str = "correct horse battery";

async fn set_up(client: &Client, token: &str) -> Answer {
    let input = json!({
        "token": token, "team_name": "Acme Rockets", "email": "ada@acme.example", "password": PASSWORD,
    });
    client.mutate("set_up", input).await
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

    // It works once.
    let second = server.nobody();
    set_up(&second, &token).await.refusal("set_up");
    second.assert_unknown().await;
    let answer = second.query("{ tenant { id } }").await;
    assert!(!answer.errors().is_empty() || answer.data("/tenant") == &json!([]));
}

#[tokio::test]
async fn two_at_once_make_one_team() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    let (one, two) = (server.nobody(), server.nobody());
    let (first, second) = tokio::join!(set_up(&one, &token), set_up(&two, &token));
    the_one_done("set_up", [&first, &second]);
}

#[tokio::test]
async fn a_wrong_token_or_a_poor_answer_sets_nothing_up() {
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
    for (team_name, email, password) in [
        ("", "ada@acme.example", PASSWORD),
        ("Acme", "not an address", PASSWORD),
        ("Acme", "", PASSWORD),
        ("Acme", "ada@acme.example", "too short"),
        ("Acme", "ada@acme.example", "Password1234!"),
        ("Acme", "ada@acme.example", ""),
    ] {
        let input = json!({"token": token, "team_name": team_name, "email": email, "password": password});
        server.nobody().mutate("set_up", input).await.assert_rejected();
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
