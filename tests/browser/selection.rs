//! Selected secrets, and what is done with all of them.

use strongroom_tests::browser::{Button, Field};
use strongroom_tests::page::{Dialog, NewKey, come_back};
use thirtyfour::prelude::*;

use crate::Scene;
use crate::listing::numbered;

#[tokio::test]
async fn ten_selected_secrets_get_a_key_are_deleted_in_one_step_and_come_back() {
    let all = numbered(1..=12);
    let (ten, others) = all.split_at(10);
    let scene =
        Scene::with_secrets("administrator", &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    page.select(&[&ten[1], &ten[0]]).await;
    browser.press_with_shift(Field(&format!("Select {}", ten[9]))).await;
    browser.says("10 selected").await;
    // The selection survives pages, orders and searches.
    browser.press(Button("Next page")).await;
    page.lists(&[&others[0], &others[1]]).await;
    browser.press(Button("Name")).await;
    page.search("SECRET 11").await;
    browser.says("10 selected").await;
    page.search("").await;
    browser.press(Button("Copy names")).await;
    browser.says("Copied 10 names").await;
    assert_eq!(browser.clipboard().await, ten.join("\n"));

    let dialog = Dialog::of(browser, "Create key for these", "Create API key").await;
    assert_eq!(dialog.value_of("Limit to secrets").await, ten.join("\n"));
    dialog.says("Matches 10 secrets now:").await;
    dialog.finish("Cancel").await;
    let dialog = Dialog::of(browser, "Create key for these", "Create API key").await;
    dialog.fill("Name", "reader of ten").await;
    let new = NewKey::by(dialog, browser).await;
    new.copy().await;
    let reader = scene.server.with_key(&new.key);
    assert_eq!(reader.names().await, ten);
    for name in ten {
        assert_eq!(reader.value(name).await, format!("the value of {name}"));
    }
    reader.assert_no_value(&others[0]).await;

    let admin = scene.team.key("administrator").await;
    let before = admin.last_entry().await;
    let dialog = page.delete_selected().await;
    dialog.says("10 secrets").await;
    dialog.says("Keys have read 10 of them this week.").await;
    dialog.succeeds("Delete secrets", "Deleted 10 secrets").await;
    browser.is("two are left", async || page.names().await == [&*others[1], &*others[0]]).await;
    assert!(!browser.shows(Button("Delete selected")).await, "nothing is selected");
    assert_eq!(scene.runner.names().await, others);
    browser.press(Button("Undo")).await;
    browser.says("Restored 10 secrets").await;
    browser.reads("1–10 of 12").await;
    assert_eq!(scene.runner.names().await, all);
    assert_eq!(reader.value(&ten[4]).await, format!("the value of {}", ten[4]));
    let deleted = ten.iter().map(|name| format!("delete:secret {name}"));
    let restored = ten.iter().map(|name| format!("restore:secret {name}"));
    let mut recorded = admin.recorded_since(before).await;
    recorded.retain(|entry| !entry.starts_with("read:"));
    recorded[..10].sort();
    recorded[10..].sort();
    assert_eq!(recorded, deleted.chain(restored).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_selection_covers_all_matches_and_follows_the_changes_of_others() {
    let names = numbered(1..=12);
    let mut scene = Scene::with_secrets("user", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    browser.press(Field("Select all 12")).await;
    browser.says("12 selected").await;
    assert!(!browser.shows(Button("Select all 12")).await, "everything is selected");
    assert!(!browser.shows(Button("Create key for these")).await, "a user creates no keys");
    browser.press(Field("Select all 12")).await;
    browser.is("nothing is selected", async || !browser.shows(Button("Copy names")).await).await;

    page.search("SECRET 1").await;
    browser.press(Field("Select all 4")).await;
    browser.says("4 selected").await;
    page.search("").await;
    browser.see(Button("Select all 12")).await;
    scene.writer.delete(&names[9]).await;
    come_back(browser).await;
    browser.says("3 selected").await;
    // Out of the search field, in which Escape is the browser's.
    browser.keys(Key::Tab).await;
    browser.keys(Key::Escape).await;
    browser.is("nothing is selected", async || !browser.shows(Button("Copy names")).await).await;

    // What has changed while the dialog was open is asked for again.
    page.select(&[&names[0], &names[1], &names[2]]).await;
    let dialog = page.delete_selected().await;
    scene.writer.delete(&names[0]).await;
    scene.writer.set(&names[1], "the value of a colleague".into()).await;
    dialog.refuses("Delete secrets", "1 secret was already deleted or renamed.").await;
    dialog.says(&format!("has changed {}. Delete 2 secrets anyway?", names[1])).await;
    assert_eq!(scene.runner.names().await.len(), 10, "all or none");
    dialog.succeeds("Delete secrets", "Deleted 2 secrets").await;
    browser.is("the rows are gone", async || page.names().await.first() == Some(&names[3])).await;
    assert_eq!(scene.runner.names().await.len(), 8);
    // Somebody else takes a name: the undo changes nothing, and says why.
    scene.writer.set(&names[1], "the value of another one".into()).await;
    browser.press(Button("Undo")).await;
    browser.says("Could not restore 2 secrets.").await;
    assert_eq!(scene.runner.names().await.len(), 9);
    strongroom_tests::page::log_out(browser).await;

    scene.person = scene.team.person("read-only").await;
    let (browser, page) = (&scene.browser, scene.log_in().await);
    page.select(&[&names[4]]).await;
    browser.press(Button("Copy names")).await;
    browser.says("Copied 1 name").await;
    assert!(!browser.shows(Button("Delete selected")).await);
}

#[tokio::test]
async fn limits_of_keys_are_said_before_one_is_created() {
    let scene = Scene::with_secrets("administrator", &["DB_*", "DB_URL"]).await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    page.select(&["DB_*"]).await;
    browser.reads("A key can't be limited to DB_*: the star would match other secrets, too.").await;
    assert!(!browser.can_use(Button("Create key for these")).await);
    page.select(&["DB_*", "DB_URL"]).await;
    assert!(browser.can_use(Button("Create key for these")).await);
    scene.writer.set_many("S", 100).await;
    browser.press(Field("Select all 102")).await;
    browser.reads("A key can be limited to at most 100 secrets.").await;
    assert!(browser.can_use(Button("Delete selected")).await);
}
