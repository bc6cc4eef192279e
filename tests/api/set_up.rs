//! The first start: a one-time link creates the first team and its administrator.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Server, Store, the_one_done};

const EMAIL: &str = "ada@acme.example";
const PASSWORD: &str = "correct horse battery";

async fn set_up_as(client: &Client, token: &str, team_name: &str, email: &str, password: &str) -> Answer {
    let input = json!({"token": token, "team_name": team_name, "email": email, "password": password});
    client.mutate("set_up", input).await
}

async fn set_up(client: &Client, token: &str) -> Answer {
    set_up_as(client, token, "Acme Rockets", EMAIL, PASSWORD).await
}

async fn set_up_required(server: &Server) -> Value {
    server.nobody().query("{ set_up_required }").await.data("/set_up_required").clone()
}

#[tokio::test]
async fn the_link_of_the_last_start_creates_the_first_team_once_and_logs_in() {
    let store = Store::new();
    let mut server = store.serve().await;
    let first = server.set_up_token().await;
    server.stop().await;
    let mut server = store.serve().await;
    let link = server.set_up_link().await;
    assert!(link.starts_with(&format!("{}/set-up#token=sr_", server.url())), "{link}");
    assert_eq!(set_up_required(&server).await, json!(true));
    let browser = server.nobody();
    let token = server.set_up_token().await;
    set_up(&browser, &token).await.assert_success("set_up");
    assert_eq!(set_up_required(&server).await, json!(false));
    assert_eq!(browser.auth_info("role").await, json!("administrator"));
    assert_eq!(browser.auth_info("email").await, EMAIL);
    let teams = browser.rows("tenant", "name slug").await;
    assert_eq!(teams, [json!({"name": "Acme Rockets", "slug": "acme-rockets"})]);
    browser.set("A", json!("value of A")).await;
    assert_eq!(browser.names().await, ["A"]);
    for used in [&token, &first] {
        let second = server.nobody();
        set_up(&second, used).await.refusal("set_up");
        second.assert_unknown().await;
    }
    server.stop().await;
    let mut server = store.serve().await;
    assert!(!server.printed().contains("set-up"), "there is nothing to set up any more");
}

#[tokio::test]
async fn wrong_tokens_and_invalid_input_set_nothing_up() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    let (cut, upper, longer) = (&token[..token.len() - 1], token.to_uppercase(), format!("{token}0"));
    for wrong in ["", "sr_", "sr_wrong", cut, &upper, &longer] {
        let answer = set_up(&server.nobody(), wrong).await;
        answer.refusal("set_up");
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(set_up_required(&server).await, json!(true));
    for (team_name, email, password) in [
        ("", EMAIL, PASSWORD),
        ("Acme", "not an address", PASSWORD),
        ("Acme", "", PASSWORD),
        ("Acme", EMAIL, "too short"),
        ("Acme", EMAIL, "Password1234!"),
        ("Acme", EMAIL, ""),
    ] {
        set_up_as(&server.nobody(), &token, team_name, email, password).await.assert_rejected();
    }
    // The link still works, for one of two who use it at once.
    let (one, two) = (server.nobody(), server.nobody());
    let (first, second) = tokio::join!(set_up(&one, &token), set_up(&two, &token));
    the_one_done("set_up", [&first, &second]);
}

#[tokio::test]
async fn a_team_created_on_the_command_line_ends_the_setup() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    let team = server.team("acme").await;
    team.person("administrator").await;
    assert_eq!(set_up_required(&server).await, json!(false));
    set_up(&server.nobody(), &token).await.refusal("set_up");
}
