//! The browser keeps no secret, and the page talks only to its own server.

use serde_json::json;
use strongroom_tests::browser::Browser;
use strongroom_tests::page::{AccountPage, ApiKeysPage, JoinPage, LogInPage, MembersPage, SecretsPage};

use crate::Scene;

#[tokio::test]
async fn the_page_sends_values_but_reads_none_and_runs_no_injected_script() {
    let scene = Scene::new("administrator").await;
    let page = scene.log_in().await;
    page.store("A", "text", "the value to be forgotten").await;
    scene.browser.assert_forgets().await;

    let dialog = page.modify("A").await;
    dialog.assert_typed("A", "").await;
    let attributes = [("autocomplete", "off"), ("spellcheck", "false"), ("autocapitalize", "off")];
    dialog.assert_value_field(&attributes).await;
    dialog.value("another value to be forgotten").await;
    dialog.press("Show the value").await;
    dialog.discard().await;
    scene.server.store().must_stay_secret("another value to be forgotten");
    scene.browser.assert_forgets().await;

    let dialog = page.add().await;
    dialog.assert_typed("", "").await;
    dialog.assert_value_field(&attributes).await;
    assert_eq!(dialog.mask().await, "disc");
    dialog.finish("Cancel").await;

    let script = "return performance.getEntriesByType('resource').map(entry => entry.name)
        .filter(name => !name.startsWith(location.origin + '/'))";
    assert_eq!(scene.browser.script(script).await, json!([]));
    assert_addresses_keep_secrets(&scene.browser).await;

    // The page reads no value.
    scene.writer.set("A", "known to programs alone".into()).await;
    page.lists(&["A"]).await;
    page.modify("A").await.finish("Cancel").await;
    scene.browser.assert_forgets().await;
    // A request with the page's session is refused as well.
    let script = "const request = new XMLHttpRequest();
        request.open('POST', '/graphql', false);
        request.setRequestHeader('content-type', 'application/json');
        request.send(JSON.stringify({query: '{ secret_value(name: \"A\") }'}));
        return request.responseText";
    let answer = scene.browser.script(script).await.to_string();
    assert!(answer.contains("FORBIDDEN") && !answer.contains("known to programs"), "{answer}");

    let browser = &scene.browser;
    let script = "const inline = document.createElement('script');
        inline.textContent = \"document.title = 'owned'\";
        document.body.append(inline);
        const image = document.createElement('div');
        image.innerHTML = '<img src=\"/x\" onerror=\"document.title = 1\">';
        document.body.append(image);";
    assert_eq!(browser.console().await, [""; 0], "nothing so far");
    browser.script(script).await;
    let mut blocked = 0;
    let count_blocked = async || {
        let console = browser.console().await;
        blocked += console.iter().filter(|entry| entry.contains("Content Security Policy")).count();
        blocked >= 2
    };
    browser.is("both are blocked", count_blocked).await;
    assert!(browser.title().await.contains("Secrets"));
    browser.expects(&["Content Security Policy", "/x"]);
}

async fn assert_addresses_keep_secrets(browser: &Browser) {
    let script =
        "return [...performance.getEntries().map(entry => entry.name), location.href, document.referrer]
        .map(decodeURIComponent).join('\\n')";
    browser.store().assert_keeps_secrets("an address", &browser.script(script).await.to_string());
}

#[tokio::test]
async fn tokens_keys_and_passwords_are_in_no_address_and_forgotten() {
    let scene = Scene::new("administrator").await;
    let ada = &scene.browser;
    scene.log_in().await;
    assert_addresses_keep_secrets(ada).await;
    let link = MembersPage::enter(ada).await.invite_as("bob@acme.example", "Administrator").await;
    assert_addresses_keep_secrets(ada).await;
    ada.assert_forgets().await;

    let bob = Browser::start(&scene.server).await;
    LogInPage::open(&bob).await;
    JoinPage::open(&bob, &link).await.join("bob's long password").await;
    bob.assert_forgets().await;
    bob.back().await;
    bob.is("the page has settled", async || !bob.text().await.trim().is_empty()).await;
    assert!(!bob.address().await.contains("token"), "{}", bob.address().await);
    bob.open("/team/secrets").await;
    SecretsPage::seen(&bob).await;

    let key = ApiKeysPage::enter(&bob).await.create_runner("flows", "").await;
    key.settings("curl").await;
    assert_addresses_keep_secrets(&bob).await;
    key.copy().await;
    bob.assert_forgets().await;

    let account = AccountPage::enter(&bob).await;
    let new = "bob's even longer password";
    account.change_password("bob's long password", new, new).await.closes().await;
    assert_addresses_keep_secrets(&bob).await;
}
