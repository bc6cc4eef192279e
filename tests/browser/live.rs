//! What others change is seen at once, without returning to the tab.

use std::time::{Duration, Instant};

use serde_json::json;
use strongroom_tests::browser::Browser;
use strongroom_tests::page::{LogInPage, come_back};

use crate::Scene;

#[tokio::test]
async fn two_windows_see_each_others_changes_in_lists_and_open_dialogs() {
    let scene = Scene::new("administrator").await;
    let ours = scene.log_in().await;
    let colleague = scene.team.person("administrator").await;
    let second = Browser::start(&scene.server).await;
    let theirs = LogInPage::open(&second).await.log_in(&colleague).await;

    theirs.store("A", "text", "the first value").await;
    let stored = Instant::now();
    ours.lists(&["A"]).await;
    assert!(stored.elapsed() < Duration::from_secs(10), "without a stream, the page asks every 15 seconds");
    let dialog = ours.history("A").await;
    dialog.says("Version 1 Current").await;
    theirs.overwrite("A", "the second value").await;
    dialog.says("Version 2 Current").await;
    dialog.finish("Close").await;
    ours.remove("A").await;
    theirs.lists(&[]).await;

    let admin = scene.team.key("administrator").await;
    let user_id = admin.member_id(&colleague.email).await;
    admin.done("update_member", json!({"user_id": user_id, "role": "read-only"})).await;
    second.reads("You can't manage this team's secrets.").await;
}

#[tokio::test]
async fn returning_to_the_tab_fetches_no_list_unless_something_has_changed() {
    const RETURNS: u64 = 10;
    let scene = Scene::with_secrets("user", &["A"]).await;
    let page = scene.log_in().await;
    page.lists(&["A"]).await;
    let count = "return performance.getEntriesByType('resource')
        .filter(entry => entry.name.endsWith('/graphql')).length";
    let requests = async || scene.browser.script(count).await.as_u64().expect("a number");
    let before = requests().await;
    for _ in 0..RETURNS {
        come_back(&scene.browser).await;
    }
    scene.writer.set("B", "the value of B".into()).await;
    page.lists(&["A", "B"]).await;
    // Each time, the page looks whether the session is still the same.
    let asked = requests().await - before;
    assert!(asked < 2 * RETURNS, "{asked} requests");
}
