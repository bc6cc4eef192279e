//! The example of the Rust library, as its documentation shows it.

use serde_json::json;
use strongroom_tests::program::example;

use crate::Scene;

fn shown() -> &'static str {
    let text = include_str!("../../client/README.md");
    let (_, rest) = text.split_once("```rust").expect("there is an example");
    let (_, rest) = rest.split_once('\n').expect("it has lines");
    rest.split_once("```").expect("it ends").0
}

#[test]
fn the_documentation_shows_the_example_that_is_built() {
    // What our own lints want to know is nobody else's business.
    let built: Vec<&str> = include_str!("../../client/examples/quickstart.rs")
        .lines()
        .filter(|line| !line.starts_with("#![expect("))
        .collect();
    assert_eq!(shown().lines().collect::<Vec<_>>(), built);
}

#[tokio::test]
async fn the_example_reads_what_the_server_has_and_prints_no_value() {
    let scene = Scene::new().await;
    scene.admin.set("A", json!("the value of A")).await;
    scene.admin.set("B", json!({"b": "the value of B"})).await;
    let ran = scene.runner.run_command(scene.runner.program(example()), None).await.succeeded();
    for name in ["A", "B"] {
        assert!(ran.printed().contains(name), "{}", ran.printed());
    }
    scene.server.store().assert_keeps_secrets("the example", ran.printed());
    assert_eq!(scene.reads().await, 2);

    let without = scene.runner.without("STRONGROOM_KEY");
    let ran = without.run_command(without.program(example()), None).await;
    assert!(!matches!(ran.code, Some(0)) && !ran.stderr.is_empty(), "{ran:?}");
}
