//! The first visit: the set-up link makes the first team.

use strongroom_tests::Server;
use strongroom_tests::browser::{Browser, Target::Button};
use strongroom_tests::page::{LogInPage, SecretsPage, SetUpPage};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_link_leads_to_an_empty_secrets_page_of_the_new_team() {
    let mut server = Server::start().await;
    let link = server.set_up_link().await;
    let token = server.set_up_token().await;
    let browser = Browser::start(&server).await;
    server.store().must_stay_secret(PASSWORD);

    let page = SetUpPage::open(&browser, &link).await;
    assert_eq!(browser.path().await, "/set-up", "the token leaves the address bar at once");
    page.create("Acme Rockets", "ada@acme.example", PASSWORD, PASSWORD).await;

    let page = SecretsPage::seen(&browser).await;
    browser.reads("Acme Rockets").await;
    browser.reads("Your team doesn't have any secrets yet.").await;
    page.store("FIRST", "text", "the first value").await;
    page.lists(&["FIRST"]).await;
    assert!(!browser.text().await.contains(&token));

    browser.reload().await;
    SecretsPage::seen(&browser).await.lists(&["FIRST"]).await;
    browser.close().await;
}

#[tokio::test]
async fn mistakes_are_told_beside_the_field_and_keep_what_was_typed() {
    let mut server = Server::start().await;
    let link = server.set_up_link().await;
    let browser = Browser::start(&server).await;

    let page = SetUpPage::open(&browser, &link).await;
    page.create("Acme", "ada@acme.example", "too short", "too short").await;
    browser.reads("Use at least 12 characters.").await;
    page.create("Acme", "ada@acme.example", PASSWORD, "correct horse batterY").await;
    browser.reads("The two passwords are not the same.").await;
    assert_eq!(browser.path().await, "/set-up");

    page.create("Acme", "ada@acme.example", PASSWORD, PASSWORD).await;
    SecretsPage::seen(&browser).await;
    browser.close().await;
}

#[tokio::test]
async fn the_link_works_once() {
    let mut server = Server::start().await;
    let link = server.set_up_link().await;
    let first = Browser::start(&server).await;
    SetUpPage::open(&first, &link).await.create("Acme", "ada@acme.example", PASSWORD, PASSWORD).await;
    SecretsPage::seen(&first).await;
    first.close().await;

    let second = Browser::start(&server).await;
    let page = SetUpPage::open(&second, &link).await;
    page.create("Mine", "eve@evil.example", PASSWORD, PASSWORD).await;
    second
        .until("the refusal is told", async || {
            let alert = second.script("return document.querySelector('[role=alert]')?.innerText ?? ''").await;
            Ok(alert.as_str().is_some_and(|alert| !alert.is_empty()).then_some(()))
        })
        .await;
    second.open("/team/secrets").await;
    LogInPage::seen(&second).await;
    second.close().await;
}

#[tokio::test]
async fn without_the_link_one_is_told_where_to_find_it() {
    let mut server = Server::start().await;
    server.set_up_link().await;
    let browser = Browser::start(&server).await;
    for path in ["/", "/log-in", "/team/secrets"] {
        browser.open(path).await;
        browser.reads("This store has no team yet.").await;
        browser.reads("one-time set-up link").await;
    }
    browser.open("/set-up").await;
    browser.reads("This link has no set-up token.").await;
    assert!(!browser.shows(Button("Create team")).await);
    browser.close().await;
}
