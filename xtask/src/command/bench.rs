//! `cargo xtask bench`: the server as shipped, measured beside others under the same load. What is measured, and how, is in
//! `tests/performance/`; it is told by variables where the programs are.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::build::check_page_is_inside;
use crate::page::{self, PageBuild};
use crate::project::{self, Build, Program};
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

/// Where the figures of a whole run go, and those of a quick one.
const PAGE: &str = "docs/performance.md";
const QUICK_PAGE: &str = "performance.md";

#[derive(clap::Args)]
pub struct Arguments {
    /// One short round, in about two minutes; its page of figures goes to the target folder
    #[arg(long)]
    quick: bool,
    /// To how many names the store grows, from 100 on, as far as ten minutes of filling go [default: 1000000; with --quick
    /// 10000]
    #[arg(long)]
    names_up_to: Option<usize>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let wanted = [Tool::RELEASE, &[Tool::Postgraphile]].concat();
    let tools = steps.run("tools", || Toolbox::with(&wanted))?;
    steps.run("page", || page::build(PageBuild::Release, &tools))?;
    let server = steps.run("server", || project::build(Program::Server, Build::Release, &tools))?;
    check_page_is_inside(&server)?;

    let cargo = || {
        let mut cargo = project::cargo(&tools);
        cargo.args(["bench", "--package", "strongroom-tests", "--bench", "performance"]);
        cargo
    };
    steps.run("load generator", || project::check(cargo().arg("--no-run")))?;

    let page = if arguments.quick { project::target()?.join(QUICK_PAGE) } else { project::root().join(PAGE) };
    let mut bench = cargo();
    bench.arg("--").arg("--page").arg(&page);
    if arguments.quick {
        bench.arg("--quick");
    }
    if let Some(names) = arguments.names_up_to {
        bench.args(["--names-up-to", &names.to_string()]);
    }
    bench.env("STRONGROOM_SERVER_BIN", server);
    bench.env("STRONGROOM_POSTGRAPHILE", tools.path(Tool::Postgraphile)?);
    if let Some(rvault) = tools.already(Tool::Rvault) {
        bench.env("STRONGROOM_RVAULT", rvault);
    }
    if let Some(folder) = tools.already(Tool::Postgres).as_deref().and_then(Path::parent) {
        bench.env("STRONGROOM_POSTGRES_BIN", folder);
    }
    steps.run("measuring", || project::check(&mut bench))?;

    println!("==> times");
    steps.print_table();
    let written = fs::canonicalize(&page).with_context(|| format!("reading {}", page.display()))?;
    println!("==> the figures are in {}", written.display());
    Ok(ExitCode::SUCCESS)
}
