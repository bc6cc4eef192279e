//! One's own password and sessions.

use strongroom_tests::browser::{Browser, Button, Field, Link};
use strongroom_tests::page::{AccountPage, LogInPage};

use crate::Scene;

async fn elsewhere(scene: &Scene) -> Browser {
    let other = Browser::start(&scene.server).await;
    LogInPage::open(&other).await.log_in(&scene.person).await;
    other
}

#[tokio::test]
async fn a_password_is_changed_and_other_sessions_end() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let other = elsewhere(&scene).await;
    scene.log_in().await;
    let page = AccountPage::enter(browser).await;
    page.lists(2).await;
    let (old, new) = (&scene.person.password, "an entirely new password");
    let dialog = page.change_password(old, "too short", "too short").await;
    dialog.says("Use at least 12 characters.").await;
    dialog.fill("New password", new).await;
    dialog.fill("Repeat new password", "an entirely new passworD").await;
    dialog.press("Change password").await;
    dialog.says("The two passwords don't match.").await;
    dialog.fill("Repeat new password", new).await;
    dialog.fill("Current password", "not the one it is").await;
    dialog.press("Change password").await;
    dialog.says("password is wrong").await;
    dialog.fill("Current password", old).await;
    dialog.finish("Change password").await;
    browser.says("Password changed. Your other sessions have ended.").await;
    page.lists(1).await;
    browser.assert_forgets().await;

    other.press(Link("Members")).await;
    let log_in = LogInPage::seen(&other).await;
    other.reads("Your session has ended. Please log in again.").await;
    log_in.try_log_in(&scene.person.email, old).await;
    other.reads("The email address or the password is wrong.").await;
    LogInPage::seen(&other).await.try_log_in(&scene.person.email, new).await;
    other.arrives_at("/team/members").await;
}

#[tokio::test]
async fn a_session_in_another_browser_is_seen_and_ended_and_so_are_all() {
    let scene = Scene::new("user").await;
    let other = elsewhere(&scene).await;
    scene.log_in().await;
    let page = AccountPage::enter(&scene.browser).await;
    page.lists(2).await;
    scene.browser.reads("this one").await;
    page.end_the_other().await;
    page.lists(1).await;

    other.press(Button("Add secret")).await;
    other.fill(Field("Secret name"), "LATE").await;
    other.fill(Field("Secret value"), "typed too late").await;
    other.press(Button("Confirm")).await;
    other.reads("Your session has ended.").await;
    other.press(Button("Cancel")).await;
    other.press(Button("Discard")).await;
    LogInPage::seen(&other).await.log_in(&scene.person).await;
    scene.browser.reload().await;
    scene.browser.see(Button("Change password")).await;
    assert_eq!(scene.runner.names().await, [""; 0]);

    page.log_out_everywhere().await;
    LogInPage::seen(&scene.browser).await;
    assert!(!scene.browser.text().await.contains("Your session has ended"), "they wanted it so");
    other.press(Link("Members")).await;
    LogInPage::seen(&other).await.try_log_in(&scene.person.email, &scene.person.password).await;
    other.arrives_at("/team/members").await;
}

#[tokio::test]
async fn a_session_that_idles_out_is_told_at_the_next_click() {
    let scene = Scene::with("user", &["--session-idle", "4s"]).await;
    scene.log_in().await;
    // Idle is who asks for nothing: asking whether it is over would keep it going.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    scene.browser.press(Link("Members")).await;
    LogInPage::seen(&scene.browser).await;
    scene.browser.reads("Your session has ended. Please log in again.").await;
    LogInPage::seen(&scene.browser).await.try_log_in(&scene.person.email, &scene.person.password).await;
    scene.browser.arrives_at("/team/members").await;
}
