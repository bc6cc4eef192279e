//! How the page is loaded: what comes first, what follows, and what happens if loading fails.

use strongroom_tests::browser::{Browser, Button, Link};
use strongroom_tests::page::{LogInPage, MembersPage, SecretsPage};

use crate::Scene;

/// The names of the files that were requested, without their hashes.
async fn files(browser: &Browser) -> Vec<String> {
    let script = "return performance.getEntriesByType('resource')
        .filter(entry => !entry.name.endsWith('/graphql'))
        .map(entry => entry.name.split('/').pop().replace(/-[0-9a-f]{16}/, ''))
        .sort()";
    serde_json::from_value(browser.script(script).await).expect("a list of strings")
}

const FIRST: [&str; 3] = ["start.js", "strongroom_bg.wasm", "style.css"];

#[tokio::test]
async fn first_pages_load_few_files_and_the_others_follow() {
    let scene = Scene::new("administrator").await;
    let browser = &scene.browser;
    let is_loaded = async |name: &str| files(browser).await.iter().any(|file| file == name);
    // Without the stream of changes, which makes the page ask again.
    browser.expects(&["ERR_BLOCKED_BY_CLIENT"]);
    browser.block(&["*/events*"]).await;

    browser.open("/log-in").await;
    // Without `LogInPage::open`, which would move the pointer.
    browser
        .is("there is a form", async || {
            browser.script("return !!document.querySelector('form')").await == true
        })
        .await;
    let mut found = files(browser).await;
    found.retain(|file| file != "favicon.svg");
    assert_eq!(found, FIRST);
    let queries =
        "return performance.getEntriesByType('resource').filter(it => it.name.endsWith('/graphql')).length";
    assert_eq!(browser.script(queries).await, 1, "the page takes the responses of the first request");

    LogInPage::seen(browser).await.log_in(&scene.person).await;
    browser.is("dialogs and pages are loaded in advance", async || is_loaded("split_rest.wasm").await).await;
    browser.is("their style, too", async || is_loaded("later.css").await).await;
    assert!(!is_loaded("split_entry.wasm").await, "a user has no need of an invitation");

    SecretsPage::open(browser).await;
    assert_eq!(browser.script(queries).await, 1, "user and secrets come in one response");
    for address in [
        "?search=A%20b&filter=never_read,unused&sort=-last-read-by&rows=25&page=3",
        "?groups=on&rows=All&sort=color&page=x",
    ] {
        browser.open(&format!("/team/secrets{address}")).await;
        browser.see(Button("Add secret")).await;
        browser.reads("doesn't have any secrets yet").await;
        assert_eq!(browser.script(queries).await, 1, "so does the page of the address {address}");
    }
    SecretsPage::open(browser).await.store("FIRST", "text", "typed in a dialog").await;
    MembersPage::enter(browser).await;
    browser.back().await;
    SecretsPage::seen(browser).await.lists(&["FIRST"]).await;
}

#[tokio::test]
async fn parts_that_fail_to_load_say_so_and_work_after_a_reload() {
    let scene = Scene::new("administrator").await;
    let browser = &scene.browser;
    browser.expects(&["ERR_BLOCKED_BY_CLIENT", "Failed to fetch"]);
    browser.block(&["*strongroom_bg.wasm"]).await;
    browser.open("/log-in").await;
    browser.reads("Strongroom could not be loaded.").await;
    browser.block(&["*split_*.wasm"]).await;
    let page = scene.log_in().await;
    browser.press(Button("Add secret")).await;
    page.says("The server can't be reached, or has been updated.").await;
    browser.press(Link("Members")).await;
    browser.reads("Could not load this page").await;

    browser.block(&[]).await;
    browser.press(Button("Retry")).await;
    MembersPage::enter(browser).await;
}
