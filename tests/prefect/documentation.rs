//! The examples of Prefect's documentation, unchanged.

use serde_json::json;
use strongroom_tests::python::Ask;

use crate::Scene;

#[tokio::test]
async fn the_python_snippets_and_graphql_through_the_client_work_unchanged() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    let set = "mutation {\n  set_secret(input: { name: \"KEY\", value: \"VALUE\" }) {\n    success\n  }\n}";
    let old = "mutation {\n  setSecret(input: { name: \"OLD\", value: \"VALUE\" }) {\n    success\n  }\n}";
    let list = "query {\n  secret(order_by: { name: asc }) {\n    name\n  }\n}";
    let names = "query {secretNames}";
    let [set, old, list, names] =
        writer.ask([Ask::Graphql(set), Ask::Graphql(old), Ask::Graphql(list), Ask::Graphql(names)]).await;
    assert_eq!(set.returned(), "{'data': {'set_secret': {'success': True}}}");
    assert_eq!(old.returned(), "{'data': {'setSecret': {'success': True}}}");
    assert_eq!(list.returned(), "{'data': {'secret': [{'name': 'KEY'}, {'name': 'OLD'}]}}");
    assert!(names.returned().contains("'KEY'") && names.returned().contains("'OLD'"), "{names:?}");

    // A script that exports all secrets does this.
    let [key, old] = runner.ask([Ask::Get("KEY"), Ask::Get("OLD")]).await;
    assert_eq!((key.returned(), old.returned()), ("'VALUE'", "'VALUE'"));

    writer.run("snippets_set.py", &[]).await;
    let report = runner.report("snippets_get.py", &[]).await;
    let successes = json!({"flow": true, "loaded": true, "environment": true});
    assert_eq!(report, json!([["MY SECRET VALUE", 42, "VALUE"], successes]));
}
