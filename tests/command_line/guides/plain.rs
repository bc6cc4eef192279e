//! cron, GitHub Actions and Python: runs the guides' commands and programs, with addresses and directories replaced by
//! the test's.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::Value;
use strongroom_tests::program::binary;
use strongroom_tests::python::kubernetes_python;
use strongroom_tests::{Machine, text};

use super::{Guide, yaml};
use crate::Scene;

/// A machine with the program, Python, and stand-ins for some of the guides' programs that print their secrets.
async fn scene() -> (Scene, Machine) {
    let scene = Scene::with_secrets(&["DATABASE_PASSWORD", "BACKUP_PASSWORD", "DEPLOY_PASSWORD"]).await;
    let machine = &scene.runner;
    let bin = machine.home().join("bin");
    fs::create_dir(&bin).expect("directories can be created");
    symlink(binary(), bin.join("strongroom")).expect("links can be made");
    let python = format!("#!/bin/sh\nexec '{}' \"$@\"\n", kubernetes_python().display());
    for (name, content) in [
        ("bin/python", python.as_str()),
        ("bin/backup", "#!/bin/sh\necho \"$BACKUP_PASSWORD\"\n"),
        ("deploy.sh", "#!/bin/sh\necho \"$DEPLOY_PASSWORD\"\n"),
        ("app.py", "import os\nprint(os.environ['DATABASE_PASSWORD'])\n"),
    ] {
        let path = machine.file(name, content);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    let path = env::var("PATH").expect("there is a PATH");
    let machine = machine.with("PATH", format!("{}:{path}", bin.display()));
    (scene, machine)
}

async fn printed(scene: &Scene, machine: &Machine, commands: &str) -> String {
    let arguments = ["-euo", "pipefail", "-c", &placed(scene, machine, commands)];
    machine.run_program("bash", arguments).await.succeeded().printed().to_owned()
}

fn placed(scene: &Scene, machine: &Machine, guide: &str) -> String {
    let home = text(machine.home());
    let guide = guide.replace("https://secrets.example.com", scene.server.url()).replace("/home/ada", home);
    guide.replace("PATH=/usr/local/bin:", &format!("PATH={home}/bin:"))
}

#[tokio::test]
async fn the_python_guide_works() {
    let (scene, machine) = scene().await;
    let mut guide = Guide::read("python.md");
    let value = "the value of DATABASE_PASSWORD";
    assert_eq!(printed(&scene, &machine, &guide.take("sh", "app.py")).await, format!("{value}\n"));
    let asks = guide.take("python", "urllib");
    let runs = guide.take("python", "subprocess") + "print(password)\n";
    for (program, expected) in [(asks, value.len().to_string()), (runs, value.to_owned())] {
        machine.file("program.py", program);
        assert_eq!(printed(&scene, &machine, "python program.py").await, format!("{expected}\n"));
    }
    guide.assert_all_taken();
}

#[tokio::test]
async fn the_cron_guide_works() {
    let (scene, machine) = scene().await;
    let mut guide = Guide::read("cron.md");
    let key = scene.team.new_key("runner").await;
    let path = machine.file(".config/strongroom/key", format!("{key}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    let machine = machine.without("STRONGROOM_KEY").without("STRONGROOM_SERVER");
    // A crontab: variables, and a command after five fields.
    let table = guide.take("cron", "STRONGROOM_KEY_FILE");
    let lines = table.lines().filter(|line| !line.is_empty());
    let (command, variables): (Vec<_>, Vec<_>) =
        lines.partition(|line| line.starts_with(|sign: char| sign.is_ascii_digit()));
    let words: Vec<_> = command[0].split_whitespace().skip(5).collect();
    let script = format!("export {}\n{}", variables.join(" "), words.join(" "));
    assert_eq!(printed(&scene, &machine, &script).await, "the value of BACKUP_PASSWORD\n");

    let file = placed(&scene, &machine, &guide.take("toml", "key-file"));
    machine.file(".config/strongroom/config.toml", file);
    let value = printed(&scene, &machine, "strongroom get BACKUP_PASSWORD").await;
    assert_eq!(value, "the value of BACKUP_PASSWORD");
    guide.assert_all_taken();
}

#[tokio::test]
async fn the_guide_of_github_actions_works() {
    let (scene, machine) = scene().await;
    let mut guide = Guide::read("github-actions.md");
    let documents = yaml(&guide.take("yaml", "jobs:"));
    let workflow = &documents[0]["jobs"]["deploy"];
    let variables = workflow["env"].as_object().expect("variables");
    assert_eq!(variables["STRONGROOM_KEY"], "${{ secrets.STRONGROOM_KEY }}");
    assert!(variables.contains_key("STRONGROOM_SERVER"));
    let masks = yaml(&guide.take("yaml", "add-mask"));
    let steps = [&workflow["steps"], &masks[0]].map(|steps| steps.as_array().expect("a list").clone());
    let commands = steps.concat();
    let commands: Vec<_> =
        commands.iter().filter_map(|step| step.get("run").and_then(Value::as_str)).collect();
    let value = "the value of DEPLOY_PASSWORD";
    let expected = [format!("{value}\n"), format!("::add-mask::{value}\n")];
    assert_eq!(commands.len(), expected.len(), "{commands:?}");
    for (command, expected) in commands.into_iter().zip(expected) {
        assert_eq!(printed(&scene, &machine, command).await, expected, "{command}");
    }
    guide.assert_all_taken();
}
