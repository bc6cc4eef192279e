//! Configuration: flags, variables and a file have the same names, and a wrong one or a bad value is named.

use serde_json::{Value, json};
use strongroom_tests::{Machine, Server, Store};
use tokio::process::Command;

/// Expects `serve` to refuse these arguments and to name each of `parts`.
async fn check_refused(arguments: &[&str], parts: &[&str]) {
    let ran = Store::new().run(&[&["serve"], arguments].concat()).await;
    assert_eq!(ran.status.code(), Some(2), "{arguments:?}");
    let complaint = ran.failed();
    for part in parts {
        assert!(complaint.contains(part), "{arguments:?} should name {part}: {complaint}");
    }
    assert!(!complaint.contains("canary"), "{complaint}");
}

async fn check_variable_refused(name: &str, value: &str, part: &str) {
    let store = Store::new();
    store.set_variables(&[(name, value)]);
    store.refused(&["serve"], part).await;
}

fn serve_with_file(store: &Store, content: &str) -> Command {
    let mut command = store.command(["--config"]);
    command.arg(store.file(content)).arg("serve");
    command
}

#[tokio::test]
async fn unknown_names_and_bad_values_are_refused_by_name() {
    for (arguments, parts) in [
        ("--lisen 127.0.0.1:0", &["--lisen"][..]),
        ("extra", &["extra"]),
        ("--listen nowhere", &["listen", "nowhere"]),
        ("--listen 127.0.0.1:99999", &["listen", "127.0.0.1:99999"]),
        ("--listen 127.0.0.1:0 --public-url not-a-url", &["public-url", "not-a-url"]),
        ("--listen 127.0.0.1:0 --log =!?", &["log"]),
        ("--listen 127.0.0.1:0 --database-url mongodb://localhost/x", &["database URL", "sqlite:"]),
        ("--max-value-bytes 0", &["max-value-bytes"]),
        ("--max-value-bytes many", &["max-value-bytes", "many"]),
        ("--restore-window soon", &["restore-window", "soon"]),
        ("--log-format xml", &["log-format", "xml"]),
    ] {
        check_refused(&arguments.split(' ').collect::<Vec<_>>(), parts).await;
    }
    for (name, value, part) in [
        ("STRONGROOM_LISTEN", "nowhere", "nowhere"),
        ("STRONGROOM_PUBLIC_URL", "not a url", "not a url"),
        ("STRONGROOM_LISEN", "127.0.0.1:0", "STRONGROOM_LISEN"),
    ] {
        check_variable_refused(name, value, part).await;
    }
    // As a flag and as a variable.
    for (flag, value, part) in [
        ("public-url", "https://user:canary@h.example/a", "without a user name, query or fragment"),
        ("public-url", "https://h.example/a;b", "letters, digits"),
        ("session-lifetime", "soon", "soon"),
        ("session-idle", "never", "never"),
        ("keep-versions", "many", "many"),
        ("keep-versions", "-1", "-1"),
        ("trusted-proxies", "my proxy", "my proxy"),
        ("trusted-proxies", "127.0.0.1/33", "127.0.0.1/33"),
        ("trusted-proxies", "127.0.0.1/32,elsewhere", "elsewhere"),
    ] {
        check_refused(&[&format!("--{flag}={value}")], &[flag, part]).await;
        let variable = format!("STRONGROOM_{}", flag.to_uppercase().replace('-', "_"));
        check_variable_refused(&variable, value, part).await;
    }
}

#[tokio::test]
async fn kubernetes_service_variables_are_ignored() {
    let all =
        |text: &'static str| text.split_whitespace().map(|pair| pair.split_once('=').expect("NAME=value"));
    // The last ones are of services named `strongroom-port`, `strongroom-port-forward` and the like.
    let variables = "STRONGROOM_SERVICE_HOST=10.0.48.109 STRONGROOM_SERVICE_PORT=4300 STRONGROOM_SERVICE_PORT_HTTP=4300
        STRONGROOM_PORT=tcp://10.0.48.109:4300 STRONGROOM_PORT_4300_TCP=tcp://10.0.48.109:4300
        STRONGROOM_PORT_4300_TCP_PROTO=tcp STRONGROOM_PORT_4300_TCP_PORT=4300 STRONGROOM_PORT_4300_TCP_ADDR=10.0.48.109
        STRONGROOM_PORT_53_UDP=udp://10.0.48.109:53 STRONGROOM_PORT_99_SCTP_ADDR=fd00::1
        STRONGROOM_SERVER_SERVICE_HOST=10.0.48.109 STRONGROOM_SERVER_PORT=tcp://10.0.48.109:4300
        STRONGROOM_PORT_PORT=tcp://10.0.48.109:4300 STRONGROOM_PORT_PORT_4300_TCP_PORT=4300
        STRONGROOM_PORT_FORWARD_PORT=tcp://10.0.48.109:4300 STRONGROOM_LISTEN_PORT=tcp://10.0.48.109:4300
        STRONGROOM_KEY_PORT_1_TCP=tcp://10.0.48.109:1";
    let variables: Vec<_> = all(variables).collect();
    let store = Store::new();
    store.set_variables(&variables);
    let server = Server::start_on(&store, &[]).await;
    let key = server.team("acme").await.new_key("user").await;
    store.admin(&["audit", "verify"]).await;
    store.back_up().await;
    let mut machine = Machine::at(&server).with_key(&key);
    for (name, value) in variables {
        machine = machine.with(name, value);
    }
    machine.run(["list"]).await.succeeded();
    // The first one is a mistake for `STRONGROOM_LISTEN`.
    let mistakes = "STRONGROOM_PORT=4300 STRONGROOM_PORT_PORT=4300 STRONGROOM_PORT_4300=tcp
        STRONGROOM_PORT_HTTP_TCP=tcp://10.0.48.109:4300 STRONGROOM_PORT_4300_TCP_NAME=x
        STRONGROOM_SERVICE_HOSTS=10.0.48.109 STRONGROOM_HOST=10.0.48.109";
    for (name, value) in all(mistakes) {
        check_variable_refused(name, value, name).await;
    }
}

#[tokio::test]
async fn flags_take_precedence_over_variables() {
    let store = Store::new();
    let mut command = Store::bare_command();
    command.env("STRONGROOM_LISTEN", "127.0.0.1:0").env("STRONGROOM_DATA_DIR", store.data_dir());
    command.env("STRONGROOM_LOG", "debug");
    // `serve` is the default command.
    let server = Server::start_command(&store, command).await;
    assert_eq!(server.team("acme").await.key("user").await.names().await, [""; 0]);
    assert!(store.data_dir().is_dir());
    let store = Store::new();
    let mut command = store.command(["serve", "--listen", "127.0.0.1:0"]);
    command.env("STRONGROOM_LISTEN", "127.0.0.2:0");
    command.env("STRONGROOM_DATA_DIR", store.scratch().join("elsewhere"));
    let server = Server::start_command(&store, command).await;
    assert!(server.url().starts_with("http://127.0.0.1:"), "{}", server.url());
    assert!(store.data_dir().is_dir());
    assert!(!store.scratch().join("elsewhere").exists());
}

#[tokio::test]
async fn a_file_and_flags_have_the_same_names_and_limits_are_settings() {
    let store = Store::new();
    let content = "listen = \"127.0.0.1:0\"\nlog = \"debug\"\nsession-lifetime = \"1h\"\nsession-idle = \"1m\"\n\
                   keep-versions = 3\ntrusted-proxies = [\"10.0.0.0/8\"]\n";
    let mut command = serve_with_file(&store, content);
    command.args(["--max-value-bytes", "100", "--restore-window", "1ms", "--log-format", "json"]);
    let server = Server::start_command(&store, command).await;
    let complaint = store.run_command(serve_with_file(&store, "lisen = \"127.0.0.1:0\"\n")).await.failed();
    assert!(complaint.contains("lisen"), "{complaint}");
    store.refused(&["--config", "/no/such/file.toml", "serve"], "/no/such/file.toml").await;

    let writer = server.team("acme").await.key("user").await;
    writer.set("FITS", json!("x".repeat(98))).await;
    let message = writer.try_set("DOES NOT", json!("x".repeat(99))).await.assert_error("BAD_USER_INPUT");
    assert!(message.contains("100"), "{message}");
    assert_eq!(writer.names().await, ["FITS"]);
    writer.set("A", json!("the value of A")).await;
    writer.delete("A").await;
    writer.refused("restore_secret", json!({"name": "A"})).await;
    let log = server.log();
    assert!(!log.is_empty());
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        assert!(entry["timestamp"].is_string() && entry["level"].is_string(), "{line}");
    }
}
