//! Flows that load secrets.

use serde_json::json;
use strongroom_tests::assert_says;
use strongroom_tests::python::Ask;

use crate::Scene;

#[tokio::test]
async fn flows_and_tasks_load_secrets_from_the_server() {
    let Scene { server: _server, team, writer, runner } = Scene::new().await;
    writer.ask([Ask::Set("TEXT", "'hunter2 hunter2'"), Ask::Set("DOCUMENT", "{'a': [1.10, 'two']}")]).await;
    let runner = runner.with("WRITER", &team.new_key("user").await);
    let mut report = runner.report("flows.py", &[]).await;
    let mut text = |pointer: &str| report.pointer_mut(pointer).expect(pointer).take().to_string();
    let stored = text("/uses/stored");
    assert!(!stored.contains("hunter2"), "results of secret tasks hold no value: {stored}");
    assert_says(&text("/missing/message"), &["MISSING"]);
    assert_says(&text("/missing task/text"), &["MISSING"]);
    assert_says(&text("/while building/text"), &["not while building a Flow"]);
    let value = json!({"returned": "hunter2 hunter2"});
    let expected = json!({
        "uses": {"successful": true, "seen": ["hunter2 hunter2", {"a": [1.1, "two"]}], "stored": null},
        "missing": {"failed": true, "error": "KeyError", "downstream": "TriggerFailed", "message": null},
        "retried": {"successful": true, "value": "set meanwhile"},
        "inside": {"successful": true, "value": "hunter2 hunter2"},
        "while building": {"raised": "ValueError", "text": null},
        "flow is no flow": value,
        "local wins": {"returned": "local value"},
        "remote when not local": value,
        "name from the constructor": value,
        "name at run time": value,
        "name at run time alone": value,
        "read again": value,
        "no name": {"raised": "ValueError", "text": "A secret name must be provided."},
        "missing task": {"raised": "KeyError", "text": null},
    });
    assert_eq!(report, expected, "{report:#}");
}
