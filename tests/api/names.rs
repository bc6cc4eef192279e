//! Names of secrets: the allowed ones, and the error for others.

use serde_json::{Value, json};
use strongroom_tests::Scene;

const EMPTY: &str = "A secret's name is required.";
const TOO_LONG: &str = "A secret's name can have at most 255 characters.";
const CONTROL: &str = "A secret's name can't contain control characters, such as line breaks or tabs.";
const OUTER: &str = "A secret's name can't have white space at its start or end.";
const INVISIBLE: &str = "A secret's name can't have invisible characters at its start or end.";

#[tokio::test]
async fn odd_names_and_those_older_than_the_rules_are_kept_exactly() {
    let Scene { server, writer, runner, .. } = &Scene::new().await;
    let old = "OLD\u{200b}";
    writer.set("OLD", json!("an old value")).await;
    server.store().sql(&format!("UPDATE secrets SET name = '{old}' WHERE name = 'OLD'")).await;
    assert_eq!(runner.value(old).await, json!("an old value"));
    writer.set(old, json!("a new value")).await;
    writer.done("import_secrets", json!({"secrets": [{"name": old, "value": "an imported value"}]})).await;
    assert_eq!(runner.value(old).await, json!("an imported value"));
    writer.delete(old).await;
    writer.restore(old).await;
    assert_eq!(writer.names().await, [old]);
    writer.done("update_secret", json!({"name": old, "new_name": "NEW"})).await;
    assert_eq!(runner.value("NEW").await, json!("an imported value"));

    writer.delete("NEW").await;
    let longest = "🔑".repeat(255);
    let names = "A|a|my secret|a  b|a\"b'c<d>&|<img src=x onerror=alert(1)>|ключ|🔑|a/b/../c|__proto__|{{x}}|%|_|e\u{301}|\
                 \u{e9}|DB\u{200b}_URL|safe\u{202e}gnp.exe|❤\u{fe0f}|👩\u{200d}💻|null|5|'; DROP TABLE secret; --|\
                 \\u0041|keys";
    let mut names: Vec<_> = names.split('|').chain([longest.as_str()]).collect();
    writer.set_each(&names).await;
    for name in &names {
        assert_eq!(runner.value(name).await, json!(format!("the value of {name}")), "{name}");
    }
    names.sort_unstable();
    assert_eq!(runner.names().await, names);
}

#[tokio::test]
async fn names_that_break_a_rule_are_refused_and_never_repeated() {
    let Scene { team, admin, writer, runner, .. } = &Scene::new().await;
    let set = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";
    let named = |name: Value| json!({"name": name, "value": "canary canary"});
    let odd = [json!(5), json!(null), json!(true), json!(["A"]), json!({"a": "A"})];
    for input in odd.map(named).into_iter().chain([json!({"value": "canary canary"})]) {
        let answer = writer.graphql(set, json!({"input": input})).await;
        answer.error();
        answer.assert_never_says("canary");
    }
    assert_eq!(writer.names().await, [""; 0]);
    for name in ["", " ", "a\nb"] {
        let code = runner.try_value(name).await.error().code;
        assert!(code == "BAD_USER_INPUT" || code == "INTERNAL_SERVER_ERROR", "{code}");
        writer.try_delete(name).await.assert_rejected();
    }
    // The message names the rule.
    writer.set("GOOD", json!("a good value")).await;
    let (long, longer) = ("canary".repeat(43), "c".repeat(100_000));
    let invisible = "canary\u{200b}|\u{feff}canary|\u{202e}canary|canary\u{e0041}|canary\u{3164}|canary \u{200b}|\
                     \u{200b}|canary\u{ad}|canary\u{2069}|canary\u{200d}|canary\u{fe0f}";
    for (names, message) in [
        ("", EMPTY),
        (" | canary|canary |canary\u{3000}", OUTER),
        (invisible, INVISIBLE),
        ("can\nary|can\tary|can\u{0}ary|can\u{7f}ary|can\u{85}ary", CONTROL),
        (&long, TOO_LONG),
        (&longer, TOO_LONG),
    ] {
        for name in names.split('|') {
            let rename = json!({"name": "GOOD", "new_name": name});
            let renamed = writer.mutate("update_secret", rename).await;
            for answer in [writer.try_set(name, json!("a value")).await, renamed] {
                assert_eq!(answer.assert_error("BAD_USER_INPUT"), message, "{name:?}");
                answer.assert_never_says("canary");
                answer.assert_never_says("ccccc");
            }
        }
    }
    let import = json!({"secrets": [{"name": "A", "value": 1}, {"name": "canary\u{200b}", "value": 2}]});
    let message = writer.try_import(import).await.assert_error("BAD_USER_INPUT");
    assert_eq!(message, format!("Secret 2 of the import: {INVISIBLE}"));
    assert_eq!(writer.names().await, ["GOOD"]);
    // Other names have visible ends, and roles differ from built-in ones.
    let person = team.session("administrator").await;
    for label in ["Acme ", "Acme\u{200b}", "\u{feff}Acme", "Acme\u{202e}", "\u{2060}"] {
        for (client, field) in [(&person, "create_team"), (admin, "create_api_key")] {
            client.mutate_for(field, json!({"name": label}), "id").await.assert_error("BAD_USER_INPUT");
        }
        admin.mutate("update_team", json!({"name": label})).await.assert_rejected();
        let role = json!({"name": label, "permissions": ["read:secret"]});
        admin.mutate("create_role", role).await.assert_rejected();
    }
    for twin in ["\u{430}dministrator", "admin\u{200b}istrator", "ＵＳＥＲ", "Read\u{2010}only"] {
        let role = json!({"name": twin, "permissions": ["read:secret"]});
        let message = admin.mutate("create_role", role).await.assert_rejected();
        assert_eq!(message, "That name is reserved for a built-in role.", "{twin:?}");
    }
    let invitation = json!({"email": "a\u{200b}da@example.com", "role": "user"});
    let message = admin.mutate_for("invite_member", invitation, "token").await.assert_error("BAD_USER_INPUT");
    assert_eq!(message, "An email address can't contain invisible characters.");
    admin.done("update_team", json!({"name": "Söhne & a\u{200b}b ❤\u{fe0f}"})).await;
}
