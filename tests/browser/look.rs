//! Light and dark, wide and narrow, and the frame around the page.

use strongroom_tests::browser::{
    Browser,
    Target::{Button, Link},
};
use thirtyfour::prelude::*;

use crate::Scene;

/// The colour behind everything.
async fn background(browser: &Browser) -> String {
    let script = "return getComputedStyle(document.body).backgroundColor";
    browser.script(script).await.as_str().expect("a colour").to_owned()
}

#[tokio::test]
async fn the_theme_is_chosen_in_the_account_menu_and_stays() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    scene.log_in().await;
    let mut colours = Vec::new();
    for theme in ["Dark", "Light"] {
        browser.press(Button("Account menu")).await;
        browser.press(Button(theme)).await;
        let chosen = browser.see(Button(theme)).await;
        assert_eq!(chosen.attr("aria-pressed").await.expect("an attribute"), Some("true".to_owned()));
        let colour = background(browser).await;
        browser.reload().await;
        browser.see(Button("Add Secret")).await;
        assert_eq!(background(browser).await, colour, "{theme} survives a reload");
        colours.push(colour);
    }
    assert_ne!(colours[0], colours[1]);
    scene.browser.close().await;
}

#[tokio::test]
async fn a_narrow_window_keeps_everything_in_reach() {
    let scene = Scene::new("user").await;
    scene.writer.set(&"LONG_NAME_".repeat(20), "the value".into()).await;
    let browser = &scene.browser;
    scene.log_in().await.names().await;
    for width in [500, 700, 1280] {
        browser.resize(width).await;
        browser.see(Button("Add Secret")).await;
        browser.see(Button(&format!("Modify secret {}", "LONG_NAME_".repeat(20)))).await;
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.script(overflow).await, 0, "nothing sticks out at {width}");
    }
    browser.resize(500).await;
    browser.press(Button("Team Settings menu")).await;
    browser.see(Link("Secrets")).await;
    browser.keys(Key::Escape).await;
    assert_eq!(browser.focused().await, "Team Settings menu");
    scene.browser.close().await;
}

#[tokio::test]
async fn an_address_that_there_is_not_leads_home() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    scene.log_in().await;
    browser.open("/no/such/page").await;
    browser.reads("Page not found").await;
    browser.press(Link("Go to your team's secrets")).await;
    strongroom_tests::page::SecretsPage::seen(browser).await;
    scene.browser.close().await;
}

#[tokio::test]
async fn a_message_leaves_when_it_is_dismissed() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("A").await;
    dialog.value("the value of A").await;
    dialog.confirm().await;
    page.says("Secret added.").await;
    scene.browser.press(Button("Dismiss")).await;
    scene.browser.no_longer_reads("Secret added.").await;
    scene.browser.close().await;
}

/// Checks that each thing that can be used says what it is.
async fn assert_all_have_names(browser: &Browser) {
    let script = "return [...document.querySelectorAll('button, input, select, textarea, a')]
        .filter(it => it.checkVisibility())
        .filter(it => !(it.ariaLabel || it.labels?.length || it.textContent.trim()))
        .map(it => it.outerHTML)";
    assert_eq!(browser.script(script).await, serde_json::json!([]));
}

#[tokio::test]
async fn every_page_fits_a_narrow_window_and_has_names_for_everything() {
    let scene = Scene::new("administrator").await;
    let browser = &scene.browser;
    scene.writer.set("A", "the value of A".into()).await;
    let administrator = scene.team.session("administrator").await;
    administrator.invite("somebody.with.a.long.name@acme.example", "user").await;
    let input = serde_json::json!({"name": "nightly flows", "role": "runner", "secrets": ["DB_*", "A"]});
    administrator.new_key(input).await;
    let page = scene.log_in().await;
    page.toggle_columns(&["Version", "Last read", "Last read by"]).await;
    for (path, seen) in [
        ("/team/secrets", "Rows per page"),
        ("/team/members", "Pending invitations"),
        ("/team/roles", "Read values, with an API key"),
        ("/team/api-keys", "nightly flows"),
        ("/team/audit-log", "There are no older entries."),
        ("/team/settings", "Leave the team"),
        ("/account", "this one"),
    ] {
        for width in [1280, 500] {
            browser.resize(width).await;
            browser.open(path).await;
            browser.reads(seen).await;
            let overflow =
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.script(overflow).await, 0, "{path} sticks out at {width}");
            assert_all_have_names(browser).await;
        }
    }
    scene.browser.close().await;
}

#[tokio::test]
async fn every_field_and_button_has_a_name() {
    let scene = Scene::new("administrator").await;
    scene.writer.set("A", "the value of A".into()).await;
    let page = scene.log_in().await;
    page.lists(&["A"]).await;
    page.add().await;
    assert_all_have_names(&scene.browser).await;
    let language = scene.browser.script("return document.documentElement.lang").await;
    assert_eq!(language, "en");
    scene.browser.close().await;
}
