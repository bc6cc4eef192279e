//! Names of secrets: which are welcome, and what is said about those that are not.

use serde_json::json;

use crate::Scene;

const EMPTY: &str = "A secret's name is required.";
const TOO_LONG: &str = "A secret's name has at most 255 characters.";
const CONTROL: &str = "A secret's name has no control characters, such as line breaks or tabs.";
const OUTER: &str = "A secret's name has no white space at its start or end.";

#[tokio::test]
async fn odd_names_are_kept_exactly() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let longest = "🔑".repeat(255);
    let names = [
        "A",
        "a",
        "my secret",
        "a  b",
        "a\"b'c<d>&",
        "<img src=x onerror=alert(1)>",
        "ключ",
        "🔑",
        "a/b/../c",
        "__proto__",
        "{{x}}",
        "%",
        "_",
        "e\u{301}",
        "\u{e9}",
        "null",
        "5",
        "'; DROP TABLE secret; --",
        "\\u0041",
        "keys",
        &longest,
    ];
    for name in names {
        writer.set(name, json!(format!("the value of {name}"))).await;
    }
    for name in names {
        assert_eq!(runner.value(name).await, json!(format!("the value of {name}")), "{name}");
    }
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(runner.names().await, sorted);
}

#[tokio::test]
async fn a_name_that_breaks_a_rule_is_told_which_and_never_repeated() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    writer.set("GOOD", json!("a good value")).await;
    for (name, message) in [
        ("", EMPTY),
        (" ", OUTER),
        (" canary", OUTER),
        ("canary ", OUTER),
        ("canary\u{3000}", OUTER),
        ("can\nary", CONTROL),
        ("can\tary", CONTROL),
        ("can\u{0}ary", CONTROL),
        ("can\u{7f}ary", CONTROL),
        ("can\u{85}ary", CONTROL),
        (&"canary".repeat(43), TOO_LONG),
        (&"c".repeat(100_000), TOO_LONG),
    ] {
        let rename = json!({"name": "GOOD", "new_name": name});
        for answer in [writer.try_set(name, json!("a value")).await, writer.try_update(rename).await] {
            assert_eq!(answer.assert_error("BAD_USER_INPUT"), message, "{name:?}");
            for part in ["canary", "ccccc"] {
                answer.assert_never_says(part);
            }
        }
    }
    assert_eq!(writer.names().await, ["GOOD"]);
}

#[tokio::test]
async fn a_name_is_text() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let set = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";
    for name in [json!(5), json!(null), json!(true), json!(["A"]), json!({"a": "A"})] {
        let answer = writer.graphql(set, json!({"input": {"name": name, "value": "canary canary"}})).await;
        answer.error();
        answer.assert_never_says("canary");
    }
    let answer = writer.graphql(set, json!({"input": {"value": "canary canary"}})).await;
    answer.error();
    answer.assert_never_says("canary");
    assert_eq!(writer.names().await, [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_a_name_is_nowhere_to_be_found() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    for name in ["", " ", "a\nb"] {
        let code = runner.try_value(name).await.error().code;
        assert!(code == "BAD_USER_INPUT" || code == "INTERNAL_SERVER_ERROR", "{code}");
        let answer = writer.try_delete(name).await;
        let refused =
            !answer.errors().is_empty() || answer.body()["data"]["delete_secret"]["success"] == json!(false);
        assert!(refused, "{answer:?}");
    }
}
