//! The audit log as users read it: live, filtered, exported, and verified.

use serde_json::{Value, json};
use strongroom_tests::assert_says;
use strongroom_tests::browser::{Browser, Button, Field};
use strongroom_tests::page::{AuditLogPage, Dialog, SecretsPage};

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
    assert_says(&told, &["acme:", "intact"]);
}

#[tokio::test]
async fn access_shows_who_reads_a_secret_and_changes_say_it_too() {
    let scene = Scene::with_secrets("administrator", &["DB_URL", "UNREAD"]).await;
    let administrator = scene.team.key("administrator").await;
    let key = async |name: &str, secrets: &[&str]| {
        let input = json!({"name": name, "role": "runner", "secrets": secrets});
        administrator.new_key(input).await.1
    };
    let (flows, deploy) = (key("flows", &["DB_*", "AWS_*"]).await, key("deploy", &["DB_URL"]).await);
    key("elsewhere", &["AWS_*"]).await;
    for client in [&deploy, &flows, &deploy, &flows, &flows] {
        client.value("DB_URL").await;
    }
    let page = scene.log_in().await;
    let browser = &scene.browser;

    let dialog = page.use_it("DB_URL").await;
    dialog.press("Access").await;
    for part in ["Reads in the last 30 days", "flows", "3 reads", "deploy", "2 reads", "Last reads"] {
        dialog.says(part).await;
    }
    let text = dialog.text().await;
    let (reads, keys) = text.split_once("Keys that can read it").expect("both parts");
    assert_eq!(reads.matches("127.0.0.1").count(), 5, "{reads}");
    assert_says(keys, &["flows", "DB_*", "deploy", "DB_URL", "runner key", "All secrets", "Runner"]);
    assert!(!text.contains("AWS_*") && !text.contains("elsewhere"), "only limits that match: {text}");
    let bars = "return [...document.querySelectorAll('.bars')].map(bars => [
        bars.getAttribute('aria-label').split(',')[0], bars.children.length,
        [...bars.children].filter(bar => bar.getBoundingClientRect().height > 2 && !bar.matches('.bar--0')).length,
    ])";
    let expected = json!([["3 reads on 1 of 30 days", 30, 1], ["2 reads on 1 of 30 days", 30, 1]]);
    assert_eq!(browser.script(bars).await, expected);
    browser.assert_accessible("Access").await;
    dialog.finish("Close").await;

    // Deleting and modifying say it, and nothing moves when it arrives.
    let who = "Read by flows just now and by 1 other key this week.";
    for (button, title) in
        [("Delete secret DB_URL", "Delete secret?"), ("Modify secret DB_URL", "Modify secret")]
    {
        let dialog = Dialog::of(browser, button, title).await;
        dialog.says(who).await;
        let place = "const line = document.querySelector('.readers-line'), next = line.nextElementSibling;
            const top = next.getBoundingClientRect().top;
            line.textContent = '';
            return next.getBoundingClientRect().top - top";
        assert_eq!(browser.script(place).await, 0, "{button}");
        dialog.finish("Cancel").await;
    }
    let dialog = page.delete("UNREAD").await;
    dialog.says("No key has read it in the last 30 days.").await;
    dialog.finish("Cancel").await;
    // They don't wait for it either.
    let unreachable = async |tab: &Browser| {
        let page = SecretsPage::open(tab).await;
        page.lists(&["DB_URL", "UNREAD"]).await;
        let fail = "const fetch = window.fetch;
            window.fetch = async (request, options) =>
                (await request.clone?.().text() ?? '').includes('ReadersOf')
                    ? new Promise(() => {}) : fetch(request, options)";
        tab.script(fail).await;
        page.delete("UNREAD").await.succeeds("Delete secret", "Deleted UNREAD").await;
    };
    browser.in_another_tab(unreachable).await;

    // Others see no more than the last read in the table.
    let member = scene.team.person("user").await;
    strongroom_tests::page::log_out(browser).await;
    strongroom_tests::page::LogInPage::open(browser).await.log_in(&member).await;
    let dialog = Dialog::of(browser, "Use secret DB_URL", "Use it").await;
    dialog.says("Command line").await;
    assert!(!browser.shows(Button("Access")).await);
    dialog.finish("Close").await;
    let dialog = page.delete("DB_URL").await;
    assert!(!dialog.text().await.contains("Read by"));
}
