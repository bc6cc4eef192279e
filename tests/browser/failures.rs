//! An unreachable or slow server: no typed text is lost, the page says so, and a second try works.

use strongroom_tests::Server;
use strongroom_tests::browser::Button;
use strongroom_tests::page::{LogInPage, SecretsPage, come_back};

use crate::Scene;

/// The last one is a module of the page that was to be loaded in advance.
const AWAY: [&str; 5] = [
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "Failed to fetch",
];
const UNREACHABLE: &str = "The server can't be reached.";

/// Kills a server, and returns a function that starts another one in its place.
async fn kill(server: Server) -> impl AsyncFnOnce() -> Server {
    let (store, address) = (server.store().clone(), server.address().to_owned());
    server.kill().await;
    async move || Server::start_at(&store, &address, &[]).await
}

#[tokio::test]
async fn actions_fail_while_the_server_is_away_and_work_once_it_is_back() {
    let Scene { browser, person, runner, writer, server, .. } = Scene::new("user").await;
    browser.expects(&AWAY);

    let page = LogInPage::open(&browser).await;
    let restart = kill(server).await;
    page.try_log_in(&person.email, &person.password).await;
    browser.reads(UNREACHABLE).await;
    let server = restart().await;
    browser.press(Button("Log in")).await;
    let page = SecretsPage::seen(&browser).await;

    let dialog = page.draft("OLD", "typed before the crash").await;
    let restart = kill(server).await;
    dialog.refuses("Add secret", UNREACHABLE).await;
    dialog.assert_typed("OLD", "typed before the crash").await;
    let server = restart().await;
    dialog.succeeds("Add secret", "Added OLD").await;
    page.lists(&["OLD"]).await;
    assert_eq!(runner.value("OLD").await, "typed before the crash");

    let dialog = page.modify("OLD").await;
    dialog.secret("NEW", "the value to come").await;
    let restart = kill(server).await;
    dialog.refuses("Save", UNREACHABLE).await;
    let server = restart().await;
    assert_eq!(runner.value("OLD").await, "typed before the crash");
    assert_eq!(runner.names().await, ["OLD"]);
    dialog.finish("Save").await;
    page.lists(&["NEW"]).await;
    assert_eq!(runner.value("NEW").await, "the value to come");

    // The old list stays until the server is back.
    let restart = kill(server).await;
    come_back(&browser).await;
    browser.reads(UNREACHABLE).await;
    browser.press(Button("Retry")).await;
    page.lists(&["NEW"]).await;
    let server = restart().await;
    writer.set("B", "the value of B".into()).await;
    page.lists(&["B", "NEW"]).await;
    browser.no_longer_reads(UNREACHABLE).await;

    let dialog = page.delete("NEW").await;
    let restart = kill(server).await;
    dialog.refuses("Delete secret", UNREACHABLE).await;
    let _server = restart().await;
    assert_eq!(runner.names().await, ["B", "NEW"]);
    dialog.succeeds("Delete secret", "Deleted NEW").await;
    page.lists(&["B"]).await;
}

#[tokio::test]
async fn a_slow_request_is_shown_and_sent_once() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.draft("SLOW", "sent to a slow server").await;

    scene.server.signal("STOP");
    let confirm = "const button = [...document.querySelectorAll('dialog[open] button')]
        .find(button => button.textContent.trim() === 'Add secret');";
    let repeatedly = format!("{confirm} button.click(); button.click(); button.form.requestSubmit();");
    scene.browser.script(&repeatedly).await;
    let is_busy = format!("{confirm} return button?.disabled && button?.ariaBusy === 'true'");
    scene.browser.is("the button is busy", async || scene.browser.script(&is_busy).await == true).await;
    assert!(!dialog.can_press("Cancel").await, "a sent request can't be cancelled");

    scene.server.signal("CONT");
    dialog.closes().await;
    page.says("Added SLOW").await;
    assert_eq!(scene.runner.value("SLOW").await, "sent to a slow server");
    assert_eq!(scene.writer.column("secret", "version").await, [1]);
}
