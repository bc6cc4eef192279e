//! What a client does where all is well.

use serde_json::json;
use strongroom::{Error, ImportChange, Json, Permission};

use crate::Scene;

#[tokio::test]
async fn secrets_are_set_listed_read_deleted_and_restored() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    writer.set_secret("TEXT", "the value of it").await.expect("set");
    writer.set_secret("a b/ü", json!({"z": [1, null], "a": true})).await.expect("set");
    assert_eq!(runner.secret_names().await.expect("names"), ["TEXT", "a b/ü"]);
    let value = runner.secret_value("a b/ü").await.expect("a value");
    assert_eq!(value.value().to_string(), r#"{"z":[1,null],"a":true}"#);

    writer.delete_secret("TEXT").await.expect("deleted");
    assert_eq!(runner.secret_names().await.expect("names"), ["a b/ü"]);
    writer.restore_secret("TEXT").await.expect("restored");
    let value = runner.secret_value("TEXT").await.expect("a value");
    assert_eq!(value.value(), &json!("the value of it"));

    // Values keep every digit and the order of keys.
    let text = r#"{"z":123456789012345678901234567890,"a":0.1234567890123456789,"m":null}"#;
    let exact: serde_json::Value = serde_json::from_str(text).expect("JSON");
    writer.set_secret("EXACT", &exact).await.expect("set");
    writer.set_secret("NULL", ()).await.expect("set");
    let read = runner.secret_value("EXACT").await.expect("a value");
    assert_eq!(read.value().to_string(), text);
    let read = runner.secret_value("NULL").await.expect("a value");
    assert_eq!(read.value(), &json!(null));
}

#[tokio::test]
async fn several_values_come_with_their_versions_and_what_is_missing_is_left_out() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    let secrets: Vec<(String, Json)> =
        (0..300).map(|number| (format!("N{number:03}"), Json::new(json!(number)))).collect();
    writer.import_secrets(&secrets, None).await.expect("imported");
    writer.set_secret("N007", "again").await.expect("set");

    let mut names: Vec<String> = secrets.iter().map(|(name, _)| name.clone()).collect();
    names.insert(3, "MISSING".to_owned());
    let values = runner.secret_values(&names).await.expect("more than one query takes");
    names.remove(3);
    let found: Vec<&str> = values.iter().map(|secret| secret.name.as_str()).collect();
    assert_eq!(found, names);
    assert_eq!((values[7].version, values[7].value.value()), (2, &json!("again")));
    assert_eq!((values[299].version, values[299].value.value()), (1, &json!(299)));

    let versions = runner.current_versions().await.expect("versions");
    let seven = versions.iter().find(|secret| secret.name == "N007").expect("it is there");
    assert_eq!((seven.version, seven.id), (2, values[7].id));
}

#[tokio::test]
async fn an_import_is_previewed_and_refused_when_something_has_changed_since() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    writer.set_secret("SAME", "as before").await.expect("set");
    writer.set_secret("OTHER", "old").await.expect("set");
    let secrets = ["NEW", "OTHER", "SAME"]
        .into_iter()
        .zip(["fresh", "newer", "as before"])
        .map(|(name, value)| (name.to_owned(), Json::new(json!(value))))
        .collect::<Vec<_>>();

    let preview = writer.preview_import(&secrets).await.expect("a preview");
    let changes: Vec<ImportChange> = preview.changes.iter().map(|change| change.change).collect();
    assert_eq!(changes, [ImportChange::Created, ImportChange::Overwritten, ImportChange::Unchanged]);
    assert_eq!(runner.secret_names().await.expect("names"), ["OTHER", "SAME"]);

    writer.set_secret("OTHER", "somebody was quicker").await.expect("set");
    let refused = writer.import_secrets(&secrets, preview.state).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    assert_eq!(runner.secret_names().await.expect("names"), ["OTHER", "SAME"]);

    let preview = writer.preview_import(&secrets).await.expect("a preview");
    writer.import_secrets(&secrets, preview.state).await.expect("imported");
    let value = runner.secret_value("OTHER").await.expect("a value");
    assert_eq!(value.value(), &json!("newer"));
}

#[tokio::test]
async fn a_key_knows_what_it_is() {
    let Scene { server, writer, runner, .. } = Scene::new().await;
    let identity = runner.who_am_i().await.expect("an identity");
    assert_eq!((identity.role.as_str(), identity.slug.as_str()), ("runner", "acme"));
    assert!(identity.may(Permission::ReadSecretValue) && !identity.may(Permission::CreateSecret));
    assert_eq!((identity.secrets, identity.expires_at), (None, None));
    assert!(writer.who_am_i().await.expect("an identity").may(Permission::CreateSecret));

    let create = "create-key --team acme --name some --role runner --secrets DB_* --expires 90d";
    let key = server.admin(&create.split(' ').collect::<Vec<_>>()).await;
    server.store().must_stay_secret(key.trim());
    let limited = crate::client(server.url(), key.trim()).who_am_i().await.expect("an identity");
    assert_eq!(limited.name, "some");
    assert_eq!(limited.secrets, Some(vec!["DB_*".to_owned()]));
    assert!(limited.expires_at.is_some());
}

#[test]
fn without_an_async_runtime_it_is_the_same() {
    // The harness is async; the program under test is not.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let scene = runtime.block_on(Scene::new());
    let writer = strongroom::blocking::Client::new(scene.writer.clone());
    let runner = strongroom::blocking::Client::new(scene.runner.clone());
    writer.set_secret("A", 7).expect("set");
    assert_eq!(runner.secret_names().expect("names"), ["A"]);
    assert_eq!(runner.secret_value("A").expect("a value").value(), &json!(7));
    assert_eq!(runner.who_am_i().expect("an identity").role, "runner");
    writer.delete_secret("A").expect("deleted");
    let missing = runner.secret_value("A");
    assert!(matches!(missing, Err(Error::SecretNotFound { name }) if name == "A"));
    runtime.block_on(async { drop(scene) });
}
