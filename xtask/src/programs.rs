//! The workspace's programs: how to build them, and their paths.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::page;
use crate::project::{self, Build};
use crate::step::Steps;
use crate::tool::Toolbox;

/// The server. Its package has the same name, like that of the command line.
pub const SERVER: &str = "strongroom-server";
pub const COMMAND_LINE: &str = "strongroom";

/// Builds one program alone, so that it gets no features of other packages.
pub fn build(name: &str, build: Build, tools: &Toolbox) -> Result<PathBuf> {
    let mut cargo = tools.cargo();
    // Without the package's other targets.
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

/// A server without its page works, so nobody would notice before a release.
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

/// Builds programs quickly, with the features of their dependencies unified across the workspace, as for the tests:
/// otherwise most dependencies would be compiled twice.
pub fn build_in_workspace(targets: &[&str], tools: &Toolbox) -> Result<()> {
    project::check(tools.cargo().args(["build", "--workspace"]).args(targets))
}

pub fn built(folder: &str, name: &str) -> Result<PathBuf> {
    let path = project::target()?.join(folder).join(name);
    Ok(path.with_extension(env::consts::EXE_EXTENSION))
}
