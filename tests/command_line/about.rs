//! Help, completions, whoami, doctor, and broken pipes.

use std::os::unix::fs::PermissionsExt as _;
use std::{env, fs};

use insta::assert_snapshot;
use serde_json::{Value, json};
use strongroom_tests::http::Stranger;
use strongroom_tests::program::binary;
use strongroom_tests::server::free_address;
use strongroom_tests::{Machine, Store};

use crate::{SECRET, Scene, UNKNOWN_KEY};

#[tokio::test]
async fn every_command_has_help_with_an_example_documentation_and_completions() {
    // Needs no settings and no server.
    let machine = Machine::bare(&Store::new());
    let help = machine.run(["--help"]).await.succeeded();
    let (_, commands) = help.printed().split_once("Commands:\n").expect("a list");
    let (commands, _) = commands.split_once("\n\n").expect("it ends");
    assert_snapshot!(commands, @"
    set          Create or overwrite a secret
    list         List the secrets, and when and by whom each was set and read
    get          Print a secret's value
    exists       Test whether a secret exists
    delete       Delete secrets, all or none
    restore      Restore deleted secrets, all or none
    import       Set all secrets of a file, or none
    export       Write values to a private file, or names
    run          Run a command with secrets in its environment
    login        Log in with a workload's own identity, and print the login token
    whoami       Show the key's owner and permissions
    doctor       Check whether this machine can read secrets, and say what to do if it can't
    completions  Print a shell's completion script
    help         Print this message or the help of the given subcommand(s)
    ");
    let commands = commands.lines().filter_map(|line| line.split_whitespace().next());
    for command in commands.filter(|command| *command != "help") {
        let help = machine.run([command, "--help"]).await.succeeded();
        let example = format!("strongroom {command}");
        let mut examples = help.printed().lines().filter(|line| line.contains(&example));
        assert!(examples.any(|line| !line.starts_with("Usage")), "{}", help.printed());
        assert!(help.stderr.is_empty() && !help.printed().contains('\u{1b}'), "colour in a pipe: {help:?}");
        assert!(help.printed().lines().all(|line| line.chars().count() <= 100), "{}", help.printed());
        assert_eq!(machine.run(["help", command]).await.succeeded().printed(), help.printed());
        machine.run([command, "-h"]).await.prints(&["Usage: strongroom"]);
        let text = include_str!("../../docs/command-line.md");
        assert!(text.contains(&format!("`{command}")), "{command} is documented");
    }
    machine.run(["--version"]).await.prints(&["strongroom "]);

    for shell in ["bash", "zsh", "fish"] {
        let script = machine.run(["completions", shell]).await.prints(&["whoami"]);
        machine.file(&format!("script.{shell}"), script.printed());
        // A machine may lack a shell, except bash.
        let path = env::var_os("PATH").unwrap_or_default();
        if shell == "bash" || env::split_paths(&path).any(|folder| folder.join(shell).is_file()) {
            machine.run_program(shell, ["-n", &format!("script.{shell}")]).await.succeeded();
        }
    }
    let complete = ". ./script.bash; COMP_WORDS=(strongroom who); COMP_CWORD=1; _strongroom strongroom who strongroom; echo ${COMPREPLY[@]}";
    assert_eq!(machine.run_program("bash", ["-c", complete]).await.succeeded().printed(), "whoami\n");
}

#[tokio::test]
async fn whoami_describes_the_key() {
    let scene = Scene::new().await;
    let input = json!({"name": "nightly job", "role": "runner", "secrets": ["DB_*", "AWS_KEY"], "expires_at": "2099-01-02T03:04:05Z"});
    let (_, key) = scene.admin.new_key(input).await;
    let machine = scene.runner.with_key(key.key());
    let ran = machine.run(["whoami"]).await.prints(&["expires  2099-01-02 03:04 UTC, in "]);
    assert_snapshot!(scene.redacted(&machine, ran.printed()), @"
    key      nightly job
    role     runner
    team     acme (The acme team)
    server   URL
    secrets  DB_*, AWS_KEY
    expires  ####-##-## ##:## UTC, in ## years
    may      See the names of secrets
             Read values, with an API key
    ");
    let found = machine.run(["whoami", "--json"]).await.succeeded().json();
    for (field, value) in [
        ("name", json!("nightly job")),
        ("role", json!("runner")),
        ("team", json!("acme")),
        ("secrets", json!(["DB_*", "AWS_KEY"])),
        ("permissions", json!(["read:secret", "read:secret-value"])),
    ] {
        assert_eq!(found[field], value, "{field}");
    }
    assert!(found["expires_at"].as_str().is_some_and(|time| time.starts_with("2099-01-02T03:04:05")));

    let found = scene.writer.run(["whoami", "--json"]).await.succeeded().json();
    assert_eq!((&found["secrets"], &found["expires_at"]), (&Value::Null, &Value::Null));
}

/// The doctor's checks that are not OK, as `name outcome message advice`, and its exit code.
async fn complaints(machine: &Machine) -> (Vec<String>, i32) {
    let ran = machine.run(["doctor", "--json"]).await;
    let report = ran.json();
    let checks = report["checks"].as_array().expect("a list").iter();
    let bad = checks.filter(|check| check["outcome"] != "ok").map(|check| {
        let text = |field: &str| check[field].as_str().unwrap_or_default().to_owned();
        assert!(!text("advice").is_empty(), "no advice: {check}");
        [text("name"), text("outcome"), text("message"), text("advice")].join(" ")
    });
    let bad: Vec<_> = bad.collect();
    // Without --json, each check is a line.
    let shown = machine.run(["doctor"]).await;
    assert_eq!(shown.code, ran.code);
    let wrong = shown.printed().lines().filter(|line| line.starts_with('✗')).count();
    assert_eq!(wrong, bad.iter().filter(|text| text.contains(" error ")).count(), "{}", shown.printed());
    assert_eq!(wrong > 0, shown.code == Some(1), "{shown:?}");
    machine.store().assert_keeps_secrets("the doctor", shown.printed());
    machine.store().assert_keeps_secrets("the doctor", ran.printed());
    (bad, ran.code.expect("a code"))
}

async fn check_doctor(machine: &Machine, code: i32, parts: &[&str]) {
    let (found, ended) = complaints(machine).await;
    assert_eq!(ended, code, "{found:#?}");
    assert!(found.iter().any(|text| parts.iter().all(|part| text.contains(part))), "{parts:?} in {found:#?}");
}

#[tokio::test]
async fn the_doctor_reports_problems_of_the_key_the_settings_and_the_server() {
    let scene = Scene::new().await;
    for machine in [&scene.runner, &scene.writer] {
        let (found, code) = complaints(machine).await;
        assert!(code == 0 && !found.iter().any(|text| text.contains(" error ")), "{found:#?}");
    }
    let ran = scene.runner.run(["doctor"]).await.succeeded();
    assert_snapshot!(scene.redacted(&scene.runner, ran.printed()), @"
    ✓ settings   There is no settings file (HOME/.config/strongroom/config.toml), and none is needed.
    ✓ address    URL, from STRONGROOM_SERVER
    ✓ reachable  URL responds.
    ✓ server     It is a Strongroom server, and ready.
    ✓ clock      This machine's clock and the server's agree.
    ✓ key        Found in STRONGROOM_KEY.
    ✓ team       The server accepts the key runner key #, in the team The acme team (acme).
    ✓ expiry     The key does not expire.
    ✓ role       The runner role permits list, exists, get, run, export.
    ✓ secrets    The team has none yet. `strongroom set NAME` creates the first.
    ✓ prefect    It has no settings here, and needs none with `strongroom run`.
    ");

    let none = Machine::at(&scene.server);
    let soon = scene.team.new_key_with("runner", &["--expires", "3days"]).await;
    let (id, gone) = scene.admin.new_key(json!({"name": "gone", "role": "runner"})).await;
    scene.admin.done("delete_api_key", json!({"key_id": id})).await;
    let at = |url: &str| scene.runner.with("STRONGROOM_SERVER", url);
    let foreign = Stranger::answering("200 OK", "<h1>It works!</h1>").await;
    let foreign = at(&format!("http://{}", foreign.address));
    foreign.run(["list"]).await.fails(4, &["does not respond like a Strongroom server"]);
    let no_file = "certificates error SSL_CERT_FILE names /nowhere/ca.pem";
    let proxy = format!("http://{}", free_address());
    let through = format!("through the proxy {proxy} of http_proxy");
    let elsewhere = at("http://secrets.invalid");
    for (machine, code, parts) in [
        (none.clone(), 1, &["key", " error ", "STRONGROOM_KEY"][..]),
        (none.with_key(UNKNOWN_KEY), 1, &["key", " error "]),
        (none.with_key(SECRET), 1, &["key", " error "]),
        (none.with_key(gone.key()), 1, &["key", " error "]),
        (none.with_key(&soon), 0, &[" warning ", "expire"]),
        (at("127.0.0.1:4300"), 1, &["server", " error "]),
        (at(&format!("http://{}", free_address())), 1, &[" error "]),
        (foreign, 1, &[" error ", "Strongroom"]),
        (at("https://127.0.0.1:1").with("SSL_CERT_FILE", "/nowhere/ca.pem"), 1, &[no_file, "Correct"]),
        (elsewhere.with("http_proxy", proxy), 1, &["reachable error", &through, "NO_PROXY="]),
        (elsewhere.with("ALL_PROXY", "socks4://p"), 1, &["proxy error ALL_PROXY", "scheme socks4"]),
    ] {
        check_doctor(&machine, code, parts).await;
    }
    for (file, content) in [
        (".config/strongroom/config.toml", "\nkey = hunter2hunter2\n"),
        (".prefect/config.toml", "[context.secrets]\nA = hunter2hunter2\n"),
    ] {
        scene.runner.file(file, content);
        check_doctor(&scene.runner, 1, &[" error ", "line 2"]).await;
        scene.runner.file(file, "");
    }

    // Other users must not be able to read a file with a key.
    let key = scene.team.new_key("read-only").await;
    let path = none.file(".config/strongroom/config.toml", format!("key = \"{key}\"\n"));
    for mode in [0o644, 0o600] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
        let (found, code) = complaints(&none).await;
        assert_eq!(code, 0, "{found:#?}");
        assert_eq!(found.iter().any(|text| text.contains("config.toml")), mode == 0o644, "{found:#?}");
    }
    assert_eq!(scene.reads().await, 0, "it reads no value");
}

#[tokio::test]
async fn a_broken_pipe_is_no_error_and_a_full_disk_is() {
    let scene = Scene::new().await;
    // More than a pipe holds.
    let secret = |number| json!({"name": format!("{number:04} {}", "n".repeat(100)), "value": 1});
    let secrets: Vec<Value> = (0..1500).map(secret).collect();
    scene.admin.try_import(json!({"secrets": secrets})).await.assert_success("import_secrets");
    let script = |script: String| format!("'{}' {script}", binary().display());
    let bash = async |text: String| scene.writer.run_program("bash", ["-c", &script(text)]).await;
    for arguments in ["list", "list --names", "list --json", "export --names"] {
        let ran = bash(format!("{arguments} | head -n 1; echo ${{PIPESTATUS[0]}}")).await.succeeded();
        let lines: Vec<_> = ran.printed().lines().collect();
        assert!(matches!(lines[..], [_, "0" | "141"]), "{arguments}: {lines:?}");
        assert_eq!(ran.stderr, "", "{arguments}");
        let full = bash(format!("{arguments} > /dev/full")).await;
        full.fails(1, &["Standard output can't be written"]);
    }

    // Messages that can't be written are no failure.
    let mut set = scene.writer.program("bash");
    set.args(["-c", &script("set A 2>/dev/full".to_owned())]);
    scene.writer.run_command(set, Some(b"the value of A")).await.succeeded();
    assert_eq!(scene.reader.value("A").await, json!("the value of A"));
}
