//! Descriptions, columns, older values, and undoing a delete.

use strongroom_tests::browser::Button;
use strongroom_tests::page::{SecretsPage, come_back};
use thirtyfour::prelude::*;

use crate::Scene;

#[tokio::test]
async fn a_description_is_shown_searched_changed_and_removed() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    let dialog = page.draft("DB_URL", "the value of it").await;
    dialog.fill("Description", "Where the orders are; ask Ada").await;
    dialog.finish("Add secret").await;
    page.lists(&["DB_URL"]).await;
    browser.reads("Where the orders are; ask Ada").await;

    scene.writer.set("OTHER", "another value".into()).await;
    browser.reload().await;
    page.lists(&["DB_URL", "OTHER"]).await;
    page.search("orders").await;
    page.lists(&["DB_URL"]).await;
    page.search("").await;

    for (old, new) in [("Where the orders are; ask Ada", "Nobody knows"), ("Nobody knows", "")] {
        let dialog = page.modify("DB_URL").await;
        assert_eq!(dialog.value_of("Description").await, old);
        dialog.fill("Description", new).await;
        dialog.finish("Save").await;
        browser.no_longer_reads(old).await;
        browser.reads(new).await;
    }
    assert_eq!(scene.runner.value("DB_URL").await, "the value of it");
}

#[tokio::test]
async fn chosen_columns_are_remembered() {
    let scene = Scene::with_secrets("user", &["A", "B", "B"]).await;
    let browser = &scene.browser;
    scene.runner.value("B").await;
    let page = scene.log_in().await;
    page.lists(&["A", "B"]).await;
    assert_eq!(page.columns().await, ["Name", "Updated", "Updated by"]);

    page.toggle_columns(&["Updated", "Version", "Last read", "Last read by"]).await;
    let chosen = ["Name", "Updated by", "Version", "Last read", "Last read by"];
    assert_eq!(page.columns().await, chosen);
    for (name, column, text) in [
        ("A", "Version", "1"),
        ("B", "Version", "2"),
        ("A", "Last read", "never"),
        ("B", "Last read", "just now"),
    ] {
        assert_eq!(page.cell(name, column).await, text, "{column} of {name}");
    }
    assert!(page.cell("B", "Last read by").await.starts_with("runner key"));

    scene.runner.value("A").await;
    browser.reload().await;
    let page = SecretsPage::seen(browser).await;
    page.lists(&["A", "B"]).await;
    assert_eq!(page.columns().await, chosen, "remembered");
    assert_eq!(page.cell("A", "Last read").await, "just now");

    // Two hours later, in a page that was open all the time.
    browser.script("const now = Date.now; Date.now = () => now() + 2 * 60 * 60 * 1000").await;
    come_back(browser).await;
    browser.is("times have aged", async || page.cell("A", "Last read").await == "2 hours ago").await;

    for order in [["B", "A"], ["A", "B"]] {
        browser.press(Button("Version")).await;
        page.lists(&order).await;
    }
}

#[tokio::test]
async fn older_values_and_deleted_secrets_are_restored() {
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
    browser.assert_forgets().await;

    dialog.press("Make current: version 1").await;
    dialog.press("Keep the current one").await;
    assert_eq!(scene.runner.value("A").await, "the third value");
    dialog.press("Make current: version 1").await;
    dialog.succeeds("Make current", "A has the value of version 1 again.").await;
    browser.press(Button("Dismiss")).await;
    assert_eq!(scene.runner.value("A").await, "the first value");

    let dialog = page.history("A").await;
    dialog.says("Version 4 Current").await;
    dialog.says("Restored from version 1").await;
    dialog.says(&scene.person.email).await;
    dialog.finish("Close").await;

    page.remove("A").await;
    browser.press(Button("Undo")).await;
    page.says("Restored A").await;
    page.lists(&["A"]).await;
    assert_eq!(scene.runner.value("A").await, "the first value");
    browser.press(Button("Dismiss")).await;

    page.remove("A").await;
    browser.reload().await;
    let page = SecretsPage::seen(browser).await;
    let dialog = page.deleted().await;
    dialog.says(&scene.person.email).await;
    browser.keys(Key::Escape).await;
    dialog.closes().await;
    page.deleted().await.succeeds("Restore secret A", "Restored A").await;
    page.lists(&["A"]).await;
    assert_eq!(scene.runner.value("A").await, "the first value");

    let dialog = page.deleted().await;
    dialog.says("Nothing was deleted in the last 7 days.").await;
    dialog.press("Close").await;
}
