//! `strongroom run`: a command gets the secrets in its environment, and they are nowhere else.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;

use serde_json::{Value, json};
use strongroom_tests::program::Ran;
use strongroom_tests::server::free_address;
use strongroom_tests::{Machine, Server, Store, text, wait};

use crate::Scene;

fn prefect(name: &str) -> String {
    format!("PREFECT__CONTEXT__SECRETS__{name}")
}

fn environment(ran: &Ran) -> BTreeMap<String, String> {
    ran.printed()
        .split_terminator('\0')
        .map(|line| {
            let (name, value) = line.split_once('=').expect("a variable");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

async fn handed_over(machine: &Machine, arguments: &[&str]) -> BTreeMap<String, String> {
    let all = [&["run"], arguments, &["--", "env", "-0"]].concat();
    environment(&machine.run(all).await.succeeded())
}

async fn two_secrets() -> Scene {
    let scene = Scene::new().await;
    for name in ["DB_URL", "AWS_KEY"] {
        scene.admin.set(name, json!(format!("the value of {name}"))).await;
    }
    scene
}

#[tokio::test]
async fn command_gets_plain_variables_and_prefects_beside_what_is_set_already() {
    let scene = two_secrets().await;
    for (options, plain, for_prefect) in
        [(&[][..], true, true), (&["--plain"], true, false), (&["--prefect"], false, true)]
    {
        let before = scene.reads().await;
        let found = handed_over(&scene.runner, options).await;
        for name in ["DB_URL", "AWS_KEY"] {
            let value = format!("the value of {name}");
            assert_eq!(found.get(name), plain.then_some(&value), "{options:?}");
            let value = found.get(&prefect(name));
            assert_eq!(value.is_some(), for_prefect, "{options:?}");
            assert!(value.is_none_or(|value| value.contains(&format!("the value of {name}"))), "{value:?}");
        }
        // Each secret is read exactly once.
        assert_eq!(scene.reads().await, before + 2);
    }
    let row = scene.admin.row("secret", "last_read_by", "name", "DB_URL").await;
    let reader = row.expect("it is listed")["last_read_by"].clone();
    assert!(reader.as_str().is_some_and(|name| name.starts_with("runner key")), "{reader}");
    scene.runner.run(["run", "--plain", "--prefect", "--", "true"]).await.failed(125);

    // What is set already stays, and that is said.
    let machine =
        scene.runner.with("DB_URL", "local plain one").with(prefect("AWS_KEY"), "local for Prefect");
    let ran = machine.run(["run", "--", "env", "-0"]).await.succeeded();
    let found = environment(&ran);
    assert_eq!(found["DB_URL"], "local plain one");
    assert_eq!(found[&prefect("AWS_KEY")], "local for Prefect");
    assert_eq!(found["AWS_KEY"], "the value of AWS_KEY");
    assert!(found[&prefect("DB_URL")].contains("the value of DB_URL"));
    for name in ["DB_URL", &prefect("AWS_KEY")] {
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
    // All else is as it was.
    let plain = machine.run_command(machine.program("env"), None).await;
    for line in plain.printed().lines().filter(|line| !line.starts_with("STRONGROOM_KEY")) {
        let (name, value) = line.split_once('=').expect("a variable");
        assert_eq!(found[name], value);
    }
}

#[tokio::test]
async fn the_key_is_not_handed_on_unless_asked_for_and_a_limited_one_hands_over_what_it_may_see() {
    let scene = two_secrets().await;
    let found = handed_over(&scene.runner, &[]).await;
    assert!(!found.contains_key("STRONGROOM_KEY"), "{found:?}");
    assert_eq!(found["STRONGROOM_SERVER"], scene.server.url());
    let found = handed_over(&scene.runner, &["--keep-key"]).await;
    assert!(found["STRONGROOM_KEY"].starts_with("sr_"));

    let key = scene.team.new_key("runner").await;
    let file = scene.runner.file("key", &key);
    let machine = scene.runner.without("STRONGROOM_KEY").with("STRONGROOM_KEY_FILE", &file);
    assert!(!handed_over(&machine, &[]).await.contains_key("STRONGROOM_KEY_FILE"));
    let kept = handed_over(&machine, &["--keep-key"]).await;
    assert_eq!(kept["STRONGROOM_KEY_FILE"], text(&file));

    let machine = scene.limited("runner", &["DB_*"]).await;
    let found = handed_over(&machine, &[]).await;
    assert_eq!(found["DB_URL"], "the value of DB_URL");
    assert!(!found.keys().any(|name| name.contains("AWS")), "{found:?}");
    let command = ["run", "--only", "AWS_KEY", "--", "true"];
    machine.run(command).await.fails(125, &["AWS_KEY", "not found"]);
}

#[tokio::test]
async fn plain_hands_over_text_as_it_is_and_all_else_as_json() {
    let scene = Scene::new().await;
    let rows = [
        ("TEXT", json!("hunter2 hunter2"), "hunter2 hunter2"),
        ("ODD", json!(" $HOME ~/x \"q\" 'q' \\ `x` "), " $HOME ~/x \"q\" 'q' \\ `x` "),
        ("LINES", json!("-----BEGIN KEY-----\nMIIE\r\n"), "-----BEGIN KEY-----\nMIIE\r\n"),
        ("EMOJI", json!("🔑 ключ 鍵"), "🔑 ключ 鍵"),
        ("EMPTY", json!(""), ""),
        ("NULL", Value::Null, "null"),
        ("TRUE", json!(true), "true"),
        ("lower_case", json!("kept as it is"), "kept as it is"),
    ];
    for (name, value, _) in &rows {
        scene.admin.set(name, value.clone()).await;
    }
    let document = r#"{"query": "mutation { set_secret(input: {name: \"DOC\", value: {b: 1.10, a: [12345678901234567890123, null]}}) { success error } }"}"#;
    scene.admin.post("/graphql", document).await.assert_success("set_secret");
    let found = handed_over(&scene.runner, &[]).await;
    for (name, _, expected) in &rows {
        assert_eq!(&found[*name], expected, "{name}");
        assert!(found.contains_key(&prefect(name)), "{name} is there for Prefect as well");
    }
    assert_eq!(found["DOC"], r#"{"b":1.10,"a":[12345678901234567890123,null]}"#);
}

#[tokio::test]
async fn only_hands_over_what_it_names_and_fails_if_that_is_not_there() {
    let scene = two_secrets().await;
    scene.admin.set("a name, with a comma", json!("the comma's value")).await;
    let before = scene.reads().await;
    let found = handed_over(&scene.runner, &["--only", "DB_URL"]).await;
    assert_eq!(found["DB_URL"], "the value of DB_URL");
    assert!(!found.contains_key("AWS_KEY") && !found.contains_key(&prefect("AWS_KEY")));
    assert_eq!(scene.reads().await, before + 1, "others are not read");

    for (name, value) in [("DB_USER", "the value of the user"), ("PATH", "/of/the/store")] {
        scene.admin.set(name, json!(value)).await;
    }
    for (options, expected) in [
        (&["--only", "DB_URL,AWS_KEY"][..], &["AWS_KEY", "DB_URL"][..]),
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

    for (options, part) in [
        (&["--only", "MISSING"][..], "MISSING was not found"),
        (&["--only", "DB_URL,MISSING"], "MISSING was not found"),
        (&["--only", "DB_URL,MISSING,GONE"], "not found: MISSING, GONE"),
        (&["--only", "NO_SUCH_*"], "begins with NO_SUCH_"),
        (&["--only", "DB_URL", "--except", "DB_*"], "--except"),
        (&["--only", ","], "--only"),
    ] {
        let command = [&["run"], options, &["--", "touch", "started"]].concat();
        scene.runner.run(command).await.fails(125, &[part]);
    }
    assert!(!scene.runner.home().join("started").exists());
}

#[tokio::test]
async fn map_puts_a_secret_into_a_variable_of_any_name() {
    let scene = two_secrets().await;
    scene.admin.set("my secret", json!("the value of mine")).await;
    scene.admin.set("a=b", json!("the value of an equation")).await;
    let maps = ["--map", "my secret=DATABASE_URL", "--map", "a=b=EQUATION"];
    let found = handed_over(&scene.runner, &[&maps[..], &["--only", "DB_URL"]].concat()).await;
    assert_eq!(found["DATABASE_URL"], "the value of mine");
    assert_eq!(found["EQUATION"], "the value of an equation");
    assert!(found.contains_key(&prefect("DB_URL")) && !found.contains_key(&prefect("AWS_KEY")));

    scene.runner.run(["run", "--map", "MISSING=X", "--", "true"]).await.fails(125, &["MISSING"]);
    for wrong in ["DB_URL", "=X", "DB_URL="] {
        scene.runner.run(["run", "--map", wrong, "--", "true"]).await.failed(125);
    }
}

#[tokio::test]
async fn variables_that_make_programs_load_code_are_set_by_map_alone() {
    let scene = Scene::new().await;
    let names = [
        "LD_PRELOAD", "BASH_ENV", "PYTHONSTARTUP", "NODE_OPTIONS", "PERL5OPT", "ENV", "DYLD_INSERT_LIBRARIES",
    ];
    for name in names {
        scene.admin.set(name, json!("/no/such/library.so")).await;
    }
    scene.admin.set("HARMLESS", json!("harmless value")).await;
    let ran = scene.runner.run(["run", "--", "env", "-0"]).await.succeeded();
    let found = environment(&ran);
    assert_eq!(found["HARMLESS"], "harmless value");
    for name in names {
        assert!(!found.contains_key(name), "{name}");
        assert!(ran.stderr.contains(name), "{name} is left out with a warning: {}", ran.stderr);
    }
    let found = handed_over(&scene.runner, &["--map", "PYTHONSTARTUP=PYTHONSTARTUP"]).await;
    assert_eq!(found["PYTHONSTARTUP"], "/no/such/library.so");
}

#[tokio::test]
async fn what_no_variable_can_hold_is_left_out_with_a_warning_or_refused_where_it_was_asked_for() {
    let scene = Scene::new().await;
    scene.admin.set("NUL", json!("before\u{0}after it")).await;
    scene.admin.set("A=B", json!("the value of an equation")).await;
    scene.admin.set("GOOD", json!("the good value")).await;
    for name in ["my secret", "1ST", "with-dash"] {
        scene.admin.set(name, json!(format!("the value of {name}"))).await;
    }
    let ran = scene.runner.run(["run", "--", "env", "-0"]).await.succeeded();
    let found = environment(&ran);
    assert_eq!(found["GOOD"], "the good value");
    assert_eq!(found[&prefect("my secret")], "the value of my secret");
    for name in ["NUL", "A", "my secret", "1ST", "with-dash"] {
        assert!(!found.contains_key(name), "{found:?}");
    }
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains(": 1ST, A=B, my secret, with-dash."), "{lines:?}");
    assert!(lines[1].contains(": NUL."), "{lines:?}");
    for arguments in [
        &["--map", "NUL=X"][..],
        &["--only", "A=B"],
        &["--only", "my secret"],
        &["--only", "my secret", "--plain"],
        &["--only", "NUL", "--plain"],
    ] {
        let command = [&["run"], arguments, &["--", "touch", "started"]].concat();
        scene.runner.run(command).await.failed(125);
    }
    assert!(!scene.runner.home().join("started").exists());
}

#[tokio::test]
async fn the_code_and_the_output_are_the_commands_own_unless_it_was_not_started() {
    let scene = two_secrets().await;
    for code in [0, 1, 7, 125, 255] {
        let script = format!("echo out; echo err >&2; exit {code}");
        let ran = scene.runner.run(["run", "--", "sh", "-c", &script]).await;
        assert_eq!(ran.code, Some(code));
        assert_eq!(ran.printed(), "out\n");
        assert!(ran.stderr.ends_with("err\n"), "{}", ran.stderr);
    }
    // Arguments that look like options are the command's, and so is standard input.
    let ran = scene.runner.run(["run", "--", "printf", "%s|", "--only", "", "--", "a b"]).await;
    assert_eq!(ran.succeeded().printed(), "--only||--|a b|");
    let ran = scene.runner.run_with(["run", "--", "cat"], "given to it").await;
    assert_eq!(ran.succeeded().printed(), "given to it");

    // Its own failures have codes of their own.
    let before = scene.reads().await;
    let runner = &scene.runner;
    runner.run(["run", "--", "no-such-program-anywhere"]).await.fails(127, &["no-such-program-anywhere"]);
    runner.run(["run", "--", "./missing"]).await.failed(127);
    let script = runner.file("script", "#!/bin/sh\necho ran\n");
    runner.run(["run", "--", "./script"]).await.failed(126);
    runner.run(["run", "--", "/"]).await.failed(126);
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).expect("it is ours");
    assert_eq!(scene.reads().await, before, "nothing was read for what can't be run");
    assert_eq!(runner.run(["run", "--", "./script"]).await.succeeded().printed(), "ran\n");

    let without = runner.without("STRONGROOM_KEY");
    without.run(["run", "--", "true"]).await.fails(125, &["STRONGROOM_KEY"]);
    scene.writer.run(["run", "--", "true"]).await.fails(125, &["runner"]);
    let stranger = runner.with_key("sr_0000000000000000000000000000000000000000000000000");
    stranger.run(["run", "--", "true"]).await.failed(125);
    runner.run(["run"]).await.failed(125);
    let away = runner.with("STRONGROOM_SERVER", format!("http://{}", free_address()));
    away.run(["run", "--", "touch", "started"]).await.fails(125, &["can't be reached"]);
    assert!(!runner.home().join("started").exists());
}

#[tokio::test]
async fn without_watch_the_process_is_the_command() {
    let scene = two_secrets().await;
    let script = "trap 'echo got TERM; exit 3' TERM; trap 'echo got INT; exit 4' INT
        echo $$; while :; do sleep 0.02; done";
    for (signal, code) in [("TERM", 3), ("INT", 4)] {
        let mut running = scene.runner.start(["run", "--", "sh", "-c", script]);
        assert_eq!(running.line().await, running.pid().to_string());
        running.signal(signal);
        assert_eq!(running.line().await, format!("got {signal}"));
        assert_eq!(running.ended().await.code(), Some(code));
    }
    // And without a trap, it is ended by the signal as the command itself would be.
    let mut running = scene.runner.start(["run", "--", "sh", "-c", "echo ready; exec sleep 600"]);
    assert_eq!(running.line().await, "ready");
    running.signal("TERM");
    assert_eq!(running.ended().await.signal(), Some(15));
}

#[tokio::test]
async fn values_are_in_the_environment_and_nowhere_else() {
    let scene = two_secrets().await;
    for arguments in [&[][..], &["--watch"]] {
        let command = ["--map", "DB_URL=MAPPED", "--", "sh", "-c", "echo ready; exec sleep 600"];
        let mut running = scene.runner.start([&["run"], arguments, &command].concat());
        assert_eq!(running.line().await, "ready");
        let pid = running.pid();
        let mut pids = strongroom_tests::program::descendants(pid);
        pids.push(pid);
        let read = |pid: u32, what: &str| {
            let bytes = fs::read(format!("/proc/{pid}/{what}")).expect("it is running");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        for pid in &pids {
            scene.server.store().assert_keeps_secrets("its arguments", &read(*pid, "cmdline"));
        }
        // While `sh` becomes `sleep`, its environment can't be seen.
        wait::until("one process has it", async || {
            let given = pids.iter().filter(|pid| read(**pid, "environ").contains("the value of DB_URL"));
            (given.count() == 1).then_some(())
        })
        .await;
        for value in ["the value of DB_URL", "the value of AWS_KEY", "sr_"] {
            let found = scene.runner.files_with(value);
            assert!(found.is_empty(), "{value} is in {found:?}");
        }
        running.signal("TERM");
        running.ended().await;
    }
    for value in ["the value of DB_URL", "the value of AWS_KEY"] {
        let found = scene.runner.files_with(value);
        assert!(found.is_empty(), "{value} is in {found:?}");
    }
}

#[tokio::test]
async fn no_secret_at_all_and_more_than_one_question_can_answer_are_handed_over() {
    let scene = Scene::new().await;
    let found = handed_over(&scene.runner, &[]).await;
    assert!(!found.keys().any(|name| name.starts_with("PREFECT__")), "{found:?}");
    let secrets: Vec<Value> = (0..600)
        .map(|number| json!({"name": format!("S{number}"), "value": format!("value number {number}")}))
        .collect();
    scene.admin.try_import(json!({"secrets": secrets})).await.assert_success("import_secrets");
    let found = handed_over(&scene.runner, &[]).await;
    for number in 0..600 {
        assert_eq!(found[&format!("S{number}")], format!("value number {number}"));
    }
    wait::until("each is recorded", async || (scene.reads().await >= 600).then_some(())).await;
}

#[tokio::test]
async fn value_over_128_kib_is_left_out_with_a_warning() {
    let scene = Scene::of(Server::start_on(&Store::new(), &["--max-value-bytes", "400000"]).await).await;
    // Each quote takes four bytes in Prefect's form.
    for (name, value) in [("QUOTES", "\"".repeat(32_700)), ("BUNDLE", "x".repeat(140_000))] {
        scene.admin.set(name, json!(value)).await;
    }
    scene.admin.set("SMALL", json!("a small value")).await;
    let show = ["--", "sh", "-c", "echo ${#QUOTES} ${#BUNDLE} $SMALL"];
    for (options, printed, parts) in [
        (&[][..], "32700 0 a small value\n", &["128 KiB with its name: BUNDLE.", "variable: QUOTES."][..]),
        (&["--plain"], "32700 0 a small value\n", &["name: BUNDLE."]),
        (&["--except", "BUNDLE", "--plain"], "32700 0 a small value\n", &[]),
        (&["--only", "QUOTES"], "32700 0\n", &["variable: QUOTES."]),
        (&["--only", "B*,SMALL"], "0 0 a small value\n", &["name: BUNDLE."]),
    ] {
        let ran = scene.runner.run([&["run"], options, &show].concat()).await.succeeded();
        assert_eq!(ran.printed(), printed, "{options:?}");
        assert_eq!(ran.stderr.lines().count(), parts.len(), "{options:?}: {}", ran.stderr);
        for (line, part) in ran.stderr.lines().zip(parts) {
            assert!(line.contains(part), "{options:?}: {line}");
        }
    }
    for options in [&["--only", "BUNDLE"][..], &["--only", "QUOTES", "--prefect"], &["--map", "BUNDLE=CA"]] {
        let said = scene.runner.run([&["run"], options, &["--", "true"]].concat()).await.failed(125);
        assert!(said.contains("128 KiB") && (said.contains("BUNDLE") || said.contains("QUOTES")), "{said}");
    }

    // Each one fits, but together they exceed the system's limit.
    for number in 0..40 {
        scene.admin.set(&format!("PART_{number}"), json!("x".repeat(100_000 + number))).await;
    }
    scene
        .runner
        .run(["run", "--only", "PART_*", "--", "true"])
        .await
        .fails(126, &["PART_39 (196 KiB), PART_38", "--except PART_39,PART_38,PART_37", "--plain"]);
    let fewer = ["run", "--only", "PART_*", "--except", "PART_1*,PART_2*,PART_3*", "--plain", "--", "true"];
    scene.runner.run(fewer).await.succeeded();
}
