//! Secrets as Prefect finds them: on the machine first, and then, where the settings say so, on the server.

use serde_json::json;
use strongroom::local::{Configuration, Surroundings};
use strongroom::{Context, Error, Secret};

use crate::Scene;

fn machine(variables: &[(&str, &str)]) -> Context {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let nowhere = [
        ("HOME".to_owned(), "/nowhere".to_owned()),
        ("PREFECT__USER_CONFIG_PATH".to_owned(), "/nowhere/config.toml".to_owned()),
    ];
    let surroundings = Surroundings::new(nowhere.into_iter().chain(variables));
    Context::new(Configuration::load(&surroundings).expect("a configuration"))
}

fn asking(variables: &[(&str, &str)]) -> Context {
    let settings = [("PREFECT__BACKEND", "cloud"), ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false")];
    machine(&[&settings, variables].concat())
}

#[tokio::test]
async fn what_is_here_goes_before_what_is_on_the_server() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    writer.set_secret("A", "of the server").await.expect("set");
    writer.set_secret("B", "of the server").await.expect("set");
    let here = asking(&[("PREFECT__CONTEXT__SECRETS__A", "of this machine")]).with_client(runner);
    let get = async |name: &str| Secret::new(name).within(&here).get::<String>().await;
    assert_eq!(get("A").await.expect("a secret"), "of this machine");
    assert_eq!(get("B").await.expect("a secret"), "of the server");
    assert!(Secret::new("B").within(&here).exists().await.expect("an answer"));
    assert!(!Secret::new("C").within(&here).exists().await.expect("an answer"));
    let missing = get("C").await;
    assert!(matches!(missing, Err(Error::SecretNotFound { ref name }) if name == "C"), "{missing:?}");

    let own = here.with_secret("A", "of the program");
    let value: String = Secret::new("A").within(&own).get().await.expect("a secret");
    assert_eq!(value, "of the program");
}

#[tokio::test]
async fn the_server_is_asked_only_where_the_settings_say_so() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    writer.set_secret("A", "of the server").await.expect("set");
    for settings in [
        [("PREFECT__BACKEND", "cloud"), ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "true")],
        // Only a `false` is one; whatever else is not true does not count.
        [("PREFECT__BACKEND", "cloud"), ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "0")],
        [("PREFECT__BACKEND", "server"), ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false")],
    ] {
        let context = machine(&settings).with_client(runner.clone());
        let secret = Secret::new("A").within(&context);
        let missing = secret.get::<String>().await.expect_err("it is not here");
        assert!(matches!(missing, Error::LocalSecretNotFound { .. }), "{missing:?}");
        assert_eq!(missing.to_string(), "Local Secret \"A\" was not found.");
        assert!(!secret.exists().await.expect("an answer"), "{settings:?}");
    }
}

#[tokio::test]
async fn text_that_is_json_is_read_as_json_from_wherever_it_comes() {
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Database {
        user: String,
        ports: Vec<u16>,
    }
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    let text = r#"{"user": "ada", "ports": [1, 2]}"#;
    writer.set_secret("TEXT", text).await.expect("set");
    writer.set_secret("JSON", json!({"user": "ada", "ports": [1, 2]})).await.expect("set");
    writer.set_secret("NUMBER", "42").await.expect("set");
    writer.set_secret("QUOTED", "\"42\"").await.expect("set");
    let here = asking(&[("PREFECT__CONTEXT__SECRETS__LOCAL", text)]).with_client(runner);
    let expected = Database { user: "ada".to_owned(), ports: vec![1, 2] };
    for name in ["TEXT", "JSON", "LOCAL"] {
        let database: Database = Secret::new(name).within(&here).get().await.expect(name);
        assert_eq!(database, expected, "{name}");
    }
    let number: u8 = Secret::new("NUMBER").within(&here).get().await.expect("a number");
    assert_eq!(number, 42);
    let quoted: String = Secret::new("QUOTED").within(&here).get().await.expect("a text");
    assert_eq!(quoted, "42");
}

#[tokio::test]
async fn a_value_of_another_type_is_refused_without_being_shown() {
    let here = machine(&[("PREFECT__CONTEXT__SECRETS__A", "hunter2-and-more")]);
    let secret = Secret::new("A").within(&here);
    let error = secret.get::<u16>().await.expect_err("it is text");
    assert!(matches!(error, Error::Mismatch { .. }), "{error:?}");
    let value = secret.value().await.expect("a value");
    let shown = format!("{error} {error:?} {value:?} {secret:?} {here:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn while_a_flow_is_built_no_secret_is_read() {
    let here = machine(&[("PREFECT__CONTEXT__SECRETS__A", "x")]).while_building_flow();
    let error = Secret::new("A").within(&here).get::<String>().await;
    assert!(matches!(error, Err(Error::BuildingFlow)), "{error:?}");
}

#[tokio::test]
async fn prefects_own_settings_say_where_the_server_is() {
    let Scene { server, team, writer, .. } = Scene::new().await;
    writer.set_secret("A", "of the server").await.expect("set");
    let key = team.new_key("runner").await;
    let here = asking(&[("PREFECT__CLOUD__API", server.url()), ("PREFECT__CLOUD__API_KEY", &key)]);
    let value: String = Secret::new("A").within(&here).get().await.expect("a secret");
    assert_eq!(value, "of the server");
}
