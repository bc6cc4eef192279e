//! What a secret is for, what is known of it, its older values, and the way back after a delete.

use strongroom_tests::browser::Button;
use strongroom_tests::page::SecretsPage;
use thirtyfour::prelude::*;

use crate::Scene;

#[tokio::test]
async fn a_description_is_seen_found_changed_and_removed() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("DB_URL").await;
    dialog.value("the value of it").await;
    dialog.fill("Description", "Where the orders are; ask Ada").await;
    dialog.finish("Confirm").await;
    page.lists(&["DB_URL"]).await;
    browser.reads("Where the orders are; ask Ada").await;

    scene.writer.set("OTHER", "another value".into()).await;
    browser.reload().await;
    page.lists(&["DB_URL", "OTHER"]).await;
    page.search("orders").await;
    page.lists(&["DB_URL"]).await;
    page.search("").await;

    let dialog = page.modify("DB_URL").await;
    assert_eq!(dialog.value_of("Description").await, "Where the orders are; ask Ada");
    dialog.fill("Description", "Nobody knows").await;
    dialog.finish("Confirm").await;
    browser.reads("Nobody knows").await;
    assert_eq!(scene.runner.value("DB_URL").await, "the value of it");

    let dialog = page.modify("DB_URL").await;
    dialog.fill("Description", "").await;
    dialog.finish("Confirm").await;
    browser.no_longer_reads("Nobody knows").await;
}

#[tokio::test]
async fn columns_are_shown_as_chosen_and_stay_so() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    scene.writer.set("A", "the value of A".into()).await;
    scene.writer.set("B", "the value of B".into()).await;
    scene.writer.set("B", "another value of B".into()).await;
    scene.runner.value("B").await;
    let page = scene.log_in().await;
    page.lists(&["A", "B"]).await;
    assert_eq!(page.columns().await, ["Name", "Updated", "Updated by"]);

    page.toggle_columns(&["Updated", "Version", "Last read", "Last read by"]).await;
    let chosen = ["Name", "Updated by", "Version", "Last read", "Last read by"];
    assert_eq!(page.columns().await, chosen);
    assert_eq!(page.fact("A", "Version").await, "1");
    assert_eq!(page.fact("B", "Version").await, "2");
    assert_eq!(page.fact("A", "Last read").await, "never");
    assert_eq!(page.fact("B", "Last read").await, "just now");
    assert!(page.fact("B", "Last read by").await.starts_with("runner key"));

    // A program reads it while somebody looks at the page.
    scene.runner.value("A").await;
    browser.reload().await;
    let page = SecretsPage::seen(browser).await;
    page.lists(&["A", "B"]).await;
    assert_eq!(page.columns().await, chosen, "remembered");
    assert_eq!(page.fact("A", "Last read").await, "just now");

    browser.press(Button("Version")).await;
    page.lists(&["B", "A"]).await;
    browser.press(Button("Version")).await;
    page.lists(&["A", "B"]).await;
}

#[tokio::test]
async fn an_older_value_becomes_the_current_one_unseen() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    for value in ["the first value", "the second value", "the third value"] {
        scene.writer.set("A", value.into()).await;
    }
    let page = scene.log_in().await;
    page.lists(&["A"]).await;
    let dialog = page.history("A").await;
    for version in ["Version 3 Current", "Version 2", "Version 1"] {
        dialog.says(version).await;
    }
    assert!(!dialog.text().await.contains("value of it"));
    browser.assert_forgets().await;

    dialog.press("Make version 1 current").await;
    dialog.press("Keep the current one").await;
    assert_eq!(scene.runner.value("A").await, "the third value");
    dialog.press("Make version 1 current").await;
    dialog.finish("Make current").await;
    page.says("A has the value of version 1 again.").await;
    assert_eq!(scene.runner.value("A").await, "the first value");

    let dialog = page.history("A").await;
    dialog.says("Version 4 Current").await;
    dialog.says(&scene.person.email).await;
    dialog.finish("Close").await;
}

#[tokio::test]
async fn a_delete_is_undone_at_once_or_later() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    scene.writer.set("A", "the value of A".into()).await;
    let page = scene.log_in().await;
    page.remove("A").await;
    browser.press(Button("Undo")).await;
    page.says("Restored A").await;
    page.lists(&["A"]).await;
    assert_eq!(scene.runner.value("A").await, "the value of A");
    browser.press(Button("Dismiss")).await;

    page.remove("A").await;
    browser.reload().await;
    let page = SecretsPage::seen(browser).await;
    let dialog = page.deleted().await;
    dialog.says(&scene.person.email).await;
    browser.keys(Key::Escape).await;
    dialog.closes().await;
    let dialog = page.deleted().await;
    dialog.finish("Restore secret A").await;
    page.says("Restored A").await;
    page.lists(&["A"]).await;
    assert_eq!(scene.runner.value("A").await, "the value of A");

    let dialog = page.deleted().await;
    dialog.says("Nothing was deleted in the last 7 days.").await;
    dialog.press("Close").await;
}
