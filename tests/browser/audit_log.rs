//! The audit log as people read it: live, filtered, exported, and kept elsewhere.

use serde_json::Value;
use strongroom_tests::browser::Button;
use strongroom_tests::page::AuditLogPage;

use crate::Scene;

async fn scene() -> Scene {
    let scene = Scene::new("administrator").await;
    scene.writer.set("DB_URL", "postgres://db.acme.example".into()).await;
    scene.runner.value("DB_URL").await;
    scene.writer.set("AWS_KEY", "AKIA and so on".into()).await;
    scene.log_in().await;
    scene
}

#[tokio::test]
async fn entries_come_in_while_one_watches() {
    let scene = scene().await;
    let log = AuditLogPage::enter(&scene.browser).await;
    log.shows("user key").await;
    log.shows("runner key").await;
    log.shows(&format!("{} logged in", scene.person.email)).await;
    assert!(!scene.browser.text().await.contains("postgres://"));
    scene.browser.reads("There are no older entries.").await;

    scene.writer.delete("AWS_KEY").await;
    scene.browser.reads("deleted the secret AWS_KEY").await;

    // Not while nobody wants it.
    scene.browser.press(Button("Live")).await;
    scene.browser.reads("Turn this on to see new entries.").await;
    scene.writer.set("LATER", "the value of LATER".into()).await;
    scene.browser.press(Button("Live")).await;
    scene.browser.reads("set the new secret LATER").await;
}

#[tokio::test]
async fn filters_narrow_it_down_and_stay_in_the_address() {
    let scene = scene().await;
    let browser = &scene.browser;
    let log = AuditLogPage::enter(browser).await;
    log.filter_action("Read the value of …").await;
    log.lists(&["runner key"]).await;
    assert_eq!(browser.path().await, "/team/audit-log?action=read:secret-value");
    browser.reload().await;
    log.lists(&["runner key"]).await;
    log.remove_filter("Action: Read the value of …").await;

    log.filter("Secret or other object", "db_").await;
    log.lists(&["runner key", "user key"]).await;
    log.filter("Person or key", "USER KEY").await;
    log.lists(&["user key"]).await;
    browser.press(Button("Clear all filters")).await;
    log.shows(&format!("{} logged in", scene.person.email)).await;

    log.filter("Person or key", "nobody like it").await;
    browser.reads("No entry matches these filters.").await;
    browser.press(Button("Clear filters")).await;
    // A name in an entry filters by itself.
    browser.press(Button("AWS_KEY")).await;
    log.lists(&["user key"]).await;
    log.remove_filter("Secret or other object: AWS_KEY").await;
    log.shows("runner key").await;
}

#[tokio::test]
async fn what_is_shown_is_what_is_exported_and_can_be_verified() {
    let scene = scene().await;
    let log = AuditLogPage::enter(&scene.browser).await;
    let lines = log.export("Export JSON lines", "audit-log-acme.jsonl").await;
    let entries: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let actions: Vec<&str> = entries.iter().filter_map(|entry| entry["action"].as_str()).collect();
    for action in ["create:secret", "read:secret-value", "create:session"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
    assert!(!lines.contains("postgres://"));
    log.shows(&format!("{} exported the audit log", scene.person.email)).await;

    log.filter_action("Read the value of …").await;
    log.lists(&["runner key"]).await;
    let table = log.export("Export CSV", "audit-log-acme.csv").await;
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 2, "a heading and an entry: {table}");
    assert!(table.starts_with('\u{feff}'), "Excel knows UTF-8 by the byte order mark");
    assert!(rows[0].contains("action") && rows[1].contains("read:secret-value"), "{table}");

    // The checkpoint is what the command line verifies.
    let line = log.checkpoint().await;
    assert!(line.starts_with("acme "), "{line}");
    let told = scene.server.admin(&["audit", "verify", "--team", "acme", "--checkpoint", &line]).await;
    assert!(told.contains("acme:") && told.contains("whole"), "{told}");
}
