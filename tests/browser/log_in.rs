//! Log-in, log-out, and sessions that end.

use strongroom_tests::browser::Target::{Button, Field};
use strongroom_tests::page::{LogInPage, SecretsPage};

use crate::Scene;

#[tokio::test]
async fn whoever_is_not_logged_in_is_led_to_the_log_in_page_and_back() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    for path in ["/", "/team", "/team/secrets"] {
        browser.open(path).await;
        let page = LogInPage::seen(browser).await;
        assert_eq!(browser.path().await, "/log-in");
        page.log_in(&scene.person).await;
        assert!(browser.title().await.contains("Secrets"), "{}", browser.title().await);
        browser.press(Button("Account menu")).await;
        browser.press(Button("Log out")).await;
        LogInPage::seen(browser).await;
    }
    scene.browser.close().await;
}

#[tokio::test]
async fn a_wrong_password_is_told_and_can_be_corrected() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let page = LogInPage::open(browser).await;
    page.try_log_in(&scene.person.email, "not the password").await;
    browser
        .until("the mistake is told", async || {
            let alert =
                browser.script("return document.querySelector('[role=alert]')?.innerText ?? ''").await;
            Ok(alert.as_str().is_some_and(|alert| alert.contains("password")).then_some(()))
        })
        .await;
    assert_eq!(browser.path().await, "/log-in");
    assert_eq!(browser.value_in("", Field("Email")).await, scene.person.email, "the address stays");

    page.log_in(&scene.person).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn the_password_is_never_shown_and_managers_may_fill_it_in() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    LogInPage::open(browser).await;
    let password = browser.see(Field("Password")).await;
    assert_eq!(password.attr("type").await.expect("an attribute"), Some("password".to_owned()));
    assert_eq!(
        password.attr("autocomplete").await.expect("an attribute"),
        Some("current-password".to_owned())
    );
    let email = browser.see(Field("Email")).await;
    assert_eq!(email.attr("autocomplete").await.expect("an attribute"), Some("username".to_owned()));
    scene.browser.close().await;
}

#[tokio::test]
async fn after_log_out_the_way_back_leads_to_the_log_in_page() {
    let scene = Scene::new("user").await;
    scene.writer.set("A", "the value of A".into()).await;
    let browser = &scene.browser;
    scene.log_in().await.lists(&["A"]).await;
    browser.press(Button("Account menu")).await;
    browser.press(Button("Log out")).await;
    LogInPage::seen(browser).await;
    assert!(!browser.text().await.contains("Modify"), "nothing of the team is left");

    browser.open("/team/secrets").await;
    LogInPage::seen(browser).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn a_session_outlives_the_window_and_the_page_knows_who_one_is() {
    let scene = Scene::new("administrator").await;
    let browser = &scene.browser;
    scene.log_in().await;
    browser.reload().await;
    SecretsPage::seen(browser).await;
    browser.open("/log-in").await;
    SecretsPage::seen(browser).await;
    browser.press(Button("Account menu")).await;
    browser.reads(&scene.person.email).await;
    browser.reads("Administrator").await;
    browser.reads("The acme team").await;
    scene.browser.close().await;
}

#[tokio::test]
async fn a_session_that_has_ended_leads_to_the_log_in_page() {
    let scene = Scene::new("user").await;
    scene.writer.set("A", "the value of A".into()).await;
    let browser = &scene.browser;
    scene.log_in().await.lists(&["A"]).await;
    let file = scene.server.store().password_file("an entirely new password");
    scene.server.admin(&["reset-password", "--email", &scene.person.email, "--password-file", &file]).await;

    // Coming back to the tab is when the page looks for news.
    browser.script("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))").await;
    let page = LogInPage::seen(browser).await;
    page.try_log_in(&scene.person.email, "an entirely new password").await;
    SecretsPage::seen(browser).await.lists(&["A"]).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn a_session_that_ends_while_one_types_loses_nothing() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("TYPED").await;
    dialog.value("typed before the session ended").await;
    let file = scene.server.store().password_file("an entirely new password");
    scene.server.admin(&["reset-password", "--email", &scene.person.email, "--password-file", &file]).await;

    dialog.confirm().await;
    dialog.says("Your session has ended.").await;
    assert_eq!(dialog.typed_name().await, "TYPED");
    assert_eq!(dialog.typed_value().await, "typed before the session ended");

    browser
        .in_another_tab(async |tab| {
            let page = LogInPage::open(tab).await;
            page.try_log_in(&scene.person.email, "an entirely new password").await;
            SecretsPage::seen(tab).await;
        })
        .await;
    dialog.confirm().await;
    dialog.closes().await;
    page.lists(&["TYPED"]).await;
    assert_eq!(scene.runner.value("TYPED").await, "typed before the session ended");
    scene.browser.close().await;
}
