//! What the browser gets to keep: nothing. And whom the page talks to: its own server.

use strongroom_tests::browser::Browser;
use strongroom_tests::page::{AccountPage, ApiKeysPage, JoinPage, LogInPage, MembersPage, SecretsPage};

use crate::Scene;

#[tokio::test]
async fn a_value_is_gone_from_the_page_once_the_dialog_is_closed() {
    let scene = Scene::new("user").await;
    let secret = "the value to be forgotten";
    let page = scene.log_in().await;
    page.store("A", "text", secret).await;
    scene.browser.assert_forgets().await;

    let dialog = page.modify("A").await;
    assert_eq!(dialog.typed_value().await, "", "never prefilled");
    dialog.value("another value to be forgotten").await;
    dialog.press("Show what is typed").await;
    dialog.cancel().await;
    dialog.press("Discard").await;
    dialog.closes().await;
    scene.server.store().must_stay_secret("another value to be forgotten");
    scene.browser.assert_forgets().await;

    let dialog = page.add().await;
    assert_eq!(dialog.typed_value().await, "");
    assert_eq!(dialog.value_field().await.css_value("-webkit-text-security").await.expect("a style"), "disc");
    dialog.cancel().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn the_field_of_the_value_is_left_alone_by_helpers() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    let field = dialog.value_field().await;
    for (attribute, value) in [("autocomplete", "off"), ("spellcheck", "false"), ("autocapitalize", "off")] {
        assert_eq!(field.attr(attribute).await.expect("an attribute").as_deref(), Some(value), "{attribute}");
    }
    dialog.cancel().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn the_page_talks_to_its_own_server_alone() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    page.store("A", "text", "the value of A").await;
    let script = "return performance.getEntriesByType('resource').map(entry => entry.name)
        .filter(name => !name.startsWith(location.origin + '/'))";
    assert_eq!(scene.browser.script(script).await, serde_json::json!([]));
    let addresses = scene
        .browser
        .script("return performance.getEntriesByType('resource').map(entry => entry.name)")
        .await;
    assert!(!addresses.to_string().contains("value of A"), "{addresses}");
    scene.browser.close().await;
}

#[tokio::test]
async fn no_value_comes_back_from_the_server_to_the_page() {
    let scene = Scene::new("administrator").await;
    scene.writer.set("A", "known to programs alone".into()).await;
    let page = scene.log_in().await;
    page.lists(&["A"]).await;
    page.modify("A").await.cancel().await;
    scene.browser.assert_forgets().await;
    // Even when asked by hand, with the session that the page has.
    let script = "const request = new XMLHttpRequest();
        request.open('POST', '/graphql', false);
        request.setRequestHeader('content-type', 'application/json');
        request.send(JSON.stringify({query: '{ secret_value(name: \"A\") }'}));
        return request.responseText";
    let answer = scene.browser.script(script).await;
    let answer = answer.as_str().expect("text");
    assert!(answer.contains("FORBIDDEN") && !answer.contains("known to programs"), "{answer}");
    scene.browser.close().await;
}

#[tokio::test]
async fn scripts_that_get_into_the_page_do_not_run() {
    let scene = Scene::new("user").await;
    scene.log_in().await;
    let browser = &scene.browser;
    let script = "const inline = document.createElement('script');
        inline.textContent = \"document.title = 'owned'\";
        document.body.append(inline);
        const image = document.createElement('div');
        image.innerHTML = '<img src=\"/x\" onerror=\"document.title = 1\">';
        document.body.append(image);";
    browser.script(script).await;
    let mut blocked = Vec::new();
    browser
        .until("both are blocked", async || {
            let console = browser.console().await.into_iter();
            blocked.extend(console.filter(|entry| entry.contains("Content Security Policy")));
            Ok((blocked.len() >= 2).then_some(()))
        })
        .await;
    assert!(browser.title().await.contains("Secrets"));
    scene.browser.close_after(&["Content Security Policy", "/x"]).await;
}

/// Checks that no address that the page has asked for, or shows, holds anything that must stay secret.
async fn assert_addresses_keep_secrets(browser: &Browser) {
    let script =
        "return [...performance.getEntries().map(entry => entry.name), location.href, document.referrer]
        .map(decodeURIComponent).join('\\n')";
    let addresses = browser.script(script).await;
    let addresses = addresses.as_str().expect("text");
    browser.store().assert_keeps_secrets("an address", addresses);
}

#[tokio::test]
async fn what_opens_a_door_is_nowhere_once_it_is_used() {
    let scene = Scene::new("administrator").await;
    let ada = &scene.browser;
    scene.log_in().await;
    assert_addresses_keep_secrets(ada).await;
    let members = MembersPage::enter(ada).await;
    let link = members.invite_as("bob@acme.example", "Administrator").await;
    assert_addresses_keep_secrets(ada).await;
    ada.assert_forgets().await;

    let bob = Browser::start(&scene.server).await;
    LogInPage::open(&bob).await;
    let joining = JoinPage::open(&bob, &link).await;
    joining.join("bob's long password").await;
    bob.assert_forgets().await;
    bob.back().await;
    bob.until("the page has settled", async || Ok((!bob.text().await.trim().is_empty()).then_some(()))).await;
    assert!(!bob.address().await.contains("token"), "{}", bob.address().await);
    bob.open("/team/secrets").await;
    SecretsPage::seen(&bob).await;

    let keys = ApiKeysPage::enter(&bob).await;
    let made = keys.create_runner("flows", "").await;
    made.settings("curl").await;
    assert_addresses_keep_secrets(&bob).await;
    made.copy().await;
    bob.assert_forgets().await;

    let account = AccountPage::enter(&bob).await;
    let new = "bob's even longer password";
    let dialog = account.change_password("bob's long password", new, new).await;
    dialog.closes().await;
    assert_addresses_keep_secrets(&bob).await;
    bob.close().await;
    scene.browser.close().await;
}
