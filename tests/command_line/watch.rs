//! `strongroom run --watch`: the command is started anew when its secrets change, and only then.

use std::time::Duration;

use serde_json::json;
use strongroom_tests::program::{Running, descendants};
use strongroom_tests::terminal::Terminal;
use strongroom_tests::{Server, wait};

use crate::Scene;

const SCRIPT: &str = r#"trap 'echo "end"; exit 0' TERM; echo "start $A"; while :; do sleep 0.02; done"#;

const WATCH: [&str; 4] = ["run", "--watch", "--interval", "100ms"];

fn watched(scene: &Scene, arguments: &[&str], script: &str) -> Running {
    scene.runner.start([&WATCH, arguments, &["--", "sh", "-c", script]].concat())
}

/// Waits until the server has been asked twice more: once about what there is now.
async fn asked_again(scene: &Scene) {
    let count = async || {
        let metrics = scene.server.nobody().get("/metrics").await;
        let lines = metrics.text().lines();
        let counted = lines.filter(|line| line.starts_with("strongroom_graphql_operations_total"));
        counted.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>()
    };
    let before = count().await;
    wait::until("the server is asked", async || (count().await >= before + 2).then_some(())).await;
}

async fn a_secret() -> Scene {
    let scene = Scene::new().await;
    scene.admin.set("A", json!("the first value")).await;
    scene.admin.set("B", json!("another secret")).await;
    scene
}

#[tokio::test]
async fn a_changed_value_starts_it_anew_and_nothing_else_does() {
    let scene = a_secret().await;
    let before = scene.reads().await;
    let mut running = watched(&scene, &["--only", "A"], SCRIPT);
    assert_eq!(running.line().await, "start the first value");
    asked_again(&scene).await;
    assert_eq!(scene.reads().await, before + 1, "looking is not reading");

    scene.admin.set("B", json!("something else now")).await;
    scene.admin.set("C", json!("a new secret")).await;
    asked_again(&scene).await;
    assert_eq!(scene.reads().await, before + 1, "others are not read");
    // The same value once more is a new version, which has to be read to be known.
    scene.admin.set("A", json!("the first value")).await;
    wait::until("it looks", async || (scene.reads().await == before + 2).then_some(())).await;

    scene.admin.set("A", json!("the second value")).await;
    assert_eq!(running.line().await, "end");
    assert_eq!(running.line().await, "start the second value");
    assert_eq!(scene.reads().await, before + 3);
    running.signal("TERM");
    assert_eq!(running.line().await, "end");
    assert_eq!(running.ended().await.code(), Some(0));
}

#[tokio::test]
async fn without_only_what_comes_and_goes_counts_as_well() {
    let scene = a_secret().await;
    let script = r#"trap 'exit 0' TERM; echo "start $A,$B,$C"; while :; do sleep 0.02; done"#;
    let mut running = watched(&scene, &["--plain", "--except", "X_*"], script);
    assert_eq!(running.line().await, "start the first value,another secret,");
    scene.admin.set("C", json!("a new secret")).await;
    assert_eq!(running.line().await, "start the first value,another secret,a new secret");
    // Changes of excluded secrets, and of those without a variable, don't restart the command.
    scene.admin.set("X_NEW", json!("left out")).await;
    scene.admin.set("no variable", json!("unreachable")).await;
    asked_again(&scene).await;
    scene.admin.delete("B").await;
    assert_eq!(running.line().await, "start the first value,,a new secret");
    let rename = json!({"name": "C", "new_name": "B"});
    scene.admin.done("update_secret", rename).await;
    assert_eq!(running.line().await, "start the first value,a new secret,");
    assert!(running.is_running());
}

#[tokio::test]
async fn signals_reach_the_command_and_its_own_end_is_the_end() {
    let scene = a_secret().await;
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -s KILL $$", 137)] {
        let mut running = watched(&scene, &[], script);
        assert_eq!(running.ended().await.code(), Some(code), "{script}");
    }
    let command = [&WATCH[..], &["--", "no-such-program-anywhere"]].concat();
    scene.runner.run(command).await.failed(127);
    for wrong in ["0s", "soon"] {
        let command = ["run", "--watch", "--interval", wrong, "--", "true"];
        scene.runner.run(command).await.failed(125);
    }

    // Signals reach it.
    for signal in ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"] {
        let script =
            format!("trap 'echo got {signal}; exit 5' {signal}; echo ready; while :; do sleep 0.02; done");
        let mut running = watched(&scene, &[], &script);
        assert_eq!(running.line().await, "ready");
        running.signal(signal);
        assert_eq!(running.line().await, format!("got {signal}"));
        assert_eq!(running.ended().await.code(), Some(5), "{signal}");
    }
    // One that it may ignore does not end the watching.
    let script = "trap 'echo got USR1' USR1; echo ready; while :; do sleep 0.02; done";
    let mut running = watched(&scene, &[], script);
    assert_eq!(running.line().await, "ready");
    for _ in 0..2 {
        running.signal("USR1");
        assert_eq!(running.line().await, "got USR1");
    }
    running.signal("TERM");
    assert_eq!(running.ended().await.code(), Some(128 + 15));
}

#[tokio::test]
async fn a_command_that_does_not_listen_is_killed_after_the_grace() {
    let scene = a_secret().await;
    let script = r#"trap '' TERM; echo "start $A"; while :; do sleep 0.02; done"#;
    let mut running = watched(&scene, &["--grace", "200ms"], script);
    assert_eq!(running.line().await, "start the first value");
    let first = descendants(running.pid());
    scene.admin.set("A", json!("the second value")).await;
    assert_eq!(running.line().await, "start the second value");
    let now = descendants(running.pid());
    assert!(!now.iter().any(|pid| first[..1].contains(pid)), "the first one is gone");
    assert!(running.said().contains("killed"), "{}", running.said());
}

#[tokio::test]
async fn it_goes_on_while_the_server_is_away_and_finds_what_changed_meanwhile() {
    let scene = a_secret().await;
    let mut running = watched(&scene, &[], SCRIPT);
    assert_eq!(running.line().await, "start the first value");
    let said_before = running.said();
    let address = scene.server.address().to_owned();
    let Scene { server, admin, .. } = scene;
    let store = server.store().clone();
    server.stop().await;
    wait::until("it says so", async || (running.said() != said_before).then_some(())).await;
    let warned = running.said();
    assert!(running.is_running());

    let server = Server::start_at(&store, &address, &[]).await;
    wait::until("it says that the server is back", async || (running.said() != warned).then_some(())).await;
    let said = running.said();
    let new: Vec<_> = said[said_before.len()..].lines().collect();
    assert_eq!(new.len(), 2, "one warning and one note: {new:?}");
    admin.at(&server).set("A", json!("the second value")).await;
    assert_eq!(running.line().await, "end");
    assert_eq!(running.line().await, "start the second value");
}

#[tokio::test]
async fn a_key_that_is_revoked_meanwhile_leaves_the_command_alone() {
    let scene = a_secret().await;
    let input = json!({"name": "short-lived", "role": "runner"});
    let (id, short) = scene.admin.new_key(input).await;
    let machine = scene.runner.with_key(short.key());
    let mut running = machine.start([&WATCH[..], &["--", "sh", "-c", SCRIPT]].concat());
    assert_eq!(running.line().await, "start the first value");
    let before = running.said();
    scene.admin.done("delete_api_key", json!({"key_id": id})).await;
    wait::until("it says so", async || (running.said() != before).then_some(())).await;
    assert!(running.is_running());
    asked_again(&scene).await;
    assert_eq!(running.said().lines().count(), before.lines().count() + 1, "{}", running.said());
    assert_eq!(running.has_line_within(Duration::from_millis(1)).await, None);
}

#[tokio::test]
async fn at_a_terminal_ctrl_c_reaches_the_command_once() {
    let scene = a_secret().await;
    let script = "n=0; trap 'n=$((n+1)); echo interrupt $n' INT; trap 'echo ended after $n; exit 6' TERM
        echo ready; while :; do sleep 0.02; done";
    let arguments = [&WATCH[..], &["--", "sh", "-c", script]].concat();
    let mut terminal = Terminal::run(&scene.runner, &arguments);
    terminal.expect("ready").await;
    // A command that has just been started is told by both, for the terminal may have missed it.
    scene.runner.store().hears("the terminal", &terminal.shown());
    terminal.type_keys("\x03").await;
    terminal.expect("interrupt 1").await;
    strongroom_tests::server::signal(terminal.pid(), "TERM");
    terminal.expect("ended after ").await;
    assert_eq!(terminal.ended().await.code(), Some(6));
}
