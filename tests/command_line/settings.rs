//! The sources of the server's address and the key, invalid settings, and exit codes.

use std::path::Path;
use std::process::Command;

use strongroom_tests::durability::faults::{Needs, in_own_mounts};
use strongroom_tests::http::Stranger;
use strongroom_tests::server::free_address;
use strongroom_tests::{Machine, text};

use crate::{SECRET, Scene, UNKNOWN_KEY};

const FILE: &str = ".config/strongroom/config.toml";

#[tokio::test]
async fn arguments_take_precedence_over_variables_and_variables_over_the_file() {
    let scene = Scene::new().await;
    let url = scene.server.url();
    let (user, read_only) = (scene.team.new_key("user").await, scene.team.new_key("read-only").await);
    let admin = scene.team.new_key("administrator").await;
    let from_file = Machine::bare(scene.server.store());
    from_file.file(FILE, format!("server = \"{url}\"\nkey = \"{user}\"\n"));
    let admin_file = from_file.file("key of the administrator", format!("{admin}\n"));
    let from_variable = from_file.with_key(&read_only);
    let away = from_variable.with("STRONGROOM_SERVER", format!("http://{}", free_address()));
    let (configured, other) = (Machine::at(&scene.server), Machine::at(&scene.server));
    let key_file = configured.file("some where/key", format!("\u{feff}  {read_only}\r\n\n"));
    configured.file(".config/strongroom/key", &read_only);
    configured.file(FILE, "key-file = \"key\"\n");
    let relative = "key-file = \"../../some where/key\"\n";
    let config = configured.file("elsewhere/strongroom/config.toml", relative);
    for (machine, arguments, role) in [
        (from_file.clone(), &[][..], "user"),
        (from_variable.clone(), &[], "read-only"),
        (from_variable.clone(), &["--key-file", text(&admin_file)], "administrator"),
        (from_variable.clone(), &["--key", &admin], "administrator"),
        // An empty variable counts as unset.
        (from_variable.with("STRONGROOM_KEY", ""), &[], "user"),
        (away, &["--server", url], "read-only"),
        // A variable names the key's file, or the configuration does, relative to itself.
        (other.with("STRONGROOM_KEY_FILE", &key_file), &[], "read-only"),
        (configured.clone(), &[], "read-only"),
        (configured.with("XDG_CONFIG_HOME", configured.home().join("elsewhere")), &[], "read-only"),
        (other.with("STRONGROOM_CLIENT_CONFIG", &config), &[], "read-only"),
        (other, &["--config", text(&config)], "read-only"),
    ] {
        let ran = machine.run([&["whoami", "--json"], arguments].concat()).await.succeeded();
        assert_eq!(ran.json()["role"], role, "{arguments:?}");
    }
}

#[tokio::test]
async fn a_role_or_a_key_of_an_earlier_source_is_used_and_both_of_one_are_refused() {
    let scene = Scene::new().await;
    let key = scene.team.new_key("user").await;
    let machine = Machine::at(&scene.server);
    let no_token = ["no token to log in with", "STRONGROOM_JWT_FILE"];
    machine.run(["list", "--role", "acme/deploy"]).await.fails(2, &no_token);
    machine.run(["login"]).await.fails(2, &["STRONGROOM_ROLE"]);

    let key_file = machine.file("key", &key);
    let with_role = machine.with("STRONGROOM_ROLE", "acme/deploy");
    for (name, value) in [("STRONGROOM_KEY", key.as_str()), ("STRONGROOM_KEY_FILE", text(&key_file))] {
        let (with_key, with_both) = (machine.with(name, value), with_role.with(name, value));
        with_key.run(["list", "--role", "acme/deploy"]).await.fails(2, &no_token);
        with_key.run(["list", "--jwt-file", "nowhere"]).await.fails(2, &["no role to log in with"]);
        with_both.run(["list"]).await.fails(2, &[name, "STRONGROOM_ROLE are both set. Unset"]);
        with_both.run(["list", "--jwt-file", "nowhere"]).await.fails(2, &["nowhere can't be read"]);
        with_both.run(["login"]).await.fails(2, &no_token);
        with_both.run(["list", "--key", &key]).await.succeeded();
    }
    for one in ["--key", "--key-file"] {
        machine.run(["list", "--role", "acme/deploy", one, SECRET]).await.fails(2, &["--role", one]);
    }
    machine.file(FILE, format!("key = \"{key}\"\nrole = \"acme/deploy\"\njwt-file = \"token\"\n"));
    machine.run(["list"]).await.fails(2, &["`key` and a role", "config.toml are both set"]);
    with_role.run(["list"]).await.fails(2, &[".config/strongroom/token can't be read"]);
    machine.file(".config/strongroom/token", "\n");
    with_role.run(["list"]).await.fails(2, &["token gives no token to log in with: the file is empty"]);
    machine.file(FILE, "role = \"acme/deploy\"\n");
    machine.run(["list"]).await.fails(2, &no_token);
    let doctor = machine.with_key(&key).run(["doctor"]).await.succeeded();
    assert!(doctor.printed().contains("config.toml is not used, because of the key."), "{doctor:?}");
}

#[tokio::test]
async fn each_kind_of_failure_has_its_code_and_invalid_files_are_reported_by_position() {
    let scene = Scene::with_secrets(&["A"]).await;
    let none = Machine::at(&scene.server);
    none.run(["list"]).await.fails(3, &["STRONGROOM_KEY"]);
    none.with_key(UNKNOWN_KEY).run(["list"]).await.fails(3, &["does not accept the API key"]);
    none.with_key("a key of\nsomething else").run(["list"]).await.failed(3);
    let url = scene.server.url();
    for (address, part) in [
        ("127.0.0.1:4300", "does not begin with https:// or http://"),
        ("ftp://127.0.0.1", "does not begin with https:// or http://"),
        ("nonsense", "does not begin with https:// or http://"),
        (&url.replace("://", &format!("://user:{SECRET}@")), "a user name or a password"),
    ] {
        let machine = scene.writer.with("STRONGROOM_SERVER", address);
        machine.run(["list"]).await.fails(2, &[part]);
        let doctor = machine.run(["doctor"]).await;
        assert!(doctor.code == Some(1) && doctor.printed().contains(part), "{doctor:?}");
    }
    none.run(["list", "--key", ""]).await.fails(3, &["The API key is empty"]);
    none.with("STRONGROOM_KEY", "").run(["list"]).await.fails(3, &["STRONGROOM_KEY is empty"]);
    let tls = scene.writer.with("STRONGROOM_SERVER", url.replace("http://", "https://"));
    tls.run(["list"]).await.fails(4, &["that port does not speak TLS. Did you mean http://"]);
    // Any path with this end is GraphQL.
    let below = scene.writer.with("STRONGROOM_SERVER", format!("{}/healthz/graphql", scene.server.url()));
    below.run(["list"]).await.succeeded();
    for wrong in [&["nothing"][..], &["list", "--nothing"], &["get"], &["completions", "dos"], &[]] {
        let ran = scene.writer.run(wrong).await;
        assert!(ran.code == Some(2) && !ran.stderr.is_empty(), "{ran:?}");
    }
    scene.runner.run(["get", "B"]).await.failed(1);
    scene.runner.run_with(["set", "A"], "the other value").await.failed(3);

    // An unreachable server.
    let address = free_address();
    let away = scene.writer.with("STRONGROOM_SERVER", format!("http://{address}"));
    let (list, set) = tokio::join!(away.run(["list"]), away.run_with(["set", "A"], "hunter2hunter2"));
    for ran in [list, set] {
        ran.fails(4, &[&address, "can't be reached"]);
    }

    // Invalid files are reported by position and not by content.
    let machine = Machine::at(&scene.server);
    for (content, part) in [
        ("server = \"http://127.0.0.1:1\"\nkey = hunter2hunter2\n", "line 2"),
        ("key = \"hunter2hunter2\n", "line 1"),
        ("hunter2hunter2", "line 1"),
        ("key = 1\n", "key"),
        ("[key]\nvalue = \"hunter2hunter2\"\n", "key"),
        ("kee = \"hunter2hunter2\"\n", "kee"),
    ] {
        machine.file(FILE, content);
        machine.run(["list"]).await.fails(2, &["config.toml", part]);
    }
    machine.file(FILE, b"key = \"hunter2hunter2\xff\"\n");
    machine.run(["list"]).await.failed(2);
    machine.file(FILE, "key-file = \"missing\"\n");
    machine.run(["list"]).await.fails(2, &["missing"]);
    machine.file(".config/strongroom/missing", " \n");
    machine.run(["list"]).await.fails(2, &["holds no key"]);

    machine.file(FILE, "");
    for arguments in [["--config", "nowhere.toml"], ["--key-file", "nowhere.key"]] {
        machine.run([&["list"], &arguments[..]].concat()).await.fails(2, &[arguments[1]]);
    }
}

async fn check_without_certificates(machine: &Machine, parts: &[&str]) {
    machine.run(["list"]).await.succeeded();
    let https = machine.with("STRONGROOM_SERVER", "https://127.0.0.1:1");
    https.run(["list"]).await.fails(2, parts);
    let doctor = https.run(["doctor"]).await;
    assert!(doctor.printed().lines().any(|line| line.starts_with("✗ certificates")), "{doctor:?}");
}

#[tokio::test]
async fn only_https_needs_the_certificates_named_by_a_variable() {
    let scene = Scene::new().await;
    let empty = scene.runner.file("certificates/empty.pem", "");
    let folder = scene.runner.home().join("certificates");
    for (variable, path) in [
        ("SSL_CERT_FILE", text(&empty)),
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("SSL_CERT_DIR", text(&folder)),
    ] {
        let named = format!("{variable} names {path}");
        check_without_certificates(&scene.runner.with(variable, path), &[&named, "ca-certificates"]).await;
    }
}

#[tokio::test]
async fn a_machine_without_certificates_can_use_http() {
    if !in_own_mounts("settings::a_machine_without_certificates_can_use_http", Needs::Memory) {
        return;
    }
    for folder in ["/etc/ssl", "/usr/lib/ssl", "/usr/share/ca-certificates", "/etc/pki"] {
        if Path::new(folder).is_dir() {
            let mounted = Command::new("mount").args(["-t", "tmpfs", "tmpfs", folder]).status();
            assert!(mounted.is_ok_and(|status| status.success()), "{folder}");
        }
    }
    let scene = Scene::new().await;
    let words = ["install ca-certificates, or name a file in SSL_CERT_FILE"];
    check_without_certificates(&scene.runner, &words).await;
}

#[tokio::test]
async fn a_proxy_is_not_used_for_this_machine_and_named_in_errors() {
    let scene = Scene::new().await;
    let stranger = Stranger::answering("502 Bad Gateway", "").await;
    let address = &stranger.address;
    let proxy = format!("http://ada:{SECRET}@{address}");
    let local = scene.server.url().replace("127.0.0.1", "localhost");
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        for url in [scene.server.url(), &local] {
            let machine = scene.writer.with(variable, &proxy).with("STRONGROOM_SERVER", url);
            machine.run(["list"]).await.succeeded();
        }
    }
    assert_eq!(stranger.heard(), [""; 0], "the key stays on this machine");

    // The system refuses this address at once, without a packet.
    let elsewhere = scene.writer.with("STRONGROOM_SERVER", "http://255.255.255.255:4300");
    let through = elsewhere.with("http_proxy", &proxy);
    let straight = through.with("NO_PROXY", "10.0.0.0/8, 255.0.0.0/8");
    let dead = free_address();
    let dead_end = elsewhere.with("ALL_PROXY", &dead);
    let (refused, unknown, away) =
        tokio::join!(through.run(["list"]), straight.run(["list"]), dead_end.run(["list"]));
    let named = format!("HTTP 502 Bad Gateway, through the proxy http://{address} of http_proxy");
    refused.fails(4, &[&named]);
    let unknown = unknown.failed(4);
    assert!(unknown.contains("can't be reached") && !unknown.contains("proxy"), "{unknown}");
    away.fails(4, &[&format!("(through the proxy http://{dead} of ALL_PROXY) can't be reached")]);
    let heard = stranger.heard();
    let asked = "POST http://255.255.255.255:4300/graphql ";
    assert!(!heard.is_empty() && heard.iter().all(|line| line.starts_with(asked)), "{heard:?}");

    for (value, part) in
        [("socks5h://ada:hunter2hunter2@p", "scheme socks5h"), ("hunter2hunter2 x", "NO_PROXY=")]
    {
        elsewhere.with("ALL_PROXY", value).run(["list"]).await.fails(2, &["ALL_PROXY", part]);
        scene.writer.with("ALL_PROXY", value).run(["list"]).await.succeeded();
    }
}
