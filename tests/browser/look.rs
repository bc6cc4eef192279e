//! Themes, widths, accessible names, and the frame around the page.

use serde_json::json;
use strongroom_tests::browser::{Browser, Button, In, Link};
use strongroom_tests::page::SecretsPage;
use thirtyfour::prelude::*;

use crate::Scene;

async fn background(browser: &Browser) -> String {
    let script = "return getComputedStyle(document.body).backgroundColor";
    browser.script(script).await.as_str().expect("a colour").to_owned()
}

#[tokio::test]
async fn themes_stay_messages_leave_and_an_unknown_address_leads_home() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    let mut colours = Vec::new();
    for theme in ["Dark", "Light"] {
        browser.press(Button("Account menu")).await;
        browser.press(Button(theme)).await;
        browser.assert_attributes(Button(theme), &[("aria-pressed", "true")]).await;
        let colour = background(browser).await;
        browser.reload().await;
        browser.see(Button("Add secret")).await;
        assert_eq!(background(browser).await, colour, "{theme} survives a reload");
        colours.push(colour);
    }
    assert_ne!(colours[0], colours[1]);

    let dialog = page.draft("A", "the value of A").await;
    dialog.succeeds("Confirm", "Secret added.").await;
    browser.press(Button("Dismiss")).await;
    browser.no_longer_reads("Secret added.").await;

    browser.open("/team/no/such/page").await;
    browser.reads("Page not found").await;
    browser.press(In("//nav", &Link("Secrets"))).await;
    SecretsPage::seen(browser).await;
    browser.open("/no/such/page").await;
    browser.reads("Page not found").await;
    browser.press(Link("Go to your team's secrets")).await;
    SecretsPage::seen(browser).await;
}

async fn assert_fits_and_has_names(browser: &Browser, what: &str) {
    let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.script(overflow).await, 0, "{what} sticks out");
    let nameless = "return [...document.querySelectorAll('button, input, select, textarea, a')]
        .filter(it => it.checkVisibility())
        .filter(it => !(it.ariaLabel || it.labels?.length || it.textContent.trim()))
        .map(it => it.outerHTML)";
    assert_eq!(browser.script(nameless).await, json!([]), "{what}");
}

#[tokio::test]
async fn every_page_fits_a_narrow_window_and_names_its_controls() {
    let long = "LONG_NAME_".repeat(20);
    let scene = Scene::with_secrets("administrator", &[&long]).await;
    let browser = &scene.browser;
    let administrator = scene.team.session("administrator").await;
    administrator.invite("somebody.with.a.long.name@acme.example", "user").await;
    let input = json!({"name": "nightly flows", "role": "runner", "secrets": ["DB_*", "A"]});
    administrator.new_key(input).await;
    let page = scene.log_in().await;
    assert_eq!(browser.script("return document.documentElement.lang").await, "en");
    for width in [500, 700, 1280] {
        browser.resize(width).await;
        browser.see(Button("Add secret")).await;
        browser.see(Button(&format!("Modify secret {long}"))).await;
        assert_fits_and_has_names(browser, &format!("the table at {width}")).await;
    }
    scene.writer.set("A", "the value of A".into()).await;
    scene.writer.delete(&long).await;
    browser.reload().await;
    page.lists(&["A"]).await;
    page.toggle_columns(&["Version", "Last read", "Last read by"]).await;
    let dialog = page.add().await;
    assert_fits_and_has_names(browser, "the dialog").await;
    dialog.finish("Cancel").await;
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
            assert_fits_and_has_names(browser, &format!("{path} at {width}")).await;
        }
    }
    browser.open("/team/secrets").await;
    browser.press(Button("Team settings menu")).await;
    browser.see(Link("Secrets")).await;
    browser.keys(Key::Escape).await;
    assert_eq!(browser.focused().await, "Team settings menu");
}
