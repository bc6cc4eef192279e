//! The audit log as users read it: live, filtered, exported, and verified.

use serde_json::Value;
use strongroom_tests::browser::{Button, Field};
use strongroom_tests::page::{AuditLogPage, Dialog};

use crate::Scene;

#[tokio::test]
async fn entries_appear_live_are_filtered_and_exported_and_the_checkpoint_verifies() {
    let scene = Scene::new("administrator").await;
    scene.writer.set("DB_URL", "postgres://db.acme.example".into()).await;
    scene.runner.value("DB_URL").await;
    scene.writer.set("AWS_KEY", "AKIA and so on".into()).await;
    scene.log_in().await;
    let browser = &scene.browser;
    let log = AuditLogPage::enter(browser).await;
    let logged_in = format!("{} logged in", scene.person.email);
    for entry in ["user key", "runner key", &logged_in] {
        log.shows(entry).await;
    }
    assert!(!browser.text().await.contains("postgres://"));
    browser.reads("There are no older entries.").await;

    scene.writer.delete("AWS_KEY").await;
    browser.reads("deleted the secret AWS_KEY").await;

    browser.press(Button("Live")).await;
    browser.reads("Turn this on to see new entries.").await;
    scene.writer.set("LATER", "the value of LATER".into()).await;
    browser.press(Button("Live")).await;
    browser.reads("created the secret LATER").await;

    browser.choose(Field("Action"), "Read the value of …").await;
    log.lists(&["runner key"]).await;
    assert_eq!(browser.path().await, "/team/audit-log?action=read:secret-value");
    browser.reload().await;
    log.lists(&["runner key"]).await;
    browser.press(Button("Remove the filter Action: Read the value of …")).await;

    browser.fill(Field("Secret or other object"), "db_").await;
    log.lists(&["runner key", "user key"]).await;
    browser.fill(Field("Person or key"), "USER KEY").await;
    log.lists(&["user key"]).await;
    browser.press(Button("Clear all filters")).await;
    log.shows(&format!("{} logged in", scene.person.email)).await;

    browser.fill(Field("Person or key"), "nobody like it").await;
    browser.reads("No entry matches these filters.").await;
    browser.press(Button("Clear filters")).await;
    // A name in an entry is a filter.
    browser.press(Button("LATER")).await;
    log.lists(&["user key"]).await;
    browser.press(Button("Remove the filter Secret or other object: LATER")).await;
    log.shows("runner key").await;

    let lines = log.export("Export JSON lines", "audit-log-acme.jsonl").await;
    let actions = lines.lines().map(|line| {
        let entry: Value = serde_json::from_str(line).expect("each line is JSON");
        entry["action"].as_str().expect("an action").to_owned()
    });
    let actions: Vec<String> = actions.collect();
    for action in ["create:secret", "read:secret-value", "create:session"] {
        assert!(actions.iter().any(|known| known == action), "{action} in {actions:?}");
    }
    assert!(!lines.contains("postgres://"));
    log.shows(&format!("{} exported the audit log", scene.person.email)).await;

    browser.choose(Field("Action"), "Read the value of …").await;
    log.lists(&["runner key"]).await;
    let table = log.export("Export CSV", "audit-log-acme.csv").await;
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 2, "a heading and an entry: {table}");
    assert!(table.starts_with('\u{feff}'), "Excel recognises UTF-8 by the byte order mark");
    assert!(rows[0].contains("action") && rows[1].contains("read:secret-value"), "{table}");

    // The command line verifies the checkpoint.
    let dialog = Dialog::of(browser, "Checkpoint", "Checkpoint").await;
    let line = dialog.value_of("Checkpoint").await;
    assert!(line.starts_with("acme "), "{line}");
    dialog.finish("Close").await;
    let told = scene.server.admin(&["audit", "verify", "--team", "acme", "--checkpoint", &line]).await;
    assert!(told.contains("acme:") && told.contains("intact"), "{told}");
}
