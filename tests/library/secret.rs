//! Secrets as Prefect finds them: first on the machine, then, if the settings say so, on the server.

use serde_json::json;
use strongroom::{Context, Error, Secret};

use crate::{Scene, machine};

fn asking(variables: &[(&str, &str)]) -> Context {
    let settings = [("PREFECT__BACKEND", "cloud"), ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false")];
    machine(&[&settings, variables].concat())
}

async fn get(context: &Context, name: &str) -> Result<String, Error> {
    Secret::new(name).within(context).get().await
}

#[tokio::test]
async fn local_secrets_take_precedence_over_the_servers() {
    let Scene { server, team, writer, runner } = Scene::new().await;
    writer.set_secret("A", "of the server").await.expect("set");
    writer.set_secret("B", "of the server").await.expect("set");
    let here = asking(&[("PREFECT__CONTEXT__SECRETS__A", "of this machine")]).with_client(runner);
    assert_eq!(get(&here, "A").await.expect("a secret"), "of this machine");
    assert_eq!(get(&here, "B").await.expect("a secret"), "of the server");
    for (name, exists) in [("B", true), ("C", false)] {
        assert_eq!(Secret::new(name).within(&here).exists().await.expect("an answer"), exists);
    }
    assert_fails!(get(&here, "C").await, Error::SecretNotFound { ref name } if name == "C");

    let own = here.with_secret("A", "of the program");
    assert_eq!(get(&own, "A").await.expect("a secret"), "of the program");

    // Prefect's own settings name the server as well.
    let key = team.new_key("runner").await;
    let here = asking(&[("PREFECT__CLOUD__API", server.url()), ("PREFECT__CLOUD__API_KEY", &key)]);
    assert_eq!(get(&here, "A").await.expect("a secret"), "of the server");
}

#[tokio::test]
async fn the_server_is_asked_only_if_the_settings_say_so() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    writer.set_secret("A", "of the server").await.expect("set");
    for (backend, use_local) in [
        ("cloud", "true"),
        // Only `false` counts as false.
        ("cloud", "0"),
        ("server", "false"),
    ] {
        let settings = [("PREFECT__BACKEND", backend), ("PREFECT__CLOUD__USE_LOCAL_SECRETS", use_local)];
        let context = machine(&settings).with_client(runner.clone());
        let missing = get(&context, "A").await.expect_err("it is not here");
        assert!(matches!(missing, Error::LocalSecretNotFound { .. }), "{missing:?}");
        assert_eq!(missing.to_string(), "Local Secret \"A\" was not found.");
        assert!(!Secret::new("A").within(&context).exists().await.expect("an answer"), "{settings:?}");
    }
}

#[tokio::test]
async fn json_in_text_is_parsed_from_every_source() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Database {
        user: String,
        ports: Vec<u16>,
    }
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    let text = r#"{"user": "ada", "ports": [1, 2]}"#;
    for (name, value) in [
        ("TEXT", json!(text)),
        ("JSON", json!({"user": "ada", "ports": [1, 2]})),
        ("NUMBER", json!("42")),
        ("QUOTED", json!("\"42\"")),
    ] {
        writer.set_secret(name, &value).await.expect("set");
    }
    let here = asking(&[("PREFECT__CONTEXT__SECRETS__LOCAL", text)]).with_client(runner);
    let expected = Database { user: "ada".to_owned(), ports: vec![1, 2] };
    for name in ["TEXT", "JSON", "LOCAL"] {
        let database: Database = Secret::new(name).within(&here).get().await.expect(name);
        assert_eq!(database, expected, "{name}");
    }
    let number: u8 = Secret::new("NUMBER").within(&here).get().await.expect("a number");
    assert_eq!(number, 42);
    assert_eq!(get(&here, "QUOTED").await.expect("a text"), "42");
}

#[tokio::test]
async fn another_type_and_reading_while_a_flow_is_built_are_refused() {
    let here = machine(&[("PREFECT__CONTEXT__SECRETS__A", "hunter2-and-more")]);
    let secret = Secret::new("A").within(&here);
    let error = secret.get::<u16>().await.expect_err("it is text");
    assert!(matches!(error, Error::Mismatch { .. }), "{error:?}");
    let value = secret.value().await.expect("a value");
    let shown = format!("{error} {error:?} {value:?} {secret:?} {here:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_fails!(get(&here.while_building_flow(), "A").await, Error::BuildingFlow);
}
