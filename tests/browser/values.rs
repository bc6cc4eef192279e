//! Typed values arrive unchanged: text to the byte, JSON to the digit.

use serde_json::json;
use strongroom_tests::browser::{Browser, Button};
use strongroom_tests::page::Dialog;
use strongroom_tests::{Machine, assert_says, program, python};

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
    dialog.says("Too large: 65,536 of 65,534 bytes.").await;
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
async fn the_page_applies_the_limits_of_the_server() {
    let limits = ["--max-value-bytes", "100000", "--restore-window", "36h", "--keep-versions", "0"];
    let scene = Scene::with("user", &limits).await;
    scene.writer.set("A", "the value of A".into()).await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    let paste = "document.querySelector('dialog[open] textarea').focus();
        document.execCommand('insertText', false, 'x'.repeat(99_999));";
    scene.browser.script(paste).await;
    dialog.says("Too large: 99,999 of 99,998 bytes.").await;
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

/// The lines of *Use it* for a program.
async fn lines(dialog: &Dialog<'_>, program: &str) -> String {
    dialog.text_of(&format!("//pre[@aria-label='{program}']")).await
}

#[tokio::test]
async fn lines_of_use_it_read_the_secret_from_each_program() {
    const NAME: &str = "it's \"odd\" ${{ 1 }}";
    let scene = Scene::with_secrets("administrator", &[NAME]).await;
    let value = format!("the value of {NAME}");
    let page = scene.log_in().await;
    let dialog = page.use_it(NAME).await;
    dialog.copy("the lines for curl").await;
    assert_eq!(scene.browser.clipboard().await, lines(&dialog, "curl").await);
    let text = dialog.text().await;
    assert!(text.contains(scene.server.url()) && !text.contains("sr_") && !text.contains(&value), "{text}");

    let machine = Machine::bare(scene.server.store()).with_key(scene.runner.key());
    let folder = program::binary().parent().expect("it is in a directory").to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("there is a PATH"));
    let machine = machine.with("PATH", path);
    let run = async |machine: &Machine, program: &str, arguments: &[&str]| {
        machine.run_program(program, arguments).await.succeeded().printed().trim_end().to_owned()
    };
    assert_eq!(run(&machine, "bash", &["-c", &lines(&dialog, "Command line").await]).await, value);
    let answer = run(&machine, "bash", &["-c", &lines(&dialog, "curl").await]).await;
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer, json!({"data": {"secret_value": value}}));
    // As GitHub evaluates it.
    let step = lines(&dialog, "GitHub Actions").await.replace("${{ '${{' }}", "${{");
    let script = step.lines().nth(1).expect("a line of the script").trim();
    machine.file("deploy.sh", "echo \"$VALUE\"");
    let address = format!("STRONGROOM_SERVER: {}", scene.server.url());
    assert_says(&step, &[&address, "STRONGROOM_KEY: ${{ secrets.STRONGROOM_KEY }}"]);
    let script = script.replace("./deploy.sh", "sh ./deploy.sh");
    let machine = machine.with("STRONGROOM_SERVER", scene.server.url());
    assert_eq!(run(&machine, "bash", &["-c", &script]).await, value);

    // Python, and Prefect with the settings that the lines name.
    let interpreter = python::interpreter();
    let interpreter = interpreter.to_str().expect("its path is UTF-8");
    for (program, print) in [
        ("Python", "print(value)"),
        ("Prefect: Secret", "print(value)"),
        ("Prefect: task PrefectSecret", "flow.add_task(value)\nprint(flow.run().result[value].result)"),
    ] {
        let script = lines(&dialog, program).await;
        let settings = script.lines().filter_map(|line| line.strip_prefix("# PREFECT__"));
        let machine = settings.fold(machine.clone(), |machine, setting| {
            let (name, value) = setting.split_once('=').unwrap_or((setting, scene.runner.key()));
            machine.with(format!("PREFECT__{name}"), value)
        });
        let machine = machine.with("PREFECT__LOGGING__LEVEL", "ERROR").with("PYTHONWARNINGS", "ignore");
        let script = format!("{script}\n{print}");
        assert_eq!(run(&machine, interpreter, &["-c", &script]).await, value, "{program}");
    }
}

#[tokio::test]
async fn well_known_names_are_offered_with_fields_and_hints() {
    let scene = Scene::new("user").await;
    let page = scene.log_in().await;
    let dialog = page.add().await;
    let offered =
        "return [...document.getElementById('secret-name').list.options].map(option => option.value)";
    let offered = scene.browser.script(offered).await;
    let offered: Vec<_> =
        offered.as_array().expect("a list").iter().filter_map(|name| name.as_str()).collect();
    for name in [
        "AWS_CREDENTIALS", "AZ_CREDENTIALS", "GCP_CREDENTIALS", "DASK_CREDENTIALS", "GITHUB_ACCESS_TOKEN",
        "GITLAB_ACCESS_TOKEN", "BITBUCKET_ACCESS_TOKEN", "SLACK_WEBHOOK_URL", "TWITTER_API_CREDENTIALS",
        "VAULT_CREDENTIALS",
    ] {
        assert!(offered.contains(&name), "{name} in {offered:?}");
    }

    // The fields are the value's JSON, masked like it.
    dialog.name("AWS_CREDENTIALS").await;
    dialog.refuses("Add secret", "Fill in the fields, or type the value as text.").await;
    assert_eq!(scene.browser.focused().await, "Access key ID");
    dialog.fill("Access key ID", "AKIA").await;
    dialog.says("Prefect expects JSON with ACCESS_KEY and SECRET_ACCESS_KEY here.").await;
    let mask = async |browser: &Browser| {
        let script =
            "return getComputedStyle(document.getElementById('SECRET_ACCESS_KEY')).webkitTextSecurity";
        browser.script(script).await
    };
    assert_eq!(mask(&scene.browser).await, "disc");
    dialog.press("Show the value").await;
    assert_eq!(mask(&scene.browser).await, "none");
    dialog.fill("Secret access key", "wJalr \"quoted\"").await;
    dialog.no_longer_says("Prefect expects").await;
    scene.browser.assert_accessible("the fields").await;
    // Typing goes on in either form.
    dialog.press("Type it as text or JSON").await;
    let json = r#"{"ACCESS_KEY": "AKIA", "SECRET_ACCESS_KEY": "wJalr \"quoted\""}"#;
    dialog.assert_typed("AWS_CREDENTIALS", json).await;
    dialog.press("Fill in its fields").await;
    assert_eq!(dialog.value_of("Access key ID").await, "AKIA");
    dialog.succeeds("Add secret", "Added AWS_CREDENTIALS").await;
    let stored = json!({"ACCESS_KEY": "AKIA", "SECRET_ACCESS_KEY": "wJalr \"quoted\""});
    assert_eq!(scene.runner.value("AWS_CREDENTIALS").await, stored);
    scene.browser.assert_forgets().await;

    // Without any, the value stays.
    let dialog = page.modify("AWS_CREDENTIALS").await;
    dialog.says("Leave empty to keep it.").await;
    dialog.fill("Description", "for the flows").await;
    dialog.succeeds("Save", "Updated AWS_CREDENTIALS").await;
    assert_eq!(scene.runner.value("AWS_CREDENTIALS").await, stored);

    // A hint is no refusal.
    let dialog = page.add().await;
    dialog.secret("SLACK_WEBHOOK_URL", "hooks.slack.com/services/x").await;
    dialog.says("Webhook for messages to Slack. Prefect finds it by this name.").await;
    dialog.says("Prefect expects a URL that begins with https:// here.").await;
    dialog.succeeds("Add secret", "Added SLACK_WEBHOOK_URL").await;
    assert_eq!(scene.runner.value("SLACK_WEBHOOK_URL").await, "hooks.slack.com/services/x");
    // A name that goes on is another name, and keeps what was typed.
    let dialog = page.draft("AZ_CREDENTIALS_2", "typed before").await;
    dialog.name("AZ_CREDENTIALS").await;
    dialog.assert_typed("AZ_CREDENTIALS", "typed before").await;
    let expected = "Prefect expects JSON with ACCOUNT_NAME and ACCOUNT_KEY, or ACCOUNT_NAME and SAS_TOKEN";
    dialog.says(expected).await;
    assert!(!scene.browser.shows(Button("Fill in its fields")).await, "they could not show it");
    dialog.discard().await;
}
