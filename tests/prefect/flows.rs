//! Flows that load secrets.

use serde_json::{Value, json};
use strongroom_tests::python::Ask;

use crate::Scene;

/// What `flows.py` reports, on a server that has what it expects.
async fn report() -> Value {
    let Scene { server: _server, team, writer, runner } = Scene::new().await;
    writer.ask([Ask::Set("TEXT", "'hunter2 hunter2'"), Ask::Set("DOCUMENT", "{'a': [1.10, 'two']}")]).await;
    runner.with("WRITER", &team.new_key("user").await).report("flows.py", &[]).await
}

#[tokio::test]
async fn flows_and_tasks_load_secrets_from_the_server() {
    let report = report().await;

    let uses = &report["uses"];
    assert_eq!(uses["successful"], json!(true), "{report:#}");
    assert_eq!(uses["seen"], json!(["hunter2 hunter2", {"a": [1.1, "two"]}]));
    assert!(!uses["stored"].to_string().contains("hunter2"), "results of secret tasks hold no value: {uses}");

    let missing = &report["missing"];
    assert_eq!(missing["failed"], json!(true), "{report:#}");
    assert_eq!(missing["error"], "KeyError");
    assert_eq!(missing["downstream"], "TriggerFailed");
    assert!(missing["message"].as_str().is_some_and(|text| text.contains("MISSING")), "{missing}");

    assert_eq!(report["retried"], json!({"successful": true, "value": "set meanwhile"}));
    assert_eq!(report["inside"], json!({"successful": true, "value": "hunter2 hunter2"}));

    let building = &report["while building"];
    assert_eq!(building["raised"], "ValueError");
    assert!(
        building["text"].as_str().is_some_and(|text| text.contains("not while building a Flow")),
        "{building}"
    );

    let value = json!({"returned": "hunter2 hunter2"});
    assert_eq!(report["flow is no flow"], value);
    assert_eq!(report["local wins"], json!({"returned": "local value"}));
    for same in [
        "remote when not local",
        "name from the constructor",
        "name at run time",
        "name at run time alone",
        "read again",
    ] {
        assert_eq!(report[same], value, "{same}");
    }
    assert_eq!(report["no name"], json!({"raised": "ValueError", "text": "A secret name must be provided."}));
    assert_eq!(report["missing task"]["raised"], "KeyError");
}
