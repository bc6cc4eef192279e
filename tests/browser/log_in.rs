//! Log-in, log-out, and sessions that end.

use strongroom_tests::browser::{Button, Field};
use strongroom_tests::page::{LogInPage, SecretsPage, come_back, log_out};

use crate::Scene;

#[tokio::test]
async fn whoever_is_not_logged_in_is_led_to_the_log_in_page_and_back() {
    let scene = Scene::new("administrator").await;
    scene.writer.set("A", "the value of A".into()).await;
    let browser = &scene.browser;
    for path in ["/", "/team", "/team/secrets"] {
        browser.open(path).await;
        let page = LogInPage::seen(browser).await;
        assert_eq!(browser.path().await, "/log-in");
        page.log_in(&scene.person).await.lists(&["A"]).await;
        assert!(browser.title().await.contains("Secrets"), "{}", browser.title().await);
        log_out(browser).await;
        assert!(!browser.text().await.contains("Modify"), "nothing of the team is left");
    }

    // The password is never shown, and managers may fill it in.
    browser
        .assert_attributes(Field("Password"), &[("type", "password"), ("autocomplete", "current-password")])
        .await;
    browser.assert_attributes(Field("Email"), &[("autocomplete", "username")]).await;
    let page = LogInPage::open(browser).await;
    page.try_log_in(&scene.person.email, "not the password").await;
    let told = browser.alert().await;
    assert!(told.contains("password"), "{told}");
    assert_eq!(browser.path().await, "/log-in");
    assert_eq!(browser.value(Field("Email")).await, scene.person.email, "the address stays");
    page.log_in(&scene.person).await;

    // A session outlives the window, and the page knows who one is.
    browser.reload().await;
    SecretsPage::seen(browser).await;
    browser.open("/log-in").await;
    SecretsPage::seen(browser).await;
    browser.press(Button("Account menu")).await;
    browser.reads(&scene.person.email).await;
    browser.reads("Administrator").await;
    browser.reads("The acme team").await;
}

async fn reset_password(scene: &Scene, password: &str) {
    let file = scene.server.store().password_file(password);
    scene.server.admin(&["reset-password", "--email", &scene.person.email, "--password-file", &file]).await;
}

#[tokio::test]
async fn a_session_that_has_ended_leads_to_the_log_in_page_and_loses_nothing_that_is_typed() {
    let scene = Scene::new("user").await;
    scene.writer.set("A", "the value of A".into()).await;
    let browser = &scene.browser;
    scene.log_in().await.lists(&["A"]).await;
    reset_password(&scene, "an entirely new password").await;
    come_back(browser).await;
    let page = LogInPage::seen(browser).await;
    page.try_log_in(&scene.person.email, "an entirely new password").await;
    let page = SecretsPage::seen(browser).await;
    page.lists(&["A"]).await;

    let dialog = page.add().await;
    dialog.name("TYPED").await;
    dialog.value("typed before the session ended").await;
    reset_password(&scene, "yet another password").await;
    dialog.confirm().await;
    dialog.says("Your session has ended.").await;
    dialog.assert_typed("TYPED", "typed before the session ended").await;
    browser
        .in_another_tab(async |tab| {
            let page = LogInPage::open(tab).await;
            page.try_log_in(&scene.person.email, "yet another password").await;
            SecretsPage::seen(tab).await;
        })
        .await;
    dialog.finish("Confirm").await;
    page.lists(&["A", "TYPED"]).await;
    assert_eq!(scene.runner.value("TYPED").await, "typed before the session ended");
}
