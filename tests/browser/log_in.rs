//! Logging in, logging out, and sessions that end.

use strongroom_tests::browser::{Browser, Button, Field};
use strongroom_tests::page::{LogInPage, SecretsPage, come_back, log_out};

use crate::Scene;

async fn reset_password(scene: &Scene, password: &str) {
    let file = scene.server.store().password_file(password);
    scene.server.admin(&["reset-password", "--email", &scene.person.email, "--password-file", &file]).await;
}

#[tokio::test]
async fn the_login_page_leads_back_and_the_end_of_a_session_loses_no_typed_text() {
    let scene = Scene::with_secrets("administrator", &["A"]).await;
    let browser = &scene.browser;
    for path in ["/", "/team", "/team/secrets"] {
        browser.open(path).await;
        let page = LogInPage::seen(browser).await;
        assert_eq!(browser.path().await, "/log-in");
        page.log_in(&scene.person).await.lists(&["A"]).await;
        assert!(browser.title().await.contains("Secrets"), "{}", browser.title().await);
        log_out(browser).await;
        assert!(!browser.text().await.contains("Modify"), "the team's page is gone");
    }

    // Password managers recognise the fields.
    let password = [("type", "password"), ("autocomplete", "current-password")];
    browser.assert_attributes(Field("Password"), &password).await;
    browser.assert_attributes(Field("Email"), &[("autocomplete", "username")]).await;
    browser.press(Button("Show password")).await;
    browser.assert_attributes(Field("Password"), &[("type", "text")]).await;
    browser.press(Button("Hide password")).await;
    browser.assert_attributes(Field("Password"), &password).await;
    let page = LogInPage::open(browser).await;
    page.try_log_in(&scene.person.email, "not the password").await;
    let told = browser.alert().await;
    assert!(told.contains("password"), "{told}");
    assert_eq!(browser.path().await, "/log-in");
    assert_eq!(browser.value(Field("Email")).await, scene.person.email, "the address stays");
    page.log_in(&scene.person).await;

    browser.reload().await;
    SecretsPage::seen(browser).await;
    browser.open("/log-in").await;
    SecretsPage::seen(browser).await;
    browser.press(Button("Account menu")).await;
    for text in [scene.person.email.as_str(), "Administrator", "The acme team"] {
        browser.reads(text).await;
    }

    // The end of a session loses no typed text.
    SecretsPage::open(browser).await.lists(&["A"]).await;
    reset_password(&scene, "an entirely new password").await;
    come_back(browser).await;
    let new = scene.person.guessing("an entirely new password");
    let page = LogInPage::seen(browser).await.log_in(&new).await;
    page.lists(&["A"]).await;

    let dialog = page.draft("TYPED", "typed before the session ended").await;
    reset_password(&scene, "yet another password").await;
    dialog.refuses("Add secret", "Your session has ended.").await;
    dialog.assert_typed("TYPED", "typed before the session ended").await;
    let newer = scene.person.guessing("yet another password");
    let log_in = async |tab: &Browser| {
        LogInPage::open(tab).await.log_in(&newer).await;
    };
    browser.in_another_tab(log_in).await;
    dialog.finish("Add secret").await;
    page.lists(&["A", "TYPED"]).await;
    assert_eq!(scene.runner.value("TYPED").await, "typed before the session ended");
}
