//! Configuration: flags, variables and a file have the same names, and a mistake stops the start by name.

use serde_json::{Value, json};
use strongroom_tests::{Machine, Server, Store};

/// Runs `serve` with what has to stop it, and expects each of `parts` in what it says.
async fn check_refused(arguments: &[&str], parts: &[&str]) {
    let store = Store::new();
    let complaint = store.run(&[&["serve"], arguments].concat()).await.failed();
    for part in parts {
        assert!(complaint.contains(part), "{arguments:?} should name {part}: {complaint}");
    }
    assert!(!complaint.contains("panicked"), "{complaint}");
}

/// The same with an environment variable.
async fn check_variable_refused(name: &str, value: &str, parts: &[&str]) {
    let store = Store::new();
    let mut command = store.command(["serve"]);
    command.env(name, value);
    let complaint = store.run_command(command).await.failed();
    for part in parts {
        assert!(complaint.contains(part), "{name}={value} should name {part}: {complaint}");
    }
}

#[tokio::test]
async fn an_unknown_flag_stops_the_start() {
    check_refused(&["--lisen", "127.0.0.1:0"], &["--lisen"]).await;
    check_refused(&["extra"], &["extra"]).await;
}

#[tokio::test]
async fn a_bad_value_of_a_flag_stops_the_start() {
    check_refused(&["--listen", "nowhere"], &["listen", "nowhere"]).await;
    check_refused(&["--listen", "127.0.0.1:99999"], &["listen", "127.0.0.1:99999"]).await;
    check_refused(&["--listen", "127.0.0.1:0", "--public-url", "not a url"], &["public-url", "not a url"])
        .await;
    check_refused(&["--listen", "127.0.0.1:0", "--log", "=!?"], &["log"]).await;
    let database = ["--listen", "127.0.0.1:0", "--database-url", "mongodb://localhost/x"];
    check_refused(&database, &["database URL", "sqlite:"]).await;
}

#[tokio::test]
async fn a_bad_value_of_a_variable_stops_the_start() {
    check_variable_refused("STRONGROOM_LISTEN", "nowhere", &["nowhere"]).await;
    check_variable_refused("STRONGROOM_PUBLIC_URL", "not a url", &["not a url"]).await;
}

#[tokio::test]
async fn an_unknown_variable_of_ours_stops_the_start() {
    check_variable_refused("STRONGROOM_LISEN", "127.0.0.1:0", &["STRONGROOM_LISEN"]).await;
}

#[tokio::test]
async fn kubernetes_service_variables_are_ignored() {
    let address = "tcp://10.0.48.109:4300";
    let variables = [
        ("STRONGROOM_SERVICE_HOST", "10.0.48.109"),
        ("STRONGROOM_SERVICE_PORT", "4300"),
        ("STRONGROOM_SERVICE_PORT_HTTP", "4300"),
        ("STRONGROOM_PORT", address),
        ("STRONGROOM_PORT_4300_TCP", address),
        ("STRONGROOM_PORT_4300_TCP_PROTO", "tcp"),
        ("STRONGROOM_PORT_4300_TCP_PORT", "4300"),
        ("STRONGROOM_PORT_4300_TCP_ADDR", "10.0.48.109"),
        ("STRONGROOM_PORT_53_UDP", "udp://10.0.48.109:53"),
        ("STRONGROOM_PORT_99_SCTP_ADDR", "fd00::1"),
        ("STRONGROOM_SERVER_SERVICE_HOST", "10.0.48.109"),
        ("STRONGROOM_SERVER_PORT", address),
        // Services named `strongroom-port` and `strongroom-port-forward`.
        ("STRONGROOM_PORT_PORT", address),
        ("STRONGROOM_PORT_PORT_4300_TCP_PORT", "4300"),
        ("STRONGROOM_PORT_FORWARD_PORT", address),
        ("STRONGROOM_LISTEN_PORT", address),
        ("STRONGROOM_KEY_PORT_1_TCP", "tcp://10.0.48.109:1"),
    ];
    let store = Store::new();
    store.set_variables(&variables);
    let server = Server::start_on(&store, &[]).await;
    let key = server.team("acme").await.new_key("user").await;
    store.admin(&["audit", "verify"]).await;
    let backup = store.scratch().join("backup");
    store.run(&["backup", &backup.display().to_string()]).await.succeeded();
    let mut machine = Machine::at(&server).with_key(&key);
    for (name, value) in variables {
        machine = machine.with(name, value);
    }
    machine.run(["list"]).await.succeeded();

    for (name, value) in [
        // Probably meant as `STRONGROOM_LISTEN`.
        ("STRONGROOM_PORT", "4300"),
        ("STRONGROOM_PORT_PORT", "4300"),
        ("STRONGROOM_PORT_4300", "tcp"),
        ("STRONGROOM_PORT_HTTP_TCP", address),
        ("STRONGROOM_PORT_4300_TCP_NAME", "x"),
        ("STRONGROOM_SERVICE_HOSTS", "10.0.48.109"),
        ("STRONGROOM_HOST", "10.0.48.109"),
    ] {
        check_variable_refused(name, value, &[name]).await;
    }
}

#[tokio::test]
async fn public_url_has_a_host_and_at_most_a_plain_path() {
    for (url, part) in [
        ("https://h.example/a?b", "without a user name, query or fragment"),
        ("https://h.example/#b", "without a user name, query or fragment"),
        ("https://user@h.example/a", "without a user name, query or fragment"),
        ("ftp://h.example", "without a user name, query or fragment"),
        ("https://h.example/a;b", "letters, digits"),
        ("https://h.example/a//b", "letters, digits"),
        ("https://h.example/a%20b", "letters, digits"),
    ] {
        check_refused(&["--public-url", url], &["public-url", part]).await;
        check_variable_refused("STRONGROOM_PUBLIC_URL", url, &[part]).await;
    }
}

#[tokio::test]
async fn variables_do_what_flags_do() {
    let store = Store::new();
    let mut command = Store::bare_command();
    command
        .env("STRONGROOM_LISTEN", "127.0.0.1:0")
        .env("STRONGROOM_DATA_DIR", store.data_dir())
        .env("STRONGROOM_LOG", "debug");
    let server = Server::start_command(&store, command).await;
    assert_eq!(server.team("acme").await.key("user").await.names().await, [""; 0]);
    assert!(store.data_dir().is_dir());
}

#[tokio::test]
async fn a_flag_beats_a_variable() {
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
async fn serving_is_what_it_does_when_told_nothing() {
    let store = Store::new();
    let mut command = Store::bare_command();
    command.arg("--data-dir").arg(store.data_dir()).env("STRONGROOM_LISTEN", "127.0.0.1:0");
    let server = Server::start_command(&store, command).await;
    server.nobody().get("/healthz").await;
}

#[tokio::test]
async fn a_configuration_file_holds_the_same_names() {
    let store = Store::new();
    let file = store.file("listen = \"127.0.0.1:0\"\nlog = \"debug\"\n");
    let mut command = store.command(["--config"]);
    command.arg(&file).arg("serve");
    let server = Server::start_command(&store, command).await;
    server.nobody().get("/healthz").await;
}

#[tokio::test]
async fn a_mistake_in_the_configuration_file_stops_the_start_by_name() {
    for (content, part) in [
        ("lisen = \"127.0.0.1:0\"\n", "lisen"),
        ("listen = \"nowhere\"\n", "listen"),
        ("listen = 17\n", "listen"),
        ("listen = \n", "listen"),
    ] {
        let store = Store::new();
        let file = store.file(content);
        let mut command = store.command(["--config"]);
        command.arg(&file).arg("serve");
        let complaint = store.run_command(command).await.failed();
        assert!(complaint.contains(part), "{content:?} should name {part}: {complaint}");
    }
}

#[tokio::test]
async fn a_configuration_file_that_is_not_there_is_named() {
    let store = Store::new();
    let complaint = store.run(&["--config", "/no/such/file.toml", "serve"]).await.failed();
    assert!(complaint.contains("/no/such/file.toml"), "{complaint}");
}

#[tokio::test]
async fn the_largest_value_can_be_set() {
    let store = Store::new();
    let server = Server::start_on(&store, &["--max-value-bytes", "100"]).await;
    let team = server.team("acme").await;
    let writer = team.key("user").await;
    writer.set("FITS", json!("x".repeat(98))).await;
    let message = writer.try_set("DOES NOT", json!("x".repeat(99))).await.assert_error("BAD_USER_INPUT");
    assert!(message.contains("100"), "{message}");
    assert_eq!(writer.names().await, ["FITS"]);
    check_refused(&["--max-value-bytes", "0"], &["max-value-bytes"]).await;
    check_refused(&["--max-value-bytes", "many"], &["max-value-bytes", "many"]).await;
}

#[tokio::test]
async fn how_long_a_deleted_secret_can_be_restored_can_be_set() {
    let store = Store::new();
    let server = Server::start_on(&store, &["--restore-window", "1ms"]).await;
    let writer = server.team("acme").await.key("user").await;
    writer.set("A", json!("the value of A")).await;
    writer.delete("A").await;
    writer.try_restore("A").await.refusal("restore_secret");
    check_refused(&["--restore-window", "soon"], &["restore-window", "soon"]).await;
}

#[tokio::test]
async fn settings_that_guard_sessions_and_values_are_checked_at_the_start() {
    for (flag, value, bad) in [
        ("session-lifetime", "soon", "soon"),
        ("session-idle", "never", "never"),
        ("keep-versions", "many", "many"),
        ("keep-versions", "-1", "-1"),
        ("trusted-proxies", "my proxy", "my proxy"),
        ("trusted-proxies", "127.0.0.1/33", "127.0.0.1/33"),
        ("trusted-proxies", "127.0.0.1/32,elsewhere", "elsewhere"),
    ] {
        check_refused(&[&format!("--{flag}={value}")], &[flag, bad]).await;
        let variable = format!("STRONGROOM_{}", flag.to_uppercase().replace('-', "_"));
        check_variable_refused(&variable, value, &[bad]).await;
    }
    let store = Store::new();
    let file = store.file(
        "session-lifetime = \"1h\"\nsession-idle = \"1m\"\nkeep-versions = 3\ntrusted-proxies = [\"10.0.0.0/8\"]\n",
    );
    let mut command = store.command(["serve", "--listen", "127.0.0.1:0", "--config"]);
    command.arg(&file);
    let server = Server::start_command(&store, command).await;
    server.nobody().get("/healthz").await;
}

#[tokio::test]
async fn the_log_can_be_json() {
    let store = Store::new();
    let server = Server::start_on(&store, &["--log-format", "json", "--log", "debug"]).await;
    server.team("acme").await.key("user").await.set("A", json!("the value of A")).await;
    let log = server.log();
    assert!(!log.is_empty());
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        assert!(entry["timestamp"].is_string() && entry["level"].is_string(), "{line}");
    }
    check_refused(&["--log-format", "xml"], &["log-format", "xml"]).await;
}
