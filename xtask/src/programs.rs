//! The programs of the workspace: building them, and where they are then.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::page;
use crate::project::{self, Build};
use crate::step::Steps;
use crate::tool::Toolbox;

/// The server. Its package has the same name, as that of the command line has.
pub const SERVER: &str = "strongroom-server";
pub const COMMAND_LINE: &str = "strongroom";

/// Builds one program alone, so that features of the other packages don't get into it.
pub fn build(name: &str, build: Build, tools: &Toolbox) -> Result<PathBuf> {
    let mut cargo = tools.cargo();
    // Not what else the package has.
    cargo.args(["build", "--package", name, "--bin", name]);
    if build == Build::Release {
        cargo.arg("--release");
    }
    project::check(&mut cargo)?;
    built(if build == Build::Release { "release" } else { "debug" }, name)
}

pub fn build_release_server(steps: &mut Steps, tools: &Toolbox) -> Result<PathBuf> {
    steps.run("page", || page::build(Build::Release, tools))?;
    let server = steps.run("server", || build(SERVER, Build::Release, tools))?;
    check_page_is_inside(&server)?;
    Ok(server)
}

/// A server without its page works, so nobody would notice before it is shipped.
fn check_page_is_inside(server: &Path) -> Result<()> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("reading {}", path.display()));
    let index = read(&project::dist().join("index.html"))?;
    let binary = read(server)?;
    ensure!(
        binary.windows(index.len()).any(|part| part == index),
        "{} was built without the page; run `cargo clean --release --package strongroom-server`, then this again",
        server.display()
    );
    Ok(())
}

/// Builds programs quickly, with the features of their dependencies united over the whole workspace. Building and
/// running the workspace's tests unites them too, and would compile most dependencies a second time otherwise.
pub fn build_in_workspace(targets: &[&str], tools: &Toolbox) -> Result<()> {
    project::check(tools.cargo().args(["build", "--workspace"]).args(targets))
}

pub fn built(folder: &str, name: &str) -> Result<PathBuf> {
    let path = project::target()?.join(folder).join(name);
    Ok(path.with_extension(env::consts::EXE_EXTENSION))
}
