//! The example of the Rust library, as its documentation shows it.

use serde_json::json;
use strongroom_tests::program::example;

use crate::Scene;

#[test]
fn the_documentation_shows_the_example_that_is_built() {
    let (_, shown) =
        include_str!("../../client/README.md").split_once("```rust,no_run\n").expect("an example");
    let (shown, _) = shown.split_once("```").expect("it ends");
    // Expectations of lints are not for readers.
    let built = include_str!("../../client/examples/quickstart.rs").lines();
    assert!(shown.lines().eq(built.filter(|line| !line.starts_with("#![expect("))), "{shown}");
}

#[tokio::test]
async fn the_example_reads_secrets_and_prints_no_value() {
    let scene = Scene::with_secrets(&["A"]).await;
    scene.admin.set("B", json!({"b": "the value of B"})).await;
    let ran = scene.runner.run_command(scene.runner.program(example()), None).await.prints(&["A", "B"]);
    scene.server.store().assert_keeps_secrets("the example", ran.printed());
    assert_eq!(scene.reads().await, 2);

    let without = scene.runner.without("STRONGROOM_KEY");
    let ran = without.run_command(without.program(example()), None).await;
    assert!(ran.code != Some(0) && !ran.stderr.is_empty(), "{ran:?}");
}
