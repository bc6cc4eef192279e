//! The counterparts of Prefect's secret tasks.

use strongroom::{Context, EnvVarSecret, Error, PrefectSecret};

fn machine() -> Context {
    crate::machine(&[
        ("PREFECT__CONTEXT__SECRETS__A", "the value of A"),
        ("PREFECT__CONTEXT__SECRETS__B", "[1, 2]"),
    ])
}

#[tokio::test]
async fn a_task_gets_its_name_early_or_late_and_stores_no_value() {
    let task = PrefectSecret::new("A").within(&machine());
    assert_eq!(task.run::<String>().await.expect("a secret"), "the value of A");
    assert_eq!(task.run_named::<Vec<u8>>("B").await.expect("a secret"), [1, 2]);
    let stored = r#"{"type":"SecretResult","location":"A","secret_type":"PrefectSecret"}"#;
    assert_eq!(serde_json::to_string(&task).expect("JSON"), stored);
    assert!(!format!("{task:?}").contains("the value"));
    let unnamed = PrefectSecret::unnamed().within(&machine());
    assert_eq!(unnamed.run_named::<String>("A").await.expect("a secret"), "the value of A");
    let error = unnamed.run::<String>().await.expect_err("it has no name");
    assert!(matches!(error, Error::NoName), "{error:?}");
    assert_eq!(error.to_string(), "A secret name must be provided.");
}

#[test]
fn an_environment_variable_is_text_and_can_be_cast() {
    // Cargo sets it for every test, and it is never JSON.
    let name = "CARGO_MANIFEST_DIR";
    let task = EnvVarSecret::new(name);
    let text = task.run().expect("it may be missing").expect("it is set");
    assert!(text.ends_with("tests"));
    let length = task.run_cast(|text| Ok::<_, Error>(text.len())).expect("cast");
    assert_eq!(length, Some(text.len()));
    let error = task.run_cast(str::parse::<u8>).expect_err("a path is no number");
    assert_eq!(error.to_string(), "The environment variable CARGO_MANIFEST_DIR could not be cast.");

    let missing = EnvVarSecret::new("STRONGROOM_TESTS_NEVER_SET");
    assert!(missing.run().expect("it may be missing").is_none());
    let never = |_: &str| -> Result<(), Error> { unreachable!("a missing variable is not cast") };
    assert!(missing.run_cast(never).expect("it may be missing").is_none());
    let error = missing.raise_if_missing().run().expect_err("it may not be missing");
    assert_eq!(error.to_string(), "Environment variable not set: STRONGROOM_TESTS_NEVER_SET");
    let unnamed = EnvVarSecret::unnamed();
    assert!(matches!(unnamed.run(), Err(Error::NoName)));
    assert!(unnamed.run_named(name).expect("set").is_some());
}
