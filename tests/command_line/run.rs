//! `strongroom run`: a command gets the secrets in its environment, and they are nowhere else.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;

use serde_json::{Value, json};
use strongroom_tests::program::{Ran, descendants};
use strongroom_tests::server::free_address;
use strongroom_tests::{Machine, Server, Store, text, wait};

use crate::{Scene, UNKNOWN_KEY};

fn prefect(name: &str) -> String {
    format!("PREFECT__CONTEXT__SECRETS__{name}")
}

/// Runs `strongroom run` with options and a command after `--`.
async fn run(machine: &Machine, options: &[&str], command: &[&str]) -> Ran {
    machine.run([&["run"], options, &["--"], command].concat()).await
}

/// A command's environment, and the warnings.
async fn environment(machine: &Machine, options: &[&str]) -> (BTreeMap<String, String>, String) {
    let ran = run(machine, options, &["env", "-0"]).await.succeeded();
    let variables = ran.printed().split_terminator('\0').map(|line| {
        let (name, value) = line.split_once('=').expect("a variable");
        (name.to_owned(), value.to_owned())
    });
    (variables.collect(), ran.stderr.clone())
}

async fn handed_over(machine: &Machine, options: &[&str]) -> BTreeMap<String, String> {
    environment(machine, options).await.0
}

async fn two_secrets() -> Scene {
    Scene::with_secrets(&["DB_URL", "AWS_KEY"]).await
}

#[tokio::test]
async fn a_command_gets_plain_variables_and_prefects_besides_existing_ones_and_no_key() {
    let scene = two_secrets().await;
    for (options, plain, for_prefect) in
        [(&[][..], true, true), (&["--plain"], true, false), (&["--prefect"], false, true)]
    {
        let before = scene.reads().await;
        let found = handed_over(&scene.runner, options).await;
        for name in ["DB_URL", "AWS_KEY"] {
            let value = format!("the value of {name}");
            assert_eq!(found.get(name), plain.then_some(&value), "{options:?}");
            let quoted = found.get(&prefect(name));
            assert_eq!(quoted.is_some(), for_prefect, "{options:?}");
            assert!(quoted.is_none_or(|quoted| quoted.contains(&value)), "{quoted:?}");
        }
        assert_eq!(scene.reads().await, before + 2, "each secret is read once");
    }
    let reader = scene.admin.listed("secret", "last_read_by", "name", "DB_URL").await["last_read_by"].take();
    assert!(reader.as_str().is_some_and(|name| name.starts_with("runner key")), "{reader}");
    run(&scene.runner, &["--plain", "--prefect"], &["true"]).await.failed(125);

    // Existing variables stay, with a warning.
    let machine =
        scene.runner.with("DB_URL", "local plain one").with(prefect("AWS_KEY"), "local for Prefect");
    let (found, said) = environment(&machine, &[]).await;
    assert_eq!(found["DB_URL"], "local plain one");
    assert_eq!(found[&prefect("AWS_KEY")], "local for Prefect");
    assert_eq!(found["AWS_KEY"], "the value of AWS_KEY");
    assert!(found[&prefect("DB_URL")].contains("the value of DB_URL"));
    assert!(said.contains("DB_URL") && said.contains(&prefect("AWS_KEY")), "{said}");
    let plain = machine.run_program("env", [""; 0]).await;
    for line in plain.printed().lines().filter(|line| !line.starts_with("STRONGROOM_KEY")) {
        let (name, value) = line.split_once('=').expect("a variable");
        assert_eq!(found[name], value, "all other variables are unchanged");
    }

    // The key is kept from the command unless asked for.
    let found = handed_over(&scene.runner, &[]).await;
    assert!(!found.contains_key("STRONGROOM_KEY"), "{found:?}");
    assert_eq!(found["STRONGROOM_SERVER"], scene.server.url());
    assert!(handed_over(&scene.runner, &["--keep-key"]).await["STRONGROOM_KEY"].starts_with("sr_"));

    let file = scene.runner.file("key", scene.team.new_key("runner").await);
    let machine = scene.runner.without("STRONGROOM_KEY").with("STRONGROOM_KEY_FILE", &file);
    assert!(!handed_over(&machine, &[]).await.contains_key("STRONGROOM_KEY_FILE"));
    assert_eq!(handed_over(&machine, &["--keep-key"]).await["STRONGROOM_KEY_FILE"], text(&file));

    let machine = scene.limited("runner", &["DB_*"]).await;
    let found = handed_over(&machine, &[]).await;
    assert_eq!(found["DB_URL"], "the value of DB_URL");
    assert!(!found.keys().any(|name| name.contains("AWS")), "{found:?}");
    run(&machine, &["--only", "AWS_KEY"], &["true"]).await.fails(125, &["AWS_KEY", "not found"]);
}

#[tokio::test]
async fn only_and_except_choose_secrets_and_unknown_names_are_refused() {
    let scene = two_secrets().await;
    for (name, value) in [
        ("a name, with a comma", "the comma's value"),
        ("DB_USER", "the value of the user"),
        ("PATH", "/of/the/store"),
    ] {
        scene.admin.set(name, json!(value)).await;
    }
    for (options, expected) in [
        (&["--only", "DB_URL"][..], &["DB_URL"][..]),
        (&["--only", "DB_URL,AWS_KEY"], &["AWS_KEY", "DB_URL"]),
        (&["--only", "DB_*"], &["DB_URL", "DB_USER"]),
        (&["--only", "DB_*,AWS_*", "--except", "DB_USER"], &["AWS_KEY", "DB_URL"]),
        (&["--except", "DB_*"], &["AWS_KEY"]),
        (&["--except", "AWS_KEY", "--except", "DB_URL,NO_SUCH_SECRET"], &["DB_USER"]),
        (&["--except", "*"], &[]),
    ] {
        let before = scene.reads().await;
        let found = handed_over(&scene.runner, &[options, &["--plain"]].concat()).await;
        let there = ["AWS_KEY", "DB_URL", "DB_USER"].into_iter().filter(|name| found.contains_key(*name));
        assert_eq!(there.collect::<Vec<_>>(), expected, "{options:?}");
        // `run` reads neither excluded secrets nor those whose variable exists, such as PATH.
        assert_eq!(scene.reads().await, before + expected.len(), "{options:?}");
    }
    let found = handed_over(&scene.runner, &["--only", "DB_URL"]).await;
    assert!(found.contains_key(&prefect("DB_URL")) && !found.contains_key(&prefect("AWS_KEY")));

    for (options, part) in [
        (&["--only", "MISSING"][..], "MISSING was not found"),
        (&["--only", "DB_URL,MISSING"], "MISSING was not found"),
        (&["--only", "DB_URL,MISSING,GONE"], "not found: MISSING, GONE"),
        (&["--only", "NO_SUCH_*"], "begins with NO_SUCH_"),
        (&["--only", "DB_URL", "--except", "DB_*"], "--except"),
        (&["--only", ","], "--only"),
        (&["--only", "PATH"], "can make programs run code"),
    ] {
        run(&scene.runner, options, &["touch", "started"]).await.fails(125, &[part]);
    }
    assert!(!scene.runner.home().join("started").exists());
}

#[tokio::test]
async fn only_map_sets_variables_of_other_names_and_those_that_load_code() {
    const LOADS_CODE: [&str; 7] = [
        "LD_PRELOAD", "BASH_ENV", "PYTHONSTARTUP", "NODE_OPTIONS", "PERL5OPT", "ENV", "DYLD_INSERT_LIBRARIES",
    ];
    let scene = Scene::with_secrets(&[&LOADS_CODE[..], &["DB_URL", "AWS_KEY"]].concat()).await;
    scene.admin.set_all(&[("my secret", "the value of mine"), ("a=b", "the value of an equation")]).await;
    let options = ["--map", "my secret=DATABASE_URL", "--map", "a=b=EQUATION", "--only", "DB_URL"];
    let found = handed_over(&scene.runner, &options).await;
    assert_eq!(found["DATABASE_URL"], "the value of mine");
    assert_eq!(found["EQUATION"], "the value of an equation");
    assert!(found.contains_key(&prefect("DB_URL")) && !found.contains_key(&prefect("AWS_KEY")));

    run(&scene.runner, &["--map", "MISSING=X"], &["true"]).await.fails(125, &["MISSING"]);
    for wrong in ["DB_URL", "=X", "DB_URL=", "DB_URL=x y"] {
        run(&scene.runner, &["--map", wrong], &["true"]).await.failed(125);
    }

    let (found, said) = environment(&scene.runner, &[]).await;
    assert_eq!(found["DB_URL"], "the value of DB_URL");
    for name in LOADS_CODE {
        assert!(!found.contains_key(name) && said.contains(name), "{name}: {said}");
    }
    let found = handed_over(&scene.runner, &["--map", "PYTHONSTARTUP=PYTHONSTARTUP"]).await;
    assert_eq!(found["PYTHONSTARTUP"], "the value of PYTHONSTARTUP");
}

#[tokio::test]
async fn secrets_that_no_variable_can_hold_are_skipped_with_a_warning_or_refused_if_asked_for() {
    let scene = Scene::with_secrets(&["A=B", "GOOD", "my secret", "1ST", "with-dash"]).await;
    scene.admin.set("NUL", json!("before\u{0}after it")).await;
    let (found, said) = environment(&scene.runner, &[]).await;
    assert_eq!(found["GOOD"], "the value of GOOD");
    assert_eq!(found[&prefect("my secret")], "the value of my secret");
    for name in ["NUL", "A", "my secret", "1ST", "with-dash"] {
        assert!(!found.contains_key(name), "{found:?}");
    }
    insta::assert_snapshot!(said, @"
    warning: Skipped as plain variables, because these are not valid names: 1ST, A=B, my secret, with-dash. To choose one, use `--map '1ST=VARIABLE'`.
    warning: Skipped as plain variables, because a variable would end at the NUL in the value: NUL.
    ");
    for options in [
        &["--map", "NUL=X"][..],
        &["--only", "A=B"],
        &["--only", "my secret"],
        &["--only", "my secret", "--plain"],
        &["--only", "NUL", "--plain"],
    ] {
        run(&scene.runner, options, &["touch", "started"]).await.failed(125);
    }
    assert!(!scene.runner.home().join("started").exists());
}

#[tokio::test]
async fn without_watch_exit_code_output_and_signals_are_the_commands_own() {
    let scene = two_secrets().await;
    let runner = &scene.runner;
    for code in [0, 1, 7, 125, 255] {
        let script = format!("echo out; echo err >&2; exit {code}");
        let ran = run(runner, &[], &["sh", "-c", &script]).await;
        assert_eq!((ran.code, ran.printed()), (Some(code), "out\n"));
        assert!(ran.stderr.ends_with("err\n"), "{}", ran.stderr);
    }
    // The command gets options after its name, and standard input.
    let ran = run(runner, &[], &["printf", "%s|", "--only", "", "--", "a b"]).await;
    assert_eq!(ran.succeeded().printed(), "--only||--|a b|");
    let ran = runner.run_with(["run", "--", "cat"], "given to it").await;
    assert_eq!(ran.succeeded().printed(), "given to it");

    // A command that can't be started has its own exit codes.
    let before = scene.reads().await;
    let missing = "no-such-program-anywhere";
    run(runner, &[], &[missing]).await.fails(127, &[missing]);
    let script = runner.file("script", "#!/bin/sh\necho ran\n");
    for (command, code) in [("./missing", 127), ("./script", 126), ("/", 126)] {
        run(runner, &[], &[command]).await.failed(code);
    }
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).expect("it is ours");
    assert_eq!(scene.reads().await, before, "no secret is read for it");
    assert_eq!(run(runner, &[], &["./script"]).await.succeeded().printed(), "ran\n");

    let away = runner.with("STRONGROOM_SERVER", format!("http://{}", free_address()));
    for (machine, part) in [
        (&runner.without("STRONGROOM_KEY"), "STRONGROOM_KEY"),
        (&scene.writer, "runner"),
        (&runner.with_key(UNKNOWN_KEY), ""),
        (&away, "can't be reached"),
    ] {
        run(machine, &[], &["touch", "started"]).await.fails(125, &[part]);
        assert!(!machine.home().join("started").exists());
    }
    runner.run(["run"]).await.failed(125);

    // The process becomes the command.
    let script = "trap 'echo got TERM; exit 3' TERM; trap 'echo got INT; exit 4' INT
        echo $$; while :; do sleep 0.02; done";
    for (signal, code) in [("TERM", 3), ("INT", 4)] {
        let mut running = runner.start(["run", "--", "sh", "-c", script]);
        assert_eq!(running.line().await, running.pid().to_string());
        running.signal(signal);
        assert_eq!(running.line().await, format!("got {signal}"));
        assert_eq!(running.ended().await.code(), Some(code));
    }
    // Without a trap, the signal ends it.
    let mut running = runner.start(["run", "--", "sh", "-c", "echo ready; exec sleep 600"]);
    assert_eq!(running.line().await, "ready");
    running.signal("TERM");
    assert_eq!(running.ended().await.signal(), Some(15));
}

#[tokio::test]
async fn values_are_in_the_environment_and_nowhere_else() {
    let scene = two_secrets().await;
    let assert_no_files = |values: &[&str]| {
        for value in values {
            let found = scene.runner.files_with(value);
            assert!(found.is_empty(), "{value} is in {found:?}");
        }
    };
    let values = ["the value of DB_URL", "the value of AWS_KEY", "sr_"];
    for arguments in [&[][..], &["--watch"]] {
        let command = ["--map", "DB_URL=MAPPED", "--", "sh", "-c", "echo ready; exec sleep 600"];
        let mut running = scene.runner.start([&["run"], arguments, &command].concat());
        assert_eq!(running.line().await, "ready");
        let pids = [&descendants(running.pid())[..], &[running.pid()]].concat();
        let read = |pid: u32, what: &str| {
            let bytes = fs::read(format!("/proc/{pid}/{what}")).expect("it is running");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        for pid in &pids {
            scene.server.store().assert_keeps_secrets("its arguments", &read(*pid, "cmdline"));
        }
        // While `sh` becomes `sleep`, its environment can't be seen.
        wait::is("one process has it", async || {
            let given = pids.iter().filter(|pid| read(**pid, "environ").contains("the value of DB_URL"));
            given.count() == 1
        })
        .await;
        assert_no_files(&values);
        running.signal("TERM");
        running.ended().await;
    }
    assert_no_files(&values[..2]);
}

#[tokio::test]
async fn any_number_of_secrets_is_handed_over_text_unchanged_and_other_values_as_json() {
    let scene = Scene::new().await;
    let found = handed_over(&scene.runner, &[]).await;
    assert!(!found.keys().any(|name| name.starts_with("PREFECT__")), "{found:?}");
    let secret = |number| json!({"name": format!("S{number}"), "value": format!("value number {number}")});
    let secrets: Vec<Value> = (0..600).map(secret).collect();
    scene.admin.try_import(json!({"secrets": secrets})).await.assert_success("import_secrets");
    let found = handed_over(&scene.runner, &[]).await;
    for number in 0..600 {
        assert_eq!(found[&format!("S{number}")], format!("value number {number}"));
    }
    wait::is("each is recorded", async || scene.reads().await >= 600).await;

    let document: Value =
        serde_json::from_str(r#"{"b": 1.10, "a": [12345678901234567890123, null]}"#).expect("JSON");
    let rows = [
        ("TEXT", json!("hunter2 hunter2"), "hunter2 hunter2"),
        ("ODD", json!(" $HOME ~/x \"q\" 'q' \\ `x` "), " $HOME ~/x \"q\" 'q' \\ `x` "),
        ("LINES", json!("-----BEGIN KEY-----\nMIIE\r\n"), "-----BEGIN KEY-----\nMIIE\r\n"),
        ("EMOJI", json!("🔑 ключ 鍵"), "🔑 ключ 鍵"),
        ("EMPTY", json!(""), ""),
        ("NULL", Value::Null, "null"),
        ("TRUE", json!(true), "true"),
        ("lower_case", json!("kept as it is"), "kept as it is"),
        ("DOC", document, r#"{"b":1.10,"a":[12345678901234567890123,null]}"#),
    ];
    for (name, value, _) in &rows {
        scene.admin.set(name, value.clone()).await;
    }
    let found = handed_over(&scene.runner, &[]).await;
    for (name, _, expected) in &rows {
        assert_eq!(&found[*name], expected, "{name}");
        assert!(found.contains_key(&prefect(name)), "{name} is there for Prefect as well");
    }
}

#[tokio::test]
async fn a_value_over_128_kib_is_skipped_with_a_warning() {
    let scene = Scene::of(Server::start_on(&Store::new(), &["--max-value-bytes", "400000"]).await).await;
    // Each quote takes four bytes in Prefect's form.
    let (quotes, bundle) = ("\"".repeat(32_700), "x".repeat(140_000));
    scene.admin.set_all(&[("QUOTES", &quotes), ("BUNDLE", &bundle), ("SMALL", "a small value")]).await;
    let show = ["sh", "-c", "echo ${#QUOTES} ${#BUNDLE} $SMALL"];
    for (options, printed, parts) in [
        (&[][..], "32700 0 a small value\n", &["128 KiB with its name: BUNDLE.", "variable: QUOTES."][..]),
        (&["--plain"], "32700 0 a small value\n", &["name: BUNDLE."]),
        (&["--except", "BUNDLE", "--plain"], "32700 0 a small value\n", &[]),
        (&["--only", "QUOTES"], "32700 0\n", &["variable: QUOTES."]),
        (&["--only", "B*,SMALL"], "0 0 a small value\n", &["name: BUNDLE."]),
    ] {
        let ran = run(&scene.runner, options, &show).await.succeeded();
        assert_eq!(ran.printed(), printed, "{options:?}");
        assert_eq!(ran.stderr.lines().count(), parts.len(), "{options:?}: {}", ran.stderr);
        for (line, part) in ran.stderr.lines().zip(parts) {
            assert!(line.contains(part), "{options:?}: {line}");
        }
    }
    for options in [&["--only", "BUNDLE"][..], &["--only", "QUOTES", "--prefect"], &["--map", "BUNDLE=CA"]] {
        let said = run(&scene.runner, options, &["true"]).await.failed(125);
        assert!(said.contains("128 KiB") && (said.contains("BUNDLE") || said.contains("QUOTES")), "{said}");
    }

    // Each one fits, but together they exceed the system's limit.
    for number in 0..40 {
        scene.admin.set(&format!("PART_{number}"), json!("x".repeat(100_000 + number))).await;
    }
    let parts = ["PART_39 (196 KiB), PART_38", "--except=PART_39,PART_38,PART_37", "--plain"];
    run(&scene.runner, &["--only", "PART_*"], &["true"]).await.fails(126, &parts);
    let fewer = ["--only", "PART_*", "--except", "PART_1*,PART_2*,PART_3*", "--plain"];
    run(&scene.runner, &fewer, &["true"]).await.succeeded();
}
