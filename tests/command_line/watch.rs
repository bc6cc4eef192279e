//! `strongroom run --watch`: the command is restarted when its secrets change, and only then.

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

/// Waits until the server has had two more requests: the second sees all earlier changes.
async fn asked_again(scene: &Scene) {
    let count = async || scene.server.metric("strongroom_graphql_operations_total").await;
    let before = count().await;
    wait::is("the server is asked", async || count().await >= before + 2.0).await;
}

async fn prints(running: &mut Running, lines: &[&str]) {
    for line in lines {
        assert_eq!(running.line().await, *line);
    }
}

/// Waits until another message appears on standard error, and returns all of them.
async fn says_more(running: &Running, before: &str) -> String {
    let more = async || Some(running.said()).filter(|said| said != before);
    wait::until("there is another message", more).await
}

async fn scene() -> Scene {
    let scene = Scene::new().await;
    scene.admin.set_all(&[("A", "the first value"), ("B", "another secret")]).await;
    scene
}

#[tokio::test]
async fn only_a_changed_value_restarts_the_command() {
    let scene = scene().await;
    let before = scene.reads().await;
    let mut running = watched(&scene, &["--only", "A"], SCRIPT);
    prints(&mut running, &["start the first value"]).await;
    asked_again(&scene).await;
    assert_eq!(scene.reads().await, before + 1, "watching reads no value");

    scene.admin.set_all(&[("B", "something else now"), ("C", "a new secret")]).await;
    asked_again(&scene).await;
    assert_eq!(scene.reads().await, before + 1, "others are not read");
    // The same value once more is a new version, which must be read to be compared.
    scene.admin.set("A", json!("the first value")).await;
    wait::is("it is read", async || scene.reads().await == before + 2).await;

    scene.admin.set("A", json!("the second value")).await;
    prints(&mut running, &["end", "start the second value"]).await;
    assert_eq!(scene.reads().await, before + 3);
    running.signal("TERM");
    prints(&mut running, &["end"]).await;
    assert_eq!(running.ended().await.code(), Some(0));
}

#[tokio::test]
async fn without_only_new_and_deleted_secrets_restart_the_command() {
    let scene = scene().await;
    let script = r#"trap 'exit 0' TERM; echo "start $A,$B,$C"; while :; do sleep 0.02; done"#;
    let mut running = watched(&scene, &["--plain", "--except", "X_*"], script);
    prints(&mut running, &["start the first value,another secret,"]).await;
    scene.admin.set("C", json!("a new secret")).await;
    prints(&mut running, &["start the first value,another secret,a new secret"]).await;
    // Changes of excluded secrets, and of those without a variable, don't restart the command.
    scene.admin.set_all(&[("X_NEW", "left out"), ("no variable", "unreachable")]).await;
    asked_again(&scene).await;
    scene.admin.delete("B").await;
    prints(&mut running, &["start the first value,,a new secret"]).await;
    scene.admin.done("update_secret", json!({"name": "C", "new_name": "B"})).await;
    prints(&mut running, &["start the first value,a new secret,"]).await;
    assert!(running.is_running());
}

#[tokio::test]
async fn the_command_keeps_its_values_while_a_named_secret_is_missing() {
    let scene = scene().await;
    let script = r#"trap 'exit 0' TERM; echo "start $A,$B"; while :; do sleep 0.02; done"#;
    let mut running = watched(&scene, &["--only", "A,B"], script);
    prints(&mut running, &["start the first value,another secret"]).await;
    let before = running.said();
    scene.admin.delete("A").await;
    let warned = says_more(&running, &before).await;
    assert!(warned.contains("Deleted or no longer accessible: A. sh keeps its values"), "{warned}");
    scene.admin.set("B", json!("a newer secret")).await;
    asked_again(&scene).await;
    assert_eq!(running.said(), warned, "it is reported once");
    scene.admin.set("A", json!("the second value")).await;
    prints(&mut running, &["start the second value,a newer secret"]).await;
    assert!(running.said().contains("Secrets have changed (A, B)"), "{}", running.said());
}

#[tokio::test]
async fn signals_and_ctrl_c_reach_the_command_and_its_end_ends_the_watching() {
    let scene = scene().await;
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -s KILL $$", 137)] {
        let mut running = watched(&scene, &[], script);
        assert_eq!(running.ended().await.code(), Some(code), "{script}");
    }
    scene.runner.run([&WATCH[..], &["--", "no-such-program-anywhere"]].concat()).await.failed(127);
    for wrong in ["0s", "soon"] {
        scene.runner.run(["run", "--watch", "--interval", wrong, "--", "true"]).await.failed(125);
    }

    for signal in ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"] {
        let script =
            format!("trap 'echo got {signal}; exit 5' {signal}; echo ready; while :; do sleep 0.02; done");
        let mut running = watched(&scene, &[], &script);
        prints(&mut running, &["ready"]).await;
        running.signal(signal);
        prints(&mut running, &[&format!("got {signal}")]).await;
        assert_eq!(running.ended().await.code(), Some(5), "{signal}");
    }
    // A signal that the command survives does not end the watching.
    let script = "trap 'echo got USR1' USR1; echo ready; while :; do sleep 0.02; done";
    let mut running = watched(&scene, &[], script);
    prints(&mut running, &["ready"]).await;
    for _ in 0..2 {
        running.signal("USR1");
        prints(&mut running, &["got USR1"]).await;
    }
    running.signal("TERM");
    assert_eq!(running.ended().await.code(), Some(128 + 15));

    let script = "n=0; trap 'n=$((n+1)); echo interrupt $n' INT; trap 'echo ended after $n; exit 6' TERM
        echo ready; while :; do sleep 0.02; done";
    let arguments = [&WATCH[..], &["--", "sh", "-c", script]].concat();
    let mut terminal = Terminal::run(&scene.runner, &arguments);
    terminal.expect("ready").await;
    scene.runner.store().hears("the terminal", &terminal.shown());
    terminal.type_keys("\x03").await;
    terminal.expect("interrupt 1").await;
    strongroom_tests::server::signal(terminal.pid(), "TERM");
    terminal.expect("ended after ").await;
    assert_eq!(terminal.ended().await.code(), Some(6));
}

#[tokio::test]
async fn a_command_that_ignores_the_signal_is_killed_after_the_grace() {
    let scene = scene().await;
    let script = r#"trap '' TERM; echo "start $A"; while :; do sleep 0.02; done"#;
    let mut running = watched(&scene, &["--grace", "200ms"], script);
    prints(&mut running, &["start the first value"]).await;
    let first = descendants(running.pid());
    scene.admin.set("A", json!("the second value")).await;
    prints(&mut running, &["start the second value"]).await;
    let now = descendants(running.pid());
    assert!(!now.iter().any(|pid| first[..1].contains(pid)), "the first one is gone");
    assert!(running.said().contains("killing it"), "{}", running.said());
}

#[tokio::test]
async fn the_command_runs_on_while_the_server_is_away_and_later_changes_restart_it() {
    let scene = scene().await;
    let mut running = watched(&scene, &[], SCRIPT);
    prints(&mut running, &["start the first value"]).await;
    let before = running.said();
    let Scene { server, admin, .. } = scene;
    let (store, address) = (server.store().clone(), server.address().to_owned());
    server.stop().await;
    let warned = says_more(&running, &before).await;
    assert!(running.is_running());

    let server = Server::start_at(&store, &address, &[]).await;
    let said = says_more(&running, &warned).await;
    assert_eq!(said[before.len()..].lines().count(), 2, "one warning and one note: {said}");
    admin.at(&server).set("A", json!("the second value")).await;
    prints(&mut running, &["end", "start the second value"]).await;
}

#[tokio::test]
async fn revoking_the_key_does_not_stop_the_command() {
    let scene = scene().await;
    let (id, short) = scene.admin.new_key(json!({"name": "short-lived", "role": "runner"})).await;
    let machine = scene.runner.with_key(short.key());
    let mut running = machine.start([&WATCH[..], &["--", "sh", "-c", SCRIPT]].concat());
    prints(&mut running, &["start the first value"]).await;
    let before = running.said();
    scene.admin.done("delete_api_key", json!({"key_id": id})).await;
    says_more(&running, &before).await;
    assert!(running.is_running());
    asked_again(&scene).await;
    assert_eq!(running.said().lines().count(), before.lines().count() + 1, "{}", running.said());
    assert_eq!(running.has_line_within(Duration::from_millis(1)).await, None);
}
