//! Single sign-on in the browser: the button on the login page, the provider's form, and back.

use serde_json::json;
use strongroom_tests::Person;
use strongroom_tests::browser::{Browser, Button, Field, Link};
use strongroom_tests::page::{AccountPage, LogInPage, SecretsPage, log_out};

use crate::Scene;

async fn press_and_fill_in(browser: &Browser, account: &str) {
    LogInPage::open(browser).await;
    browser.press(Link("Continue with Acme ID")).await;
    browser.fill(Field("Account"), account).await;
    browser.press(Button("Continue")).await;
}

#[tokio::test]
async fn a_refused_login_returns_with_the_reason_and_an_accepted_one_to_the_secrets() {
    let scene = Scene::with(&["--oidc-name", "Acme ID"]).await;
    let browser = Browser::start(&scene.server).await;
    LogInPage::open(&browser).await;
    browser.press(Link("Continue with Acme ID")).await;
    browser.press(Button("Cancel")).await;
    browser.reads("The login was cancelled.").await;

    scene.provider.knows("ada", "ada@evil.example", true).await;
    press_and_fill_in(&browser, "ada").await;
    browser.reads("You are not a member of a team here.").await;
    scene.provider.knows("ada", "ada@evil.example", false).await;
    press_and_fill_in(&browser, "ada").await;
    browser.reads("Your provider has not verified your email address").await;
    let person = scene.team.person("user").await;
    LogInPage::seen(&browser).await.log_in(&person).await;
    // With the address of a member, it leads to the secrets.
    log_out(&browser).await;
    scene.provider.knows("ada", &person.email, true).await;
    press_and_fill_in(&browser, "ada").await;
    SecretsPage::seen(&browser).await.store("A", "text", "typed by Ada").await;
    browser.press(Button("Account menu")).await;
    browser.reads(&person.email).await;
    browser.reload().await;
    SecretsPage::seen(&browser).await.lists(&["A"]).await;
}

#[tokio::test]
async fn a_posted_response_is_accepted_and_a_member_without_a_password_can_choose_one() {
    let scene = Scene::with(&["--oidc-name", "Acme ID"]).await;
    scene.admin.invite("ada@acme.example", "user").await;
    let otherwise = json!({"document": {"response_modes_supported": ["form_post"]}});
    scene.provider.behaves("ada", "ada@acme.example", &otherwise).await;
    let browser = Browser::start(&scene.server).await;
    press_and_fill_in(&browser, "ada").await;
    SecretsPage::seen(&browser).await;
    let account = AccountPage::enter(&browser).await;
    let chosen = Person::new("ada@acme.example", "chosen by ada herself");
    account.change_password("", &chosen.password, &chosen.password).await.closes().await;
    log_out(&browser).await.try_log_in(&chosen.email, &chosen.password).await;
    browser.arrives_at("/account").await;
}
