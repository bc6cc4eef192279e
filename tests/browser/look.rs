//! Themes, widths, accessibility, and the frame around the page.

use std::time::Duration;

use serde_json::{Value, json};
use strongroom_tests::browser::{Browser, Button, Field, In, Link};
use strongroom_tests::from_now;
use strongroom_tests::page::{ApiKeysPage, SecretsPage, TeamMenu};
use thirtyfour::prelude::*;

use crate::Scene;

async fn background(browser: &Browser) -> String {
    let script = "return getComputedStyle(document.body).backgroundColor";
    browser.script(script).await.as_str().expect("a colour").to_owned()
}

#[tokio::test]
async fn themes_persist_messages_disappear_and_an_unknown_address_leads_home() {
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

    page.draft("A", "the value of A").await.succeeds("Add secret", "Added A").await;
    browser.press(Button("Dismiss")).await;
    browser.no_longer_reads("Added A").await;

    browser.open("/team/no/such/page").await;
    browser.reads("Page not found").await;
    browser.press(In("//nav", &Link("Secrets"))).await;
    SecretsPage::seen(browser).await;
    browser.open("/no/such/page").await;
    browser.reads("Page not found").await;
    browser.press(Link("Go to your team's secrets")).await;
    SecretsPage::seen(browser).await;
}

async fn assert_fits(browser: &Browser, what: &str) {
    let overflow = "
        const {scrollWidth, clientWidth} = document.documentElement;
        return scrollWidth === clientWidth ? [] : [...document.querySelectorAll('body *')]
            .filter(it => it.getBoundingClientRect().right > clientWidth)
            .map(it => it.outerHTML.slice(0, 100))";
    assert_eq!(browser.script(overflow).await, json!([]), "{what} sticks out");
    let out_of_reach = "return [...document.querySelectorAll('button')]
        .filter(it => it.checkVisibility({visibilityProperty: true}) && !it.closest('.matrix'))
        .filter(it => it.getBoundingClientRect().left < 0 || it.getBoundingClientRect().right > innerWidth)
        .map(it => it.outerHTML)";
    assert_eq!(browser.script(out_of_reach).await, json!([]), "{what}");
}

/// No text leaves its cell, is cut off, or is squeezed into a column of a few letters.
async fn assert_readable(browser: &Browser, what: &str) {
    let unreadable = "
        const found = [];
        const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const holder = texts.currentNode.parentElement;
            const cell = holder.closest('td, th, dd, li');
            const is_hidden = !holder.checkVisibility() || holder.closest('.visually-hidden')
                || cell?.closest('thead')?.offsetWidth <= 1;
            if (!cell || is_hidden || !texts.currentNode.data.trim()) {
                continue;
            }
            const range = document.createRange();
            range.selectNode(texts.currentNode);
            const [box, text] = [cell.getBoundingClientRect(), range.getBoundingClientRect()];
            const is_cut = getComputedStyle(holder).textOverflow === 'ellipsis'
                && holder.scrollWidth > holder.clientWidth;
            const is_squeezed = text.width < 80 && text.height > 60;
            if (is_cut || is_squeezed || text.left < box.left - 1 || text.right > box.right + 1) {
                found.push(cell.outerHTML);
            }
        }
        return found";
    assert_eq!(browser.script(unreadable).await, json!([]), "{what}");
}

/// A webhook that is never reached.
const HOOK: &str = "https://hooks.invalid/a/rather/long/path/of/a/webhook?with=a-token-that-has-no-spaces";

/// A trust in a workflow, with a long claim.
fn trust() -> Value {
    let claim = |claim: &str, value: &str| json!({"claim": claim, "values": [value]});
    json!({
        "name": "deploy",
        "secrets": ["DB_*", "A"],
        "issuer": "https://token.actions.githubusercontent.com",
        "audiences": ["https://secrets.example.com"],
        "claims": [
            claim("ref", "refs/heads/a/rather/long/name/of-a-branch-that-has-no-spaces"),
            claim("repository", "acme/app"),
        ],
    })
}

/// A text of each page, once it is complete.
const PAGES: [(&str, &str); 8] = [
    ("/team/secrets", "Rows per page"),
    ("/team/members", "Pending invitations"),
    ("/team/roles", "Read values, with an API key"),
    ("/team/api-keys", "nightly flows"),
    ("/team/trusted-workloads", "GitHub Actions"),
    ("/team/audit-log", "There are no older entries."),
    ("/team/settings", "Leave the team"),
    ("/account", "this one"),
];

#[tokio::test]
async fn every_page_fits_and_is_readable_at_every_width() {
    let long = "LONG_NAME_".repeat(20);
    let scene = Scene::with_secrets("administrator", &[&long]).await;
    let browser = &scene.browser;
    let administrator = scene.team.session("administrator").await;
    administrator.invite("somebody.with.a.long.name@acme.example", "user").await;
    let input = json!({"name": "nightly flows", "role": "runner", "secrets": ["DB_*", "A"]});
    administrator.new_key(input).await;
    administrator.done("set_trust", trust()).await;
    administrator.set_webhook(HOOK).await;
    administrator.done_without_input("test_webhook").await;
    let page = scene.log_in().await;
    assert_eq!(browser.script("return document.documentElement.lang").await, "en");
    for width in [1280, 700, 500] {
        browser.resize(width).await;
        browser.see(Button("Add secret")).await;
        browser.see(Button(&format!("Modify secret {long}"))).await;
        assert_fits(browser, &format!("the table at {width}")).await;
        assert_readable(browser, &format!("the table at {width}")).await;
    }
    page.select(&[&long]).await;
    browser.see(Button("Create key for these")).await;
    assert_fits(browser, "the selection").await;
    page.select(&[&long]).await;
    let soon = from_now(Duration::from_hours(24));
    let expiring = json!({"name": "A", "value": "the value of A", "expires_at": soon});
    scene.writer.done("set_secret", expiring).await;
    page.delete(&long).await.finish("Delete secret").await;
    browser.see(Button("Undo")).await;
    assert_fits(browser, "the message").await;
    browser.reload().await;
    page.lists(&["A"]).await;
    page.toggle_columns(&["Version", "Last read", "Last read by"]).await;
    let dialog = page.add().await;
    assert_fits(browser, "the dialog").await;
    dialog.finish("Cancel").await;
    for (path, seen) in PAGES {
        browser.open(path).await;
        browser.reads(seen).await;
        // Also the widths of a zoomed window, with and without the drawer.
        for width in [1280, 1080, 960, 720, 600, 500] {
            browser.resize(width).await;
            assert_fits(browser, &format!("{path} at {width}")).await;
            assert_readable(browser, &format!("{path} at {width}")).await;
        }
    }
    browser.open("/team/secrets").await;
    browser.press(Button("Team settings menu")).await;
    browser.see(Link("Secrets")).await;
    browser.keys(Key::Escape).await;
    assert_eq!(browser.focused().await, "Team settings menu");
}

/// In light and dark; axe-core can't see forced colours.
async fn assert_accessible(browser: &Browser, what: &str) {
    for theme in ["light", "dark"] {
        // As the page sets it; drawn anew, because Chromium keeps some texts of a dialog in the other theme.
        let set = format!(
            "const root = document.documentElement;
            root.dataset.theme = '{theme}';
            root.style.display = 'none';
            root.offsetHeight;
            root.style.display = '';"
        );
        browser.script(&set).await;
        browser.assert_accessible(&format!("{what}, {theme}")).await;
    }
}

/// The dialog or menu that is open.
const OPEN: &str = "document.querySelector('dialog[open], [popover]:popover-open')";

async fn assert_accessible_once_open(browser: &Browser, what: &str) {
    let is_complete = format!("return {OPEN} !== null && !document.querySelector('[aria-busy=true]')");
    browser.is("it is open", async || browser.script(&is_complete).await == true).await;
    assert_accessible(browser, what).await;
}

#[tokio::test]
async fn every_page_and_dialog_is_accessible() {
    let scene = Scene::with_secrets("administrator", &["A", "A", "B"]).await;
    let browser = &scene.browser;
    scene.writer.delete("B").await;
    let administrator = scene.team.session("administrator").await;
    administrator.invite("bob@acme.example", "user").await;
    administrator.new_key(json!({"name": "nightly flows", "role": "runner", "secrets": ["DB_*"]})).await;
    administrator.new_role("on-call", &["read:secret"]).await;
    administrator.done("set_trust", trust()).await;
    administrator.set_webhook(HOOK).await;
    administrator.done_without_input("test_webhook").await;
    let member = scene.team.person("user").await.email;
    for (path, seen) in [
        ("/log-in", "Forgot it?"),
        ("/set-up", "This link has no setup token."),
        ("/join", "This link contains no invitation."),
        ("/no/such/page", "Page not found"),
    ] {
        browser.open(path).await;
        browser.reads(seen).await;
        assert_accessible(browser, path).await;
    }

    scene.log_in().await;
    let of_member =
        ["Change the role of", "End the sessions of", "Remove"].map(|action| format!("{action} {member}"));
    for (path, seen) in PAGES {
        browser.open(path).await;
        browser.reads(seen).await;
        assert_accessible(browser, path).await;
        let buttons: &[&str] = match path {
            "/team/secrets" => &[
                "Add secret", "Import", "Use and access of secret A", "History of secret A",
                "Modify secret A", "Delete secret A", "Recently deleted", "Filters", "Columns",
                "Team menu: The acme team", "Account menu", "Delete selected", "Create key for these",
            ],
            "/team/members" => &["Invite member", "Withdraw the invitation of bob@acme.example"],
            "/team/roles" => &["Create role", "Edit role on-call", "Delete role on-call"],
            "/team/api-keys" => {
                &["Create API key", "Edit API key nightly flows", "Revoke API key nightly flows"]
            }
            "/team/trusted-workloads" => &[
                "Trust a workload", "How to log in with deploy", "Test a token for deploy",
                "Edit trust deploy", "Remove trust deploy",
            ],
            "/team/audit-log" => &["Checkpoint"],
            "/team/settings" => &["Rename", "Change", "Remove", "Leave team…"],
            _ => &["Change password", "Log out everywhere"],
        };
        if path == "/team/secrets" {
            browser.press(Field("Select A")).await;
            browser.says("1 selected").await;
            assert_accessible(browser, "the selection").await;
        }
        let of_member = of_member.iter().map(String::as_str).filter(|_| path == "/team/members");
        for button in buttons.iter().copied().chain(of_member) {
            browser.press(Button(button)).await;
            assert_accessible_once_open(browser, button).await;
            browser.keys(Key::Escape).await;
            let is_closed = format!("return !{OPEN}");
            browser.is("it is closed", async || browser.script(&is_closed).await == true).await;
        }
    }
    let key = ApiKeysPage::enter(browser).await.create_runner("flows", "").await;
    assert_accessible_once_open(browser, "the new key").await;
    key.copy().await;
    for (keys, what) in [(TypingData::from("?"), "the keys"), (Key::Control + "k", "Go to…")] {
        browser.keys(keys).await;
        assert_accessible_once_open(browser, what).await;
        browser.keys(Key::Escape).await;
    }
    TeamMenu(browser).open("The acme team").await;
    browser.press(Button("New team…")).await;
    assert_accessible_once_open(browser, "the new team").await;
}

#[tokio::test]
async fn forced_colours_show_what_is_chosen() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    browser.prefer("forced-colors", "active").await;
    page.add().await;
    let script =
        "const colour = selector => getComputedStyle(document.querySelector(selector)).backgroundColor;
        return [
            ['.drawer__entry[aria-current=page]', '.drawer__entry:not([aria-current])'],
            ['[aria-pressed=true]', '[aria-pressed=false]'],
        ].filter(([chosen, other]) => colour(chosen) === colour(other))";
    assert_eq!(browser.script(script).await, json!([]));
}
