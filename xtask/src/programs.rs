//! The workspace's programs: how to build them, and their paths.

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

/// Builds the page, the server with the page inside, and the command line, for release. Together, so that each dependency
/// is compiled once.
pub fn build_release(steps: &mut Steps, tools: &Toolbox) -> Result<[PathBuf; 2]> {
    steps.run("page", || page::build(Build::Release, tools))?;
    steps.run("programs", || {
        let mut cargo = tools.cargo();
        cargo.args(["build", "--release"]);
        for name in [SERVER, COMMAND_LINE] {
            cargo.args(["--package", name, "--bin", name]);
        }
        project::check(&mut cargo)
    })?;
    let server = built("release", SERVER)?;
    check_page_is_inside(&server)?;
    Ok([server, built("release", COMMAND_LINE)?])
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
    Ok(project::target()?.join(folder).join(name))
}
