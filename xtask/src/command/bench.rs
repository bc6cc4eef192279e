//! `cargo xtask bench`: measures the server as shipped against others under the same load. `tests/performance/` says what
//! is measured and how; variables tell it where the programs are.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::programs;
use crate::project;
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

/// The file for the figures of a full run, and that of a quick one.
const PAGE: &str = "docs/performance.md";
const QUICK_PAGE: &str = "performance.md";

#[derive(clap::Args)]
pub struct Arguments {
    /// One short round, in about two minutes; its figures go to the target directory
    #[arg(long)]
    quick: bool,
    /// The benchmark's own flags, after `--`, such as `--seconds 0.6`; the figures then go to the target directory
    #[arg(last = true)]
    flags: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let wanted = [Tool::RELEASE, &[Tool::OpenBao]].concat();
    let tools = steps.run("tools", || Toolbox::with(&wanted))?;
    let [server, _] = programs::build_release(&mut steps, &tools)?;

    let cargo = || {
        let mut cargo = tools.cargo();
        cargo.args(["bench", "--package", "strongroom-tests", "--bench", "performance"]);
        cargo
    };
    steps.run("load generator", || project::check(cargo().arg("--no-run")))?;

    let is_whole = !arguments.quick && arguments.flags.is_empty();
    let page = if is_whole { project::root().join(PAGE) } else { project::target()?.join(QUICK_PAGE) };
    let mut bench = cargo();
    bench.arg("--").arg("--page").arg(&page).args(&arguments.flags);
    if arguments.quick {
        bench.arg("--quick");
    }
    bench.env("STRONGROOM_SERVER_BIN", server);
    bench.env("STRONGROOM_OPENBAO", tools.path(Tool::OpenBao)?);
    if let Some(folder) = tools.already(Tool::Postgres).as_deref().and_then(Path::parent) {
        bench.env("STRONGROOM_POSTGRES_BIN", folder);
    }
    steps.run("measuring", || project::check(&mut bench))?;

    steps.print_times();
    let written = fs::canonicalize(&page).with_context(|| format!("reading {}", page.display()))?;
    println!("==> the figures are in {}", written.display());
    Ok(ExitCode::SUCCESS)
}
