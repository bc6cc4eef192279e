//! The first visit: the setup link creates the first team.

use strongroom_tests::browser::{Browser, Button, Link};
use strongroom_tests::page::{JoinPage, LogInPage, MembersPage, SecretsPage, SetUpPage};
use strongroom_tests::{Person, Server};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_link_creates_a_team_once() {
    let mut server = Server::start().await;
    let link = server.set_up_link().await;
    let token = server.set_up_token().await;
    server.store().must_stay_secret(PASSWORD);
    let browser = Browser::start(&server).await;

    // Without the link, the page says where to find it.
    for path in ["/", "/log-in", "/team/secrets"] {
        browser.open(path).await;
        browser.reads("This store has no team yet.").await;
        browser.reads("one-time setup link").await;
    }
    browser.open("/set-up").await;
    browser.reads("This link has no setup token.").await;
    assert!(!browser.shows(Button("Create team")).await);

    let page = SetUpPage::open(&browser, &link).await;
    assert_eq!(browser.path().await, "/set-up", "the token leaves the address bar at once");
    page.create("  ", "ada", "too short", "too short").await;
    for error in ["Give the team a name.", "Type an email address.", "Use at least 12 characters."] {
        browser.reads(error).await;
    }
    page.create("Acme Rockets", "ada@acme.example", PASSWORD, "correct horse batterY").await;
    browser.reads("The two passwords don't match.").await;
    assert_eq!(browser.path().await, "/set-up");
    page.create("Acme Rockets", "ada@acme.example", PASSWORD, PASSWORD).await;

    let page = SecretsPage::seen(&browser).await;
    browser.reads("Acme Rockets").await;
    browser.reads("Your team doesn't have any secrets yet.").await;
    page.store("FIRST", "text", "the first value").await;
    page.lists(&["FIRST"]).await;
    assert!(!browser.text().await.contains(&token));
    browser.reload().await;
    SecretsPage::seen(&browser).await.lists(&["FIRST"]).await;

    let second = Browser::start(&server).await;
    let page = SetUpPage::open(&second, &link).await;
    page.create("Mine", "eve@evil.example", PASSWORD, PASSWORD).await;
    second.alert().await;
    second.open("/team/secrets").await;
    LogInPage::seen(&second).await;
}

#[tokio::test]
async fn plain_http_is_reported_before_the_form_and_the_team_is_created() {
    let mut server = Server::start().await;
    server.set_up_token().await;
    let elsewhere = |link: &str| link.replace("://127.0.0.1", "://strongroom.test");
    let link = elsewhere(&server.set_up_link().await);
    let browser = Browser::start(&server).await;
    let page = SetUpPage::open(&browser, &link).await;
    browser.reads("This address uses plain http.").await;
    page.create("Acme", "ada@acme.example", PASSWORD, PASSWORD).await;
    browser.reads("The team has been created.").await;
    browser.reads("Log in over HTTPS, or on the server itself.").await;
    assert!(!browser.shows(Button("Create team")).await, "the link works once");

    // As the message says, the team exists.
    let ada = Person::new("ada@acme.example", PASSWORD);
    LogInPage::open(&browser).await.log_in(&ada).await.lists(&[]).await;
    let link = MembersPage::enter(&browser).await.invite_as("rob@acme.example", "User").await;
    let page = JoinPage::open(&browser, &elsewhere(&link)).await;
    browser.reads("This address uses plain http.").await;
    page.try_join("an entirely new password", "an entirely new password").await;
    browser.reads("You have joined the team.").await;
    browser.reads("Log in over HTTPS").await;
    browser.press(Link("Log in")).await;
    LogInPage::seen(&browser).await.try_log_in(&ada.email, PASSWORD).await;
    browser.reads("Browsers don't keep sessions for this address").await;
    browser.expects(&["Cross-Origin-Opener-Policy"]);
}
