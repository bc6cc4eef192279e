//! `cargo xtask schema`: exports the server's schema to `shared/schema.graphql`, against which the clients compile. A
//! test fails while the two differ.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};

use crate::programs::{self, SERVER};
use crate::project;
use crate::step::Steps;
use crate::tool::Toolbox;

pub fn run() -> Result<ExitCode> {
    let mut steps = Steps::default();
    let tools = Toolbox::with(&[])?;
    let server = steps.run("server", || build_server(&tools))?;
    steps.run("schema", || {
        let mut command = Command::new(&server);
        command.arg("schema").stderr(Stdio::inherit());
        let output = command.output().with_context(|| format!("starting {}", project::shown(&command)))?;
        ensure!(output.status.success(), "{} ended with {}", project::shown(&command), output.status);

        let path = project::root().join("shared").join("schema.graphql");
        if fs::read(&path).is_ok_and(|present| present == output.stdout) {
            println!("    {} is up to date", path.display());
            return Ok(());
        }
        fs::write(&path, output.stdout).with_context(|| format!("writing {}", path.display()))?;
        println!("    {} has changed", path.display());
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Built like the tests, to share their build. A schema without a field that clients use breaks `shared`: then only the
/// server is built, although that compiles its dependencies again.
fn build_server(tools: &Toolbox) -> Result<PathBuf> {
    if programs::build_in_workspace(&["--bin", SERVER], tools).is_err() {
        println!("    trying again without the clients");
        project::check(tools.cargo().args(["build", "--package", SERVER, "--bin", SERVER]))?;
    }
    programs::built("debug", SERVER)
}
