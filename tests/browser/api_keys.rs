//! Keys for programs: made, shown once, pasted, limited, revoked.

use std::fs;

use strongroom_tests::page::{ApiKeysPage, NewKey};
use strongroom_tests::python::{Ask, Prefect};

use crate::Scene;

async fn scene() -> Scene {
    let scene = Scene::new("administrator").await;
    scene.writer.set("DB_URL", "the value of DB_URL".into()).await;
    scene.writer.set("AWS_KEY", "the value of AWS_KEY".into()).await;
    scene.log_in().await;
    scene
}

#[tokio::test]
async fn a_limited_key_is_shown_once_and_reads_what_it_may() {
    let scene = scene().await;
    let browser = &scene.browser;
    let page = ApiKeysPage::enter(browser).await;
    let dialog = page.create().await;
    dialog.fill("Name", "nightly flows").await;
    dialog.fill("Limit to secrets", "DB_*").await;
    dialog.says("Matches 1 secret now:").await;
    let made = NewKey::by(dialog, browser).await;
    made.copy().await;
    assert_eq!(browser.clipboard().await, made.key);
    browser.assert_forgets().await;

    let program = scene.server.with_key(&made.key);
    assert_eq!(program.value("DB_URL").await, "the value of DB_URL");
    let refused = program.try_value("AWS_KEY").await;
    assert!(refused.error().message.contains("No value found for the requested key"), "{refused:?}");
    assert_eq!(program.names().await, ["DB_URL"]);

    let row = page.row("nightly flows").await;
    for part in ["Runner", "DB_*", &scene.person.email, " months"] {
        assert!(row.contains(part), "{part} in {row}");
    }
    browser.reload().await;
    assert!(!browser.text().await.contains(&made.key));
    let page = ApiKeysPage::enter(browser).await;
    page.revoke("nightly flows").await;
    browser.no_longer_reads("nightly flows").await;
    program.try_value("DB_URL").await.assert_error("UNAUTHENTICATED");
}

#[tokio::test]
async fn the_settings_that_are_pasted_work_with_prefect() {
    let scene = scene().await;
    let page = ApiKeysPage::enter(&scene.browser).await;
    let made = page.create_runner("flows", "DB_*").await;
    let environment = made.settings("Environment").await;
    let file = made.settings("config.toml").await;
    made.dialog.copy("the settings").await;
    made.dialog.finish("Close").await;
    assert_eq!(scene.browser.clipboard().await, file);

    let machine = Prefect::bare(&scene.server);
    let configured = environment.lines().fold(machine.clone(), |machine, line| {
        let (name, value) = line
            .strip_prefix("export ")
            .and_then(|line| line.split_once('='))
            .unwrap_or_else(|| panic!("{line:?} is for a shell"));
        machine.with(name, value)
    });
    let [url, key] = configured.ask([Ask::Get("DB_URL"), Ask::Get("AWS_KEY")]).await;
    assert_eq!(url.returned(), "'the value of DB_URL'");
    assert!(key.is_a("KeyError") || key.is_a("ValueError"), "{key:?}");

    let folder = machine.home().join(".prefect");
    fs::create_dir_all(&folder).expect("folders can be made");
    fs::write(folder.join("config.toml"), file).expect("files can be written");
    let [url] = machine.ask([Ask::Get("DB_URL")]).await;
    assert_eq!(url.returned(), "'the value of DB_URL'");
}

#[tokio::test]
async fn mistakes_and_slips_are_told_and_a_key_is_renamed_and_loses_its_limits() {
    let scene = scene().await;
    let page = ApiKeysPage::enter(&scene.browser).await;
    let dialog = page.create().await;
    dialog.press("Create key").await;
    dialog.says("Name the key after the program that uses it.").await;
    dialog.fill("Name", "flows").await;
    dialog.choose("Expires", "On a date").await;
    dialog.press("Create key").await;
    dialog.says("Choose a day.").await;
    dialog.choose("Expires", "Never").await;
    dialog.fill("Limit to secrets", &"x".repeat(300)).await;
    dialog.press("Create key").await;
    dialog.says("Line 1: A secret's name has at most 255 characters.").await;
    dialog.discard().await;
    assert!(!scene.browser.text().await.contains("flows"), "nothing is made");

    // A key that was not copied is not lost by a slip.
    let made = page.create_runner("flows", "DB_*\nMISSING").await;
    made.dialog.press("Close").await;
    made.dialog.says("You have not copied the key. It can't be shown again.").await;
    made.dialog.press("Go back").await;
    assert_eq!(made.dialog.value_of("API key").await, made.key);
    made.dialog.press("Close").await;
    made.dialog.finish("Close anyway").await;
    scene.browser.assert_forgets().await;
    let program = scene.server.with_key(&made.key);
    assert_eq!(program.names().await, ["DB_URL"]);

    let dialog = page.edit("flows").await;
    assert!(!dialog.can_press("Save").await);
    assert_eq!(dialog.value_of("Limit to secrets").await, "DB_*\nMISSING");
    dialog.fill("Name", "all flows").await;
    dialog.fill("Limit to secrets", "").await;
    dialog.says("Saving removes the limits").await;
    dialog.finish("Save").await;
    scene.browser.says("API key updated.").await;
    let row = page.row("all flows").await;
    assert!(row.contains("all secrets"), "{row}");
    assert_eq!(program.names().await, ["AWS_KEY", "DB_URL"]);
}
