//! The user's own password and sessions.

use std::time::Duration;

use strongroom_tests::browser::{Browser, Button, Link};
use strongroom_tests::page::{AccountPage, Dialog, LogInPage, SecretsPage};

use crate::Scene;

#[tokio::test]
async fn other_sessions_end_with_the_password_and_by_button() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let other = Browser::start(&scene.server).await;
    LogInPage::open(&other).await.log_in(&scene.person).await;
    scene.log_in().await;
    let page = AccountPage::enter(browser).await;
    page.lists(2).await;
    let (email, old, new) = (&scene.person.email, &scene.person.password, "an entirely new password");
    let dialog = page.change_password(old, "too short", "too short").await;
    dialog.says("Use at least 12 characters.").await;
    dialog.fill("New password", new).await;
    dialog.fill("Repeat new password", "an entirely new passworD").await;
    dialog.refuses("Change password", "The two passwords don't match.").await;
    dialog.fill("Repeat new password", new).await;
    dialog.fill("Current password", "not the one it is").await;
    dialog.refuses("Change password", "password is wrong").await;
    dialog.fill("Current password", old).await;
    dialog.succeeds("Change password", "Password changed. Your other sessions have ended.").await;
    page.lists(1).await;
    browser.assert_forgets().await;

    let log_in = LogInPage::after_a_session(&other).await;
    log_in.refuses(email, old).await;
    log_in.try_log_in(email, new).await;
    let secrets = SecretsPage::seen(&other).await;

    let person = scene.person.guessing(new);
    browser.reload().await;
    page.lists(2).await;
    browser.reads("this one").await;
    let dialog = secrets.draft("LATE", "typed too late").await;
    let end = "End the session of Headless Chrome on Linux at 127.0.0.1";
    Dialog::of(browser, end, "End session?").await.succeeds("End session", "Session ended.").await;
    page.lists(1).await;

    dialog.refuses("Add secret", "Your session has ended.").await;
    dialog.discard().await;
    LogInPage::seen(&other).await.log_in(&person).await;
    browser.reload().await;
    browser.see(Button("Change password")).await;
    assert_eq!(scene.runner.names().await, [""; 0]);

    let dialog = Dialog::of(browser, "Log out everywhere", "Log out everywhere?").await;
    dialog.press("Log out everywhere").await;
    LogInPage::seen(browser).await;
    assert!(!browser.text().await.contains("Your session has ended"), "the user ended it");
    LogInPage::after_a_session(&other).await.log_in(&person).await;
}

#[tokio::test]
async fn an_idle_session_ends_and_the_next_click_says_so() {
    let scene = Scene::with("user", &["--session-idle", "4s"]).await;
    scene.log_in().await;
    // Polling would keep the session alive.
    tokio::time::sleep(Duration::from_secs(6)).await;
    scene.browser.press(Link("Members")).await;
    let page = LogInPage::after_a_session(&scene.browser).await;
    page.try_log_in(&scene.person.email, &scene.person.password).await;
    scene.browser.arrives_at("/team/members").await;
}
