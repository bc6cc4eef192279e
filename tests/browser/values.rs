//! Typed values arrive unchanged: text to the byte, JSON to the digit.

use serde_json::json;

use crate::Scene;

const VALUES: [(&str, &str, &str); 15] = [
    ("text", "123", r#""123""#),
    ("text", "true", r#""true""#),
    ("text", "0777", r#""0777""#),
    ("text", " x ", r#"" x ""#),
    ("text", "abc #c", r#""abc #c""#),
    ("text", "\"quoted\"", r#""\"quoted\"""#),
    ("text", "{\"a\": 1}", r#""{\"a\": 1}""#),
    ("text", "first line\nsecond line\n", r#""first line\nsecond line\n""#),
    ("text", "clé ключ 鍵", r#""clé ключ 鍵""#),
    ("text", "<b>&amp;</b>", r#""<b>&amp;</b>""#),
    ("json", "12345678901234567890123", "12345678901234567890123"),
    ("json", "1.10", "1.10"),
    ("json", "\"123\"", "\"123\""),
    ("json", "null", "null"),
    ("json", r#"{"z": 1, "a": [0.10, true], "10": 1, "9": 2}"#, r#"{"z":1,"a":[0.10,true],"10":1,"9":2}"#),
];

#[tokio::test]
async fn typed_values_keep_bytes_digits_and_order_and_invalid_or_large_ones_are_reported() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    dialog.press("json").await;
    dialog.secret("J", "{\"hunter\": 2").await;
    dialog.says("Not valid JSON at line 1").await;
    dialog.press("Add secret").await;
    dialog.assert_open().await;
    assert_eq!(scene.runner.names().await, [""; 0]);

    // The preview shows the stored form, once the value is shown.
    dialog.value("{\"b\":12345678901234567890,\"a\":[]}").await;
    dialog.no_longer_says("Not valid JSON").await;
    assert!(!dialog.text().await.contains("12345678901234567890"), "hidden like the value");
    dialog.press("Show the value").await;
    dialog.says("\"b\": 12345678901234567890").await;
    dialog.press("Hide the value").await;
    dialog.no_longer_says("12345678901234567890").await;

    dialog.value("{\"hunter\": 2}").await;
    dialog.finish("Add secret").await;
    assert_eq!(scene.runner.value("J").await, json!({"hunter": 2}));

    // Switching between text and JSON changes no typed text.
    let dialog = page.add().await;
    for text in ["0777", "1e3", "a: b", "\"q\"", " 12 ", "abc #c"] {
        dialog.secret("SWITCHED", text).await;
        for format in ["json", "text", "json", "text"] {
            dialog.press(format).await;
            dialog.assert_typed("SWITCHED", text).await;
        }
    }
    dialog.finish("Add secret").await;
    assert_eq!(scene.runner.value("SWITCHED").await, "abc #c");

    let dialog = page.add().await;
    dialog.name("EMPTY").await;
    dialog.refuses("Add secret", "Type a value, or confirm that it is empty.").await;
    assert_eq!(scene.runner.names().await, ["J", "SWITCHED"]);
    dialog.tick("Store an empty value").await;
    dialog.succeeds("Add secret", "Added EMPTY").await;
    assert_eq!(scene.runner.value("EMPTY").await, "");

    let dialog = page.add().await;
    dialog.name("LARGE").await;
    // Typing so much would take minutes.
    let paste = "const area = document.querySelector('dialog[open] textarea');
        area.focus();
        document.execCommand('insertText', false, 'x'.repeat(64 * 1024));";
    scene.browser.script(paste).await;
    dialog.says("Too large: 65,538 of 65,536 bytes.").await;
    dialog.press("Add secret").await;
    dialog.assert_open().await;
    dialog.value("smaller value").await;
    dialog.finish("Add secret").await;
    assert_eq!(scene.runner.value("LARGE").await, "smaller value");

    let dialog = page.modify("LARGE").await;
    dialog.tick("Store an empty value").await;
    dialog.succeeds("Save", "Updated LARGE").await;
    assert_eq!(scene.runner.value("LARGE").await, "");
    scene.browser.reload().await;

    for (index, (format, typed, stored)) in VALUES.into_iter().enumerate() {
        let name = format!("VALUE {index}");
        page.store(&name, format, typed).await;
        assert_eq!(scene.runner.value_text(&name).await, stored, "{typed:?}");
    }
}

#[tokio::test]
async fn the_limits_of_the_server_are_the_pages() {
    let limits = ["--max-value-bytes", "100000", "--restore-window", "36h", "--keep-versions", "0"];
    let scene = Scene::with("user", &limits).await;
    scene.writer.set("A", "the value of A".into()).await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    let paste = "document.querySelector('dialog[open] textarea').focus();
        document.execCommand('insertText', false, 'x'.repeat(99_999));";
    scene.browser.script(paste).await;
    dialog.says("Too large: 100,001 of 100,000 bytes.").await;
    dialog.discard().await;
    let dialog = page.history("A").await;
    dialog.says("This server keeps no older values.").await;
    dialog.finish("Close").await;
    let dialog = page.delete("A").await;
    dialog.says("It can be restored for 36 hours under Recently deleted.").await;
    dialog.finish("Cancel").await;
    let dialog = page.deleted().await;
    dialog.says("Nothing was deleted in the last 36 hours.").await;
    dialog.finish("Close").await;
}
