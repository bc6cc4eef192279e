//! When the server is away or slow: nothing that was typed is lost, one sees what is going on, and trying again works.

use strongroom_tests::Server;
use strongroom_tests::browser::Button;
use strongroom_tests::page::{LogInPage, SecretsPage, come_back};

use crate::Scene;

const AWAY: [&str; 3] = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"];

/// Kills a server; the function that is returned starts another one in its place.
async fn kill(server: Server) -> impl AsyncFnOnce() -> Server {
    let (store, address) = (server.store().clone(), server.address().to_owned());
    server.kill().await;
    async move || Server::start_at(&store, &address, &[]).await
}

#[tokio::test]
async fn what_fails_while_the_server_is_away_is_told_and_can_be_tried_again() {
    let Scene { browser, person, runner, writer, server, .. } = Scene::new("user").await;
    browser.expects(&AWAY);
    let unreachable = "The server can't be reached.";

    let page = LogInPage::open(&browser).await;
    let restart = kill(server).await;
    page.try_log_in(&person.email, &person.password).await;
    browser.reads(unreachable).await;
    let server = restart().await;
    browser.press(Button("Log in")).await;
    let page = SecretsPage::seen(&browser).await;

    // Saving keeps what was typed.
    let dialog = page.add().await;
    dialog.name("OLD").await;
    dialog.value("typed before the crash").await;
    let restart = kill(server).await;
    dialog.confirm().await;
    dialog.says(unreachable).await;
    dialog.assert_typed("OLD", "typed before the crash").await;
    let server = restart().await;
    dialog.finish("Confirm").await;
    page.says("Secret added.").await;
    page.lists(&["OLD"]).await;
    assert_eq!(runner.value("OLD").await, "typed before the crash");

    // A modification leaves the secret as it was.
    let dialog = page.modify("OLD").await;
    dialog.name("NEW").await;
    dialog.value("the value to come").await;
    let restart = kill(server).await;
    dialog.confirm().await;
    dialog.says(unreachable).await;
    let server = restart().await;
    assert_eq!(runner.value("OLD").await, "typed before the crash");
    assert_eq!(runner.names().await, ["OLD"]);
    dialog.finish("Confirm").await;
    page.lists(&["NEW"]).await;
    assert_eq!(runner.value("NEW").await, "the value to come");

    // The list stays, and is fetched anew.
    let restart = kill(server).await;
    come_back(&browser).await;
    browser.reads(unreachable).await;
    page.lists(&["NEW"]).await;
    let server = restart().await;
    writer.set("B", "the value of B".into()).await;
    browser.press(Button("Retry")).await;
    page.lists(&["B", "NEW"]).await;
    browser.no_longer_reads(unreachable).await;

    let dialog = page.delete("NEW").await;
    let restart = kill(server).await;
    dialog.press("Delete secret").await;
    dialog.says(unreachable).await;
    let _server = restart().await;
    assert_eq!(runner.names().await, ["B", "NEW"]);
    dialog.finish("Delete secret").await;
    page.says("Deleted NEW").await;
    page.lists(&["B"]).await;
}

#[tokio::test]
async fn while_the_server_thinks_one_sees_it_and_cannot_send_twice() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("SLOW").await;
    dialog.value("sent to a slow server").await;

    scene.server.signal("STOP");
    dialog.confirm().await;
    let script = "const button = [...document.querySelectorAll('dialog[open] button')]
            .find(button => button.textContent.trim() === 'Confirm');
        return button?.disabled && button?.ariaBusy === 'true'";
    scene.browser.is("the button is busy", async || scene.browser.script(script).await == true).await;
    assert!(!dialog.can_press("Cancel").await, "what is under way can't be cancelled any more");

    scene.server.signal("CONT");
    dialog.closes().await;
    page.says("Secret added.").await;
    assert_eq!(scene.runner.value("SLOW").await, "sent to a slow server");
}
