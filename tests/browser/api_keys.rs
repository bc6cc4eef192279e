//! API keys: created, shown once, pasted, limited, revoked.

use std::fs;

use strongroom_tests::assert_says;
use strongroom_tests::page::{ApiKeysPage, NewKey};
use strongroom_tests::python::{Ask, Prefect};

use crate::Scene;

async fn scene() -> Scene {
    let scene = Scene::with_secrets("administrator", &["DB_URL", "AWS_KEY"]).await;
    scene.log_in().await;
    scene
}

#[tokio::test]
async fn a_limited_key_is_shown_once_reads_only_its_secrets_and_configures_prefect() {
    let scene = scene().await;
    let browser = &scene.browser;
    let page = ApiKeysPage::enter(browser).await;
    let dialog = page.create().await;
    dialog.fill("Name", "nightly flows").await;
    dialog.fill("Limit to secrets", "DB_*").await;
    dialog.says("Matches 1 secret now:").await;
    let new = NewKey::by(dialog, browser).await;
    new.copy().await;
    assert_eq!(browser.clipboard().await, new.key);
    browser.assert_forgets().await;

    let program = scene.server.with_key(&new.key);
    assert_eq!(program.value("DB_URL").await, "the value of DB_URL");
    program.assert_no_value("AWS_KEY").await;
    assert_eq!(program.names().await, ["DB_URL"]);

    let parts = ["Runner", "DB_*", &scene.person.email, " months"];
    assert_says(&page.row("nightly flows").await, &parts);
    browser.reload().await;
    assert!(!browser.text().await.contains(&new.key));
    page.revoke("nightly flows").await.succeeds("Revoke key", "API key revoked.").await;
    browser.no_longer_reads("nightly flows").await;
    program.try_value("DB_URL").await.assert_error("UNAUTHENTICATED");

    // Pasted settings work with Prefect.
    let new = page.create_runner("flows", "DB_*").await;
    let environment = new.settings("Environment").await;
    let file = new.settings("config.toml").await;
    new.dialog.copy("the settings").await;
    new.dialog.finish("Close").await;
    assert_eq!(browser.clipboard().await, file);

    let machine = Prefect::bare(&scene.server);
    let configured = environment.lines().fold(machine.clone(), |machine, line| {
        let pair = line.strip_prefix("export ").and_then(|line| line.split_once('='));
        let (name, value) = pair.unwrap_or_else(|| panic!("not for a shell: {line:?}"));
        machine.with(name, value)
    });
    let [url, key] = configured.ask([Ask::Get("DB_URL"), Ask::Get("AWS_KEY")]).await;
    assert_eq!(url.returned(), "'the value of DB_URL'");
    assert!(key.is_a("KeyError") || key.is_a("ValueError"), "{key:?}");

    let folder = machine.home().join(".prefect");
    fs::create_dir_all(&folder).expect("directories can be created");
    fs::write(folder.join("config.toml"), file).expect("files can be written");
    let [url] = machine.ask([Ask::Get("DB_URL")]).await;
    assert_eq!(url.returned(), "'the value of DB_URL'");
}

#[tokio::test]
async fn invalid_input_is_reported_and_a_key_is_renamed_and_loses_its_limits() {
    let scene = scene().await;
    let page = ApiKeysPage::enter(&scene.browser).await;
    let dialog = page.create().await;
    dialog.refuses("Create key", "Name the key after the program that uses it.").await;
    dialog.fill("Name", "flows").await;
    dialog.choose("Expires", "On a date").await;
    dialog.refuses("Create key", "Choose a day.").await;
    dialog.choose("Expires", "Never").await;
    dialog.fill("Limit to secrets", &"x".repeat(300)).await;
    dialog.refuses("Create key", "Line 1: A secret's name can have at most 255 characters.").await;
    dialog.discard().await;
    assert!(!scene.browser.text().await.contains("flows"), "no key is created");

    // A slip does not lose a key that was not copied.
    let new = page.create_runner("flows", "DB_*\nMISSING").await;
    new.dialog.refuses("Close", "You have not copied the key. It can't be shown again.").await;
    new.dialog.press("Go back").await;
    assert_eq!(new.dialog.value_of("API key").await, new.key);
    new.dialog.press("Close").await;
    new.dialog.finish("Close anyway").await;
    scene.browser.assert_forgets().await;
    let program = scene.server.with_key(&new.key);
    assert_eq!(program.names().await, ["DB_URL"]);

    let dialog = page.edit("flows").await;
    assert!(!dialog.can_press("Save").await);
    assert_eq!(dialog.value_of("Limit to secrets").await, "DB_*\nMISSING");
    dialog.fill("Name", "all flows").await;
    dialog.fill("Limit to secrets", "").await;
    dialog.says("Saving removes the limits").await;
    dialog.succeeds("Save", "API key updated.").await;
    assert_says(&page.row("all flows").await, &["all secrets"]);
    assert_eq!(program.names().await, ["AWS_KEY", "DB_URL"]);
}
