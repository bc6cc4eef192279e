//! The client's methods, on a server that works.

use serde_json::json;
use strongroom::{Error, ImportChange, Json, Permission, blocking};
use tokio::runtime::Runtime;

use crate::Scene;

#[tokio::test]
async fn secrets_are_set_listed_read_deleted_and_restored() {
    let scene = Scene::new().await;
    // Values keep every digit and the order of keys.
    let texts = [
        ("EXACT", r#"{"z":123456789012345678901234567890,"a":0.1234567890123456789,"m":null}"#),
        ("NULL", "null"),
        ("TEXT", r#""the value of it""#),
        ("a b/ü", r#"{"z":[1,null],"a":true}"#),
    ];
    for (name, text) in texts {
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        scene.writer.set_secret(name, &value).await.expect("set");
        assert_eq!(scene.value(name).await.to_string(), text);
    }
    assert_eq!(scene.names().await, texts.map(|(name, _)| name));
    scene.writer.set_secret("TEXT", "another").await.expect("set");
    scene.writer.set_secret("NULL", ()).await.expect("set");
    assert_eq!(scene.value("NULL").await, json!(null));

    scene.writer.delete_secret("TEXT").await.expect("deleted");
    assert_eq!(scene.names().await, ["EXACT", "NULL", "a b/ü"]);
    scene.writer.restore_secret("TEXT").await.expect("restored");
    assert_eq!(scene.value("TEXT").await, "another");
}

#[tokio::test]
async fn several_values_come_with_their_versions_and_without_missing_secrets() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    let secrets: Vec<(String, Json)> =
        (0..300).map(|number| (format!("N{number:03}"), Json::new(json!(number)))).collect();
    writer.import_secrets(&secrets, None).await.expect("imported");
    writer.set_secret("N007", "again").await.expect("set");

    let mut names: Vec<String> = secrets.iter().map(|(name, _)| name.clone()).collect();
    names.insert(3, "MISSING".to_owned());
    let values = runner.secret_values(&names).await.expect("more than one query takes");
    names.remove(3);
    assert!(values.iter().map(|secret| &secret.name).eq(&names));
    assert_eq!((values[7].version, values[7].value.value()), (2, &json!("again")));
    assert_eq!((values[299].version, values[299].value.value()), (1, &json!(299)));

    let versions = runner.current_versions().await.expect("versions");
    let seven = versions.iter().find(|secret| secret.name == "N007").expect("it exists");
    assert_eq!((seven.version, seven.id), (2, values[7].id));
}

#[tokio::test]
async fn an_import_is_previewed_and_refused_after_another_change() {
    let scene = Scene::new().await;
    let writer = &scene.writer;
    writer.set_secret("SAME", "as before").await.expect("set");
    writer.set_secret("OTHER", "old").await.expect("set");
    let secrets = [("NEW", "fresh"), ("OTHER", "newer"), ("SAME", "as before")]
        .map(|(name, value)| (name.to_owned(), Json::new(json!(value))));

    let preview = writer.preview_import(&secrets).await.expect("a preview");
    let changes: Vec<ImportChange> = preview.changes.iter().map(|change| change.change).collect();
    assert_eq!(changes, [ImportChange::Created, ImportChange::Overwritten, ImportChange::Unchanged]);
    assert_eq!(scene.names().await, ["OTHER", "SAME"]);

    writer.set_secret("OTHER", "somebody was quicker").await.expect("set");
    assert_fails!(writer.import_secrets(&secrets, preview.state).await, Error::Refused { .. });
    assert_eq!(scene.names().await, ["OTHER", "SAME"]);

    let preview = writer.preview_import(&secrets).await.expect("a preview");
    writer.import_secrets(&secrets, preview.state).await.expect("imported");
    assert_eq!(scene.value("OTHER").await, "newer");
}

#[tokio::test]
async fn a_key_describes_itself() {
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
    assert_eq!((limited.name.as_str(), limited.secrets), ("some", Some(vec!["DB_*".to_owned()])));
    assert!(limited.expires_at.is_some());
}

#[test]
fn the_blocking_client_works_without_an_async_runtime() {
    // Only the test harness is async.
    let runtime = Runtime::new().expect("a runtime");
    let scene = runtime.block_on(Scene::new());
    let writer = blocking::Client::new(scene.writer.clone());
    let runner = blocking::Client::new(scene.runner.clone());
    writer.set_secret("A", 7).expect("set");
    assert_eq!(runner.secret_names().expect("names"), ["A"]);
    assert_eq!(runner.secret_value("A").expect("a value").value(), &json!(7));
    assert_eq!(runner.who_am_i().expect("an identity").role, "runner");
    writer.delete_secret("A").expect("deleted");
    assert_fails!(runner.secret_value("A"), Error::SecretNotFound { ref name } if name == "A");
    runtime.block_on(async { drop(scene) });
}
