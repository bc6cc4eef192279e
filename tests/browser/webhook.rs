//! The team's webhook on the page *Team*: set, tested, changed, removed.

use strongroom_tests::browser::Button;
use strongroom_tests::page::{Dialog, enter};
use strongroom_tests::receiver::{NETWORKS, Receiver};

use crate::Scene;

/// Saves a dialog that creates a signing key, which is shown once.
async fn new_key(scene: &Scene, dialog: &Dialog<'_>) -> String {
    dialog.press("Save").await;
    let dialog = Dialog::titled(&scene.browser, "Webhook set").await;
    let key = dialog.value_of("Signing key").await;
    assert!(key.starts_with("whsec_"), "{key}");
    scene.browser.store().must_stay_secret(&key);
    dialog.refuses("Close", "You have not copied the signing key.").await;
    dialog.press("Go back").await;
    scene.browser.assert_accessible("the signing key").await;
    dialog.copy("the signing key").await;
    dialog.finish("Close").await;
    assert_eq!(scene.browser.clipboard().await, key);
    scene.browser.assert_forgets().await;
    key
}

#[tokio::test]
async fn a_webhook_is_set_tested_changed_and_removed() {
    let scene = Scene::with("administrator", &NETWORKS).await;
    let browser = &scene.browser;
    let receiver = Receiver::start().await;
    scene.log_in().await;
    enter(browser, "Team").await;
    let dialog = Dialog::of(browser, "Set webhook…", "Set webhook").await;
    dialog.fill("URL", "hooks.example.com").await;
    dialog.refuses("Save", "Enter a URL that starts with https://").await;
    dialog.fill("URL", "https://192.168.1.1/x").await;
    dialog.refuses("Save", "private").await;
    dialog.fill("URL", &receiver.url()).await;
    let key = new_key(&scene, &dialog).await;
    browser.reads(&receiver.url()).await;
    browser.reads(&scene.person.email).await;

    // The deliveries follow without a reload, those of others' changes included.
    browser.press(Button("Send a test event")).await;
    browser.says("Sending a test event.").await;
    assert!(receiver.receives(1).await[0].is_verified(&key).await);
    browser.reads("Delivered (status 204)").await;
    scene.writer.set("A", "the value of A".into()).await;
    browser.reads("secret.set").await;
    browser.assert_accessible("the deliveries").await;

    let dialog = Dialog::of(browser, "Change", "Change webhook").await;
    assert!(!dialog.can_press("Save").await);
    dialog.tick("Replace the signing key").await;
    let next = new_key(&scene, &dialog).await;
    assert_ne!(next, key);
    scene.writer.delete("A").await;
    assert!(receiver.receives(3).await[2].is_verified(&next).await);

    // As in a store that was restored from a backup.
    browser.store().sql("UPDATE webhooks SET paused = 1").await;
    browser.reload().await;
    browser.reads("Nothing is sent until you resume.").await;
    browser.press(Button("Resume")).await;
    browser.no_longer_reads("Nothing is sent until you resume.").await;
    scene.writer.set("B", "the value of B".into()).await;
    receiver.receives(4).await;

    // Nobody listens.
    drop(receiver);
    browser.press(Button("Send a test event")).await;
    browser.reads("Next attempt").await;
    let dialog = Dialog::of(browser, "Remove", "Remove webhook?").await;
    dialog.succeeds("Remove webhook", "Webhook removed.").await;
    browser.see(Button("Set webhook…")).await;
    browser.no_longer_reads("secret.set").await;
}
