//! When the server is away or slow: nothing that was typed is lost, one sees what is going on, and trying again works.

use strongroom_tests::Server;
use strongroom_tests::browser::{Browser, Target::Button};
use strongroom_tests::page::LogInPage;

use crate::Scene;

/// What the console may hold while the server is away.
const AWAY: [&str; 3] = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"];

/// Kills a server; the function that is returned starts another one in its place.
async fn kill(server: Server) -> impl AsyncFnOnce() -> Server {
    let (store, address) = (server.store().clone(), server.address().to_owned());
    server.kill().await;
    async move || Server::start_at(&store, &address, &[]).await
}

/// Coming back to the tab is when the page looks for news.
async fn come_back(browser: &Browser) {
    browser.script("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))").await;
}

#[tokio::test]
async fn a_save_that_fails_keeps_what_was_typed_and_can_be_tried_again() {
    let Scene { browser, person, runner, server, .. } = Scene::new("user").await;
    let page = LogInPage::open(&browser).await.log_in(&person).await;
    let dialog = page.add().await;
    dialog.name("KEPT").await;
    dialog.value("typed before the crash").await;

    let restart = kill(server).await;
    dialog.confirm().await;
    dialog.says("The server can't be reached.").await;
    assert_eq!(dialog.typed_name().await, "KEPT");
    assert_eq!(dialog.typed_value().await, "typed before the crash");

    let _server = restart().await;
    dialog.confirm().await;
    dialog.closes().await;
    page.says("Secret added.").await;
    page.lists(&["KEPT"]).await;
    assert_eq!(runner.value("KEPT").await, "typed before the crash");
    browser.close_after(&AWAY).await;
}

#[tokio::test]
async fn a_modification_that_fails_leaves_the_secret_as_it_was() {
    let Scene { browser, person, runner, writer, server, .. } = Scene::new("user").await;
    writer.set("OLD", "the value that stays".into()).await;
    let page = LogInPage::open(&browser).await.log_in(&person).await;
    let dialog = page.modify("OLD").await;
    dialog.name("NEW").await;
    dialog.value("the value to come").await;

    let restart = kill(server).await;
    dialog.confirm().await;
    dialog.says("The server can't be reached.").await;
    let _server = restart().await;
    assert_eq!(runner.value("OLD").await, "the value that stays");
    assert_eq!(runner.names().await, ["OLD"]);

    dialog.confirm().await;
    dialog.closes().await;
    page.lists(&["NEW"]).await;
    assert_eq!(runner.value("NEW").await, "the value to come");
    browser.close_after(&AWAY).await;
}

#[tokio::test]
async fn a_delete_that_fails_is_told_in_the_dialog() {
    let Scene { browser, person, runner, writer, server, .. } = Scene::new("user").await;
    writer.set("A", "the value of A".into()).await;
    let page = LogInPage::open(&browser).await.log_in(&person).await;
    let dialog = page.delete("A").await;
    let restart = kill(server).await;
    dialog.press("Delete").await;
    dialog.says("The server can't be reached.").await;

    let _server = restart().await;
    assert_eq!(runner.names().await, ["A"]);
    dialog.press("Delete").await;
    dialog.closes().await;
    page.says("Deleted A").await;
    page.lists(&[]).await;
    browser.close_after(&AWAY).await;
}

#[tokio::test]
async fn while_the_server_thinks_one_sees_it_and_cannot_send_twice() {
    let Scene { browser, person, runner, server, .. } = Scene::new("user").await;
    let page = LogInPage::open(&browser).await.log_in(&person).await;
    let dialog = page.add().await;
    dialog.name("SLOW").await;
    dialog.value("sent to a slow server").await;

    server.signal("STOP");
    dialog.confirm().await;
    let script = "const button = [...document.querySelectorAll('dialog[open] button')]
            .find(button => button.textContent.trim() === 'Confirm');
        return button?.disabled && button?.ariaBusy === 'true'";
    browser
        .until("the button is busy", async || Ok((browser.script(script).await == true).then_some(())))
        .await;
    assert!(!dialog.can_press("Cancel").await, "what is under way can't be cancelled any more");

    server.signal("CONT");
    dialog.closes().await;
    page.says("Secret added.").await;
    assert_eq!(runner.value("SLOW").await, "sent to a slow server");
    browser.close().await;
}

#[tokio::test]
async fn a_list_that_cannot_be_fetched_says_so_and_can_be_retried() {
    let Scene { browser, person, writer, server, .. } = Scene::new("user").await;
    writer.set("A", "the value of A".into()).await;
    let page = LogInPage::open(&browser).await.log_in(&person).await;
    page.lists(&["A"]).await;

    let restart = kill(server).await;
    come_back(&browser).await;
    browser.reads("The server can't be reached.").await;
    page.lists(&["A"]).await;

    let server = restart().await;
    writer.at(&server).set("B", "the value of B".into()).await;
    browser.press(Button("Retry")).await;
    page.lists(&["A", "B"]).await;
    browser.no_longer_reads("The server can't be reached.").await;
    browser.close_after(&AWAY).await;
}

#[tokio::test]
async fn a_log_in_that_cannot_be_sent_says_so() {
    let Scene { browser, person, server, .. } = Scene::new("user").await;
    let page = LogInPage::open(&browser).await;
    let restart = kill(server).await;
    page.try_log_in(&person.email, &person.password).await;
    browser.reads("The server can't be reached.").await;
    let _server = restart().await;
    browser.press(Button("Log in")).await;
    browser.arrives_at("/team/secrets").await;
    browser.close_after(&AWAY).await;
}
