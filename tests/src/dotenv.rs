//! Other readers of `.env` files: npm's `dotenv`, Node itself, `python-dotenv`, and a shell.

use std::path::PathBuf;

use serde_json::Value;

use crate::program::Machine;
use crate::{python, tool};

pub const DOTENV: &str = "npm's dotenv";
pub const NODE: &str = "node --env-file";
pub const PYTHON: &str = "python-dotenv";
pub const SHELL: &str = "a shell";

fn script(name: &str) -> String {
    format!("{}/command_line/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn module() -> PathBuf {
    tool::path("STRONGROOM_DOTENV", "dotenv-18.0.10/node_modules/dotenv/dist/index.cjs")
}

/// Reads files on that machine with each reader but the shell: objects of names and values.
pub async fn read(machine: &Machine, files: &[String]) -> Vec<[(&'static str, Value); 3]> {
    let mut node = machine.program("node");
    node.arg(script("env_readers.cjs")).arg(module()).args(files);
    let mut python = machine.program(python::kubernetes_python());
    python.arg(script("env_readers.py")).args(files);
    let by_node = machine.run_command(node, None).await.succeeded().json();
    let by_python = machine.run_command(python, None).await.succeeded().json();
    let of_file = |index: usize| {
        let (node, python) = (&by_node[index], &by_python[index]);
        [(DOTENV, node["dotenv"].clone()), (NODE, node["Node"].clone()), (PYTHON, python.clone())]
    };
    (0..files.len()).map(of_file).collect()
}

pub async fn source(machine: &Machine, file: &str, names: &[String]) -> Vec<String> {
    let script = r#". "$0" && for name; do printf '%s\0' "${!name}"; done"#;
    let arguments = ["-c", script, file].into_iter().chain(names.iter().map(String::as_str));
    let ran = machine.run_program("bash", arguments).await.succeeded();
    assert_eq!(ran.stderr, "", "nothing of a value is run");
    ran.printed().split_terminator('\0').map(str::to_owned).collect()
}
