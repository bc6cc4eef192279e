//! Adding, modifying and deleting: each step, each hint, each way out.

use std::time::Duration;

use serde_json::json;
use strongroom_tests::browser::{Browser, Button, Field};
use strongroom_tests::from_now;
use strongroom_tests::page::{Dialog, SecretsPage, enter, is_headed};
use thirtyfour::prelude::*;

use crate::Scene;

#[tokio::test]
async fn a_secret_is_added_overwritten_renamed_and_deleted() {
    let scene = Scene::new("administrator").await;
    let page = scene.log_in().await;
    scene.browser.reads("Your team doesn't have any secrets yet.").await;
    page.store("MY_SECRET", "text", "the first value").await;
    page.lists(&["MY_SECRET"]).await;
    assert_eq!(scene.runner.value("MY_SECRET").await, "the first value");
    page.overwrite("MY_SECRET", "the second value").await;
    assert_eq!(scene.runner.value("MY_SECRET").await, "the second value");

    // A rename keeps the value, which the dialog never has.
    let dialog = page.modify("MY_SECRET").await;
    dialog.assert_typed("MY_SECRET", "").await;
    dialog.says("Leave empty to keep it.").await;
    for name in ["MY_SECRET", "NEW", "MY_SECRET", "NEW"] {
        dialog.name(name).await;
        assert_eq!(dialog.can_press("Save").await, name == "NEW");
    }
    dialog.succeeds("Save", "Updated NEW").await;
    page.lists(&["NEW"]).await;
    assert_eq!(scene.runner.value("NEW").await, "the second value");
    assert_eq!(scene.runner.names().await, ["NEW"]);

    page.remove("NEW").await;
    page.lists(&[]).await;
    assert_eq!(scene.runner.names().await, [""; 0]);
}

#[tokio::test]
async fn back_closes_a_dialog_and_asks_about_typed_text() {
    let scene = Scene::new("user").await;
    let browser = &scene.browser;
    scene.log_in().await;
    enter(browser, "Members").await;
    enter(browser, "Secrets").await;
    let page = SecretsPage::seen(browser).await;
    let dialog = page.add().await;
    browser.back().await;
    dialog.closes().await;
    assert_eq!(browser.path().await, "/team/secrets");

    let dialog = page.draft("TYPED", "typed before going back").await;
    for answer in ["Keep editing", "Discard"] {
        browser.back().await;
        dialog.says("Discard what you typed?").await;
        assert_eq!(browser.path().await, "/team/secrets");
        dialog.assert_typed("TYPED", "typed before going back").await;
        dialog.press(answer).await;
    }
    dialog.closes().await;

    // A closed dialog leaves no step behind that the user would notice.
    browser.back().await;
    is_headed(browser, "Members").await;

    enter(browser, "Secrets").await;
    page.add().await.finish("Cancel").await;
    for name in ["Members", "Secrets", "Roles"] {
        enter(browser, name).await;
    }
    browser.back().await;
    is_headed(browser, "Secrets").await;
}

#[tokio::test]
async fn overwriting_an_existing_name_is_announced() {
    let scene = Scene::with_secrets("user", &["TAKEN"]).await;
    let page = scene.log_in().await;
    page.lists(&["TAKEN"]).await;
    let dialog = page.add().await;
    for other in ["taken", "TAKE"] {
        dialog.name(other).await;
        assert!(!dialog.text().await.contains("overwrite"), "{other} is another name");
    }
    dialog.secret("TAKEN", "the new value").await;
    dialog.says("Its value will be overwritten.").await;
    dialog.succeeds("Overwrite", "Updated TAKEN").await;
    page.lists(&["TAKEN"]).await;
    assert_eq!(scene.runner.value("TAKEN").await, "the new value");

    // So is a rename to another secret's name.
    page.store("B", "text", "the value of B").await;
    let rename = async || {
        let dialog = page.modify("TAKEN").await;
        dialog.name("B").await;
        dialog.says("Another secret has this name. It will be overwritten.").await;
        dialog
    };
    rename().await.discard().await;
    assert_eq!(scene.runner.names().await, ["B", "TAKEN"]);
    rename().await.finish("Overwrite").await;
    page.lists(&["B"]).await;
    assert_eq!(scene.runner.value("B").await, "the new value");
}

#[tokio::test]
async fn expiry_is_a_reminder_with_a_badge_and_a_filter() {
    let scene = Scene::with_secrets("user", &["A", "B"]).await;
    let browser = &scene.browser;
    let page = scene.log_in().await;
    let expires_at = async || scene.writer.column("secret(where: {name: {_eq: \"A\"}})", "expires_at").await;
    let dialog = page.modify("A").await;
    dialog.choose("Expires", "On a date").await;
    dialog.refuses("Save", "Choose a day.").await;
    dialog.choose("Expires", "In 30 days").await;
    dialog.says("Programs can still read the value.").await;
    dialog.succeeds("Save", "Updated A").await;
    assert!(expires_at().await[0].is_string());
    browser.no_longer_reads("Expires").await;
    page.toggle_filters(&["Expiring or expired"]).await;
    browser.reads("No secret matches.").await;

    // Somebody else chooses an earlier day.
    let soon = from_now(Duration::from_hours(5 * 24));
    scene.writer.done("update_secret", json!({"name": "A", "expires_at": soon})).await;
    page.lists(&["A"]).await;
    browser.reads("Expires in").await;
    browser.assert_accessible("a badge").await;
    browser.arrives_at("/team/secrets?filter=expiring").await;
    browser.reload().await;
    page.lists(&["A"]).await;
    browser.reads("Expires in").await;

    // Another value keeps the day, until the user removes it.
    page.overwrite("A", "the second value").await;
    assert!(expires_at().await[0].is_string());
    let dialog = page.modify("A").await;
    assert_eq!(dialog.value_of("Expires").await, "keep");
    assert!(!dialog.can_press("Save").await);
    dialog.finish("Cancel").await;

    // So does a new secret of the same name. The form says so once the name is one that exists.
    for (choice, keeps) in [(None, true), (Some("Never"), false)] {
        let dialog = page.add().await;
        assert_eq!(dialog.value_of("Expires").await, "never");
        dialog.name("A").await;
        dialog.value("the third value").await;
        dialog.says("A secret with this name exists.").await;
        assert_eq!(dialog.value_of("Expires").await, "keep");
        if let Some(choice) = choice {
            dialog.choose("Expires", choice).await;
        }
        dialog.succeeds("Overwrite", "Updated A").await;
        assert_eq!(expires_at().await[0].is_string(), keeps);
    }
    browser.reads("No secret matches.").await;
    assert_eq!(scene.writer.column("secret", "expires_at").await, [json!(null), json!(null)]);
}

/// A token without a signature.
const EXPIRED: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.";

#[tokio::test]
async fn hints_about_names_and_values_appear_while_typing() {
    let scene = Scene::with_secrets("user", &["DB_PASSWORD", "DB_PASS\u{200b}WORD", "Caf\u{e9}"]).await;
    let page = scene.log_in().await;
    page.lists(&["Caf\u{e9}", "DB_PASSWORD", "DB_PASS‹U+200B›WORD"]).await;
    let dialog = page.add().await;
    for (name, hint) in [
        ("DB_PASS\u{ad}WORD", "This looks like DB_PASSWORD, but is a different name: DB_PASS‹U+00AD›WORD."),
        ("D\u{412}_PASSWORD", "This looks like DB_PASSWORD, but is a different name: D‹U+0412›_PASSWORD."),
        ("Cafe\u{301}", "This looks like Caf‹U+00E9›, but is a different name: Cafe‹U+0301›."),
    ] {
        dialog.name(name).await;
        dialog.says(hint).await;
    }
    dialog.name("DB_USER").await;
    dialog.no_longer_says("looks like").await;
    for (value, hint) in [
        ("token ", "The value ends with a space."),
        ("token\n", "The value is one line with a line break before or after it."),
        ("\u{feff}token", "The value begins with a byte order mark (U+FEFF)."),
        ("tok\u{ad}en", "The value has an invisible character (U+00AD)."),
        ("changeme", "The value looks like a placeholder."),
        ("{\"a\": 1}", "Sent as text. Switch to json to store it as JSON"),
        ("-----BEGIN KEY-----\nMIIE", "The value has a PEM block without an END line."),
        (EXPIRED, "The value is a JWT that expired on 2023-11-14."),
        ("to ken", ""),
        (" token", "The value begins with a space."),
    ] {
        dialog.value(value).await;
        if hint.is_empty() {
            dialog.no_longer_says("The value").await;
        } else {
            dialog.says(hint).await;
        }
    }
    dialog.finish("Add secret").await;
    assert_eq!(scene.runner.value("DB_USER").await, " token", "a hint changes no value");

    let dialog = page.add().await;
    dialog.value("some value").await;
    dialog.refuses("Add secret", "A secret's name is required.").await;
    for (name, rule) in [
        (" A", "A secret's name can't have white space at its start or end."),
        ("A ", "A secret's name can't have white space at its start or end."),
        ("A\u{ad}", "A secret's name can't have invisible characters at its start or end."),
        (&"x".repeat(256), "A secret's name can have at most 255 characters."),
    ] {
        dialog.name(name).await;
        dialog.says(rule).await;
        dialog.press("Add secret").await;
        dialog.assert_open().await;
    }
    dialog.name("A").await;
    dialog.no_longer_says("A secret's name").await;
    dialog.finish("Add secret").await;
    assert_eq!(scene.runner.value("A").await, "some value");
    assert_eq!(scene.runner.names().await.len(), 5, "no other name was stored");
}

#[tokio::test]
async fn hints_and_headings_update_on_a_translated_page() {
    let scene = Scene::with_secrets("administrator", &["TAKEN"]).await;
    let page = scene.log_in().await;
    let asked = "const root = document.documentElement;
        return root.translate === false && root.classList.contains('notranslate')
            && document.querySelector('meta[name=google]')?.content === 'notranslate'";
    assert_eq!(scene.browser.script(asked).await, true, "the page asks translators to leave it");

    // Chromium's translator replaces text nodes by elements with other text nodes.
    let translate = "const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), all = [];
        while (texts.nextNode()) all.push(texts.currentNode);
        for (const text of all.filter(text => text.data.trim() && !text.parentElement.closest('font'))) {
            const [outer, inner] = [document.createElement('font'), document.createElement('font')];
            inner.textContent = text.data;
            outer.append(inner);
            text.replaceWith(outer);
        }";
    let dialog = page.add().await;
    dialog.name("A ").await;
    dialog.refuses("Add secret", "can't have white space at its start or end").await;
    scene.browser.script(translate).await;
    dialog.name("TAKEN").await;
    dialog.says("Its value will be overwritten.").await;
    dialog.no_longer_says("no white space").await;
    dialog.discard().await;

    for entry in ["Members", "Audit log", "Roles"] {
        enter(&scene.browser, entry).await;
        scene.browser.script(translate).await;
    }
}

#[tokio::test]
async fn typed_text_is_masked_and_never_discarded_without_confirmation() {
    let scene = Scene::with_secrets("user", &["A"]).await;
    let page = scene.log_in().await;
    let browser = &scene.browser;

    // Without typed text, dialogs close at once.
    page.add().await.finish("Cancel").await;
    let dialog = page.modify("A").await;
    browser.keys(Key::Escape).await;
    dialog.closes().await;
    page.delete("A").await.finish("Cancel").await;

    let dialog = page.draft("TYPED", "typed and not sent").await;
    assert_eq!(dialog.mask().await, "disc", "masked by default");
    for (button, mask) in [("Show the value", "none"), ("Hide the value", "disc"), ("json", "disc")] {
        dialog.press(button).await;
        assert_eq!(dialog.mask().await, mask, "{button}");
    }
    for way_out in ["Cancel", "Escape", "outside"] {
        match way_out {
            "Cancel" => dialog.press("Cancel").await,
            "Escape" => browser.keys(Key::Escape).await,
            _ => {
                let outside = "const dialog = document.querySelector('dialog[open]');
                    for (const kind of ['mousedown', 'mouseup', 'click'])
                        dialog.dispatchEvent(new MouseEvent(kind, {bubbles: true, cancelable: true}));";
                browser.script(outside).await;
            }
        }
        dialog.says("Discard what you typed?").await;
        dialog.press("Keep editing").await;
        dialog.assert_typed("TYPED", "typed and not sent").await;
    }
    dialog.discard().await;
    page.lists(&["A"]).await;
    assert_eq!(scene.runner.names().await, ["A"]);
    page.add().await.assert_typed("", "").await;
}

#[tokio::test]
async fn renaming_and_deleting_elsewhere_lose_no_typed_text() {
    let scene = Scene::with_secrets("user", &["A", "B"]).await;
    let page = scene.log_in().await;
    let author = scene.writer.auth_info("name").await;
    let author = author.as_str().expect("a name");
    let dialog = page.delete("A").await;
    scene.writer.delete("A").await;
    dialog.succeeds("Delete secret", "That secret was already deleted or renamed.").await;
    page.lists(&["B"]).await;

    let dialog = page.modify("B").await;
    dialog.value("typed before the rename").await;
    scene.writer.done("update_secret", json!({"name": "B", "new_name": "C"})).await;
    dialog.refuses("Save", "This secret is now called C.").await;
    dialog.says(&format!("{author} changed it just now.")).await;
    dialog.assert_typed("C", "typed before the rename").await;
    dialog.finish("Save").await;
    page.lists(&["C"]).await;
    assert_eq!(scene.runner.value("C").await, "typed before the rename");

    let dialog = page.modify("C").await;
    dialog.value("typed before the deletion").await;
    scene.writer.delete("C").await;
    dialog.refuses("Save", &format!("{author} deleted this secret just now. You can add it again.")).await;
    dialog.assert_typed("C", "typed before the deletion").await;
    dialog.succeeds("Add secret", "Added C").await;
    page.lists(&["C"]).await;
    assert_eq!(scene.runner.value("C").await, "typed before the deletion");
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let scene = Scene::with_secrets("user", &["A"]).await;
    let page = scene.log_in().await;
    page.lists(&["A"]).await;
    let browser = &scene.browser;

    let dialog = page.add().await;
    assert_eq!(browser.focused().await, "Secret name", "the first field has the focus");
    browser.keys("BY KEYS").await;
    dialog.value("typed by keys alone").await;
    browser.keys(Key::Control + Key::Enter).await;
    dialog.closes().await;
    page.lists(&["A", "BY KEYS"]).await;
    assert_eq!(scene.runner.value("BY KEYS").await, "typed by keys alone");

    let dialog = page.modify("A").await;
    browser.keys(Key::Escape).await;
    dialog.closes().await;
    assert_eq!(browser.focused().await, "Modify secret A", "the focus is back where it was");
}

#[tokio::test]
async fn keys_act_on_the_page_and_never_while_the_user_types() {
    let names = ["A", "B", "AUDIT_URL"];
    let scene = Scene::with_secrets("administrator", &names).await;
    let page = scene.log_in().await;
    page.lists(&["A", "AUDIT_URL", "B"]).await;
    let browser = &scene.browser;
    let focus_is = async |label: &str| {
        browser.is(&format!("the focus is on {label:?}"), async || browser.focused().await == label).await;
    };

    browser.keys("/").await;
    focus_is("Search for a secret").await;
    // All of them are text here.
    browser.keys("njke?/").await;
    assert_eq!(browser.value(Field("Search for a secret")).await, "njke?/");
    page.lists(&[]).await;
    assert!(!browser.has_dialog().await);
    browser.keys(Key::Escape).await;
    page.lists(&["A", "AUDIT_URL", "B"]).await;
    browser.script("document.activeElement.blur()").await;

    for (key, label) in [("j", "Select A"), ("j", "Select AUDIT_URL"), ("k", "Select A")] {
        browser.keys(key).await;
        focus_is(label).await;
    }
    browser.keys(" ").await;
    browser.says("1 selected").await;
    browser.keys("j").await;
    focus_is("Select AUDIT_URL").await;
    browser.keys("j").await;
    focus_is("Select B").await;
    browser.keys(Key::Shift + " ").await;
    browser.says("3 selected").await;
    browser.keys(Key::Escape).await;
    browser.is("nothing is selected", async || !browser.shows(Button("Copy names")).await).await;
    browser.keys("k").await;
    browser.keys("e").await;
    let dialog = Dialog::titled(browser, "Modify secret").await;
    dialog.assert_typed("AUDIT_URL", "").await;
    dialog.value("njke?/").await;
    dialog.discard().await;

    browser.keys("n").await;
    Dialog::titled(browser, "Create new secret").await.finish("Cancel").await;
    browser.keys("?").await;
    let dialog = Dialog::titled(browser, "Keyboard shortcuts").await;
    dialog.says("Next row").await;
    dialog.tick("Use single keys").await;
    dialog.finish("Close").await;
    browser.keys("n").await;
    browser.keys(Key::Control + "k").await;
    Dialog::titled(browser, "Go to…").await.finish("Close").await;

    // Pages, secrets and actions, some of them on other pages.
    let go_to = async |text: &str, first: &str| {
        browser.keys(Key::Control + "k").await;
        let dialog = Dialog::titled(browser, "Go to…").await;
        focus_is("Page, secret or action").await;
        browser.keys(text).await;
        let script = "return document.querySelector('[role=option][aria-selected=true]')?.innerText ?? ''";
        browser.is(first, async || browser.script(script).await.as_str() == Some(first)).await;
        browser.keys(Key::Enter).await;
        dialog
    };
    // Also while the user types.
    browser.press(Field("Search for a secret")).await;
    go_to("audit l", "Audit log\nPage").await.closes().await;
    is_headed(browser, "Audit log").await;
    go_to("audit-url", "AUDIT_URL\nSecret").await.closes().await;
    browser.arrives_at("/team/secrets?search=AUDIT_URL").await;
    page.lists(&["AUDIT_URL"]).await;
    go_to("role create", "Create role\nAction").await;
    Dialog::titled(browser, "New role").await.finish("Cancel").await;
    enter(browser, "Secrets").await;
    page.select(&["A"]).await;
    go_to("selected", "Delete selected\nAction").await;
    Dialog::titled(browser, "Delete secret?").await.succeeds("Delete secret", "Deleted A").await;
    go_to("shortcuts", "Keyboard shortcuts\nAction").await;
    let dialog = Dialog::titled(browser, "Keyboard shortcuts").await;
    dialog.tick("Use single keys").await;
    dialog.finish("Close").await;
    browser.keys("n").await;
    Dialog::titled(browser, "Create new secret").await.finish("Cancel").await;
}

#[tokio::test]
async fn names_are_text_and_never_html() {
    let scene = Scene::new("user").await;
    let names = ["\"quotes' <\"", "&amp;", "<b>bold</b>", "<img src=x onerror=\"document.title='owned'\">"];
    let page = scene.log_in().await;
    for name in names {
        page.store(name, "text", "some harmless value").await;
    }
    page.lists(&names).await;
    let dialog = page.delete(names[3]).await;
    dialog.says(names[3]).await;
    dialog.succeeds("Delete secret", &format!("Deleted {}", names[3])).await;
    let dialog = page.modify(names[2]).await;
    dialog.assert_typed(names[2], "").await;
    dialog.finish("Cancel").await;
    page.lists(&names[..3]).await;
    let injected = "return document.querySelectorAll('main b, main img, dialog img').length";
    assert_eq!(scene.browser.script(injected).await, 0);
    assert!(!scene.browser.title().await.contains("owned"));
}

#[tokio::test]
async fn a_change_elsewhere_is_overwritten_only_after_confirmation_and_a_rename_names_affected_keys() {
    let scene = Scene::with_secrets("user", &["A", "AWS_KEY"]).await;
    let page = scene.log_in().await;
    let dialog = page.modify("A").await;
    dialog.value("the value of this window").await;
    dialog.fill("Description", "the typed text stays").await;
    let elsewhere = async |tab: &Browser| {
        SecretsPage::open(tab).await.overwrite("A", "the value of the other window").await;
    };
    scene.browser.in_another_tab(elsewhere).await;
    dialog.refuses("Save", &format!("{} changed this secret just now.", scene.person.email)).await;
    dialog.assert_typed("A", "the value of this window").await;
    assert_eq!(scene.runner.value("A").await, "the value of the other window");
    dialog.finish("Overwrite").await;
    assert_eq!(scene.runner.value("A").await, "the value of this window");

    let dialog = page.delete("A").await;
    scene.writer.set("A", "the fourth value".into()).await;
    dialog.refuses("Delete secret", "has changed it. Delete it anyway?").await;
    dialog.finish("Delete secret").await;
    page.lists(&["AWS_KEY"]).await;

    let admin = scene.team.key("administrator").await;
    for (name, pattern) in [("nightly load", "DB_*"), ("reports", "AWS_*")] {
        admin.new_key(json!({"name": name, "role": "runner", "secrets": [pattern]})).await;
    }
    let dialog = page.modify("AWS_KEY").await;
    dialog.name("DB_KEY").await;
    dialog.refuses("Save", "Gain access: nightly load").await;
    dialog.says("Lose access: reports").await;
    assert_eq!(scene.runner.names().await, ["AWS_KEY"]);
    dialog.name("DB_KEY_2").await;
    assert!(!dialog.text().await.contains("access:"), "the message was about another name");
    dialog.refuses("Save", "Gain access: nightly load").await;
    dialog.finish("Rename").await;
    page.lists(&["DB_KEY_2"]).await;
}
