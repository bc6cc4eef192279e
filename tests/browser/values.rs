//! What is typed is what a program reads: text to the byte, JSON to the digit.

use serde_json::json;

use crate::Scene;

/// What a program reads of a secret, as the JSON text on the wire.
async fn read(scene: &Scene, name: &str) -> String {
    let answer = scene.runner.try_value(name).await;
    let value =
        answer.text.strip_prefix(r#"{"data":{"secret_value":"#).and_then(|rest| rest.strip_suffix("}}"));
    value.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[tokio::test]
async fn text_stays_text_to_the_byte() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    for (index, text) in [
        "123",
        "true",
        "0777",
        " x ",
        "abc #c",
        "\"quoted\"",
        "{\"a\": 1}",
        "first line\nsecond line\n",
        "clé ключ 鍵",
        "<b>&amp;</b>",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("TEXT {index}");
        page.store(&name, "text", text).await;
        assert_eq!(read(&scene, &name).await, json!(text).to_string());
    }
    scene.browser.close().await;
}

#[tokio::test]
async fn json_keeps_its_digits_and_the_order_of_its_keys() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    for (index, (typed, stored)) in [
        ("12345678901234567890123", "12345678901234567890123"),
        ("1.10", "1.10"),
        ("\"123\"", "\"123\""),
        ("null", "null"),
        ("{\"z\": 1, \"a\": [0.10, true], \"10\": 1, \"9\": 2}", r#"{"z":1,"a":[0.10,true],"10":1,"9":2}"#),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("JSON {index}");
        page.store(&name, "json", typed).await;
        assert_eq!(read(&scene, &name).await, stored);
    }
    scene.browser.close().await;
}

#[tokio::test]
async fn what_is_no_json_is_told_while_typing_and_not_stored() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("J").await;
    dialog.format("json").await;
    dialog.value("{\"hunter\": 2").await;
    dialog.says("Not valid JSON at line 1").await;
    dialog.confirm().await;
    assert!(dialog.is_open().await);
    assert_eq!(scene.runner.names().await, [""; 0]);

    dialog.value("{\"hunter\": 2}").await;
    dialog.no_longer_says("Not valid JSON").await;
    dialog.confirm().await;
    dialog.closes().await;
    assert_eq!(scene.runner.value("J").await, json!({"hunter": 2}));
    scene.browser.close().await;
}

#[tokio::test]
async fn switching_between_text_and_json_changes_nothing_that_is_typed() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("SWITCHED").await;
    for text in ["0777", "1e3", "a: b", "\"q\"", " 12 ", "abc #c"] {
        dialog.value(text).await;
        for format in ["json", "text", "json", "text"] {
            dialog.format(format).await;
            assert_eq!(dialog.typed_value().await, text);
        }
    }
    dialog.confirm().await;
    dialog.closes().await;
    assert_eq!(scene.runner.value("SWITCHED").await, "abc #c");
    scene.browser.close().await;
}

#[tokio::test]
async fn the_preview_shows_what_will_be_stored_once_the_value_is_shown() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.format("json").await;
    dialog.value("{\"b\":12345678901234567890,\"a\":[]}").await;
    assert!(!dialog.text().await.contains("12345678901234567890"), "hidden like the value");
    dialog.press("Show what is typed").await;
    dialog.says("\"b\": 12345678901234567890").await;
    dialog.press("Hide what is typed").await;
    dialog.no_longer_says("12345678901234567890").await;
    dialog.cancel().await;
    dialog.press("Discard").await;
    dialog.closes().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn an_empty_value_has_to_be_confirmed() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("EMPTY").await;
    dialog.confirm().await;
    dialog.says("Type a value, or confirm that it is empty.").await;
    assert_eq!(scene.runner.names().await, [""; 0]);

    dialog.store_an_empty_value().await;
    dialog.confirm().await;
    dialog.closes().await;
    page.says("Secret added.").await;
    assert_eq!(scene.runner.value("EMPTY").await, "");
    scene.browser.close().await;
}

#[tokio::test]
async fn an_existing_value_is_emptied_only_on_request() {
    let scene = Scene::new("user").await;
    scene.writer.set("A", "the value of A".into()).await;
    let page = scene.log_in().await;
    let dialog = page.modify("A").await;
    dialog.store_an_empty_value().await;
    dialog.confirm().await;
    dialog.closes().await;
    page.says("Secret updated.").await;
    assert_eq!(scene.runner.value("A").await, "");
    scene.browser.close().await;
}

#[tokio::test]
async fn a_value_that_is_too_large_is_told_before_it_is_sent() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.name("LARGE").await;
    // As if pasted: typing so much would take minutes.
    let paste = "const area = document.querySelector('dialog[open] textarea');
        area.focus();
        document.execCommand('insertText', false, 'x'.repeat(64 * 1024));";
    scene.browser.script(paste).await;
    dialog.says("Too large: 65,538 of 65,536 bytes.").await;
    dialog.confirm().await;
    assert!(dialog.is_open().await);
    dialog.value("smaller value").await;
    dialog.confirm().await;
    dialog.closes().await;
    assert_eq!(scene.runner.value("LARGE").await, "smaller value");
    scene.browser.close().await;
}
