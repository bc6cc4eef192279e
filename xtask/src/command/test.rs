//! `cargo xtask test`: runs every test, from scratch. The tests don't depend on it: environment variables give them the
//! paths of the programs and tools.

mod postgres;
mod report;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use self::postgres::Postgres;
use self::report::Report;
use crate::page;
use crate::programs::{self, COMMAND_LINE, SERVER};
use crate::project::{self, Build};
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

/// The test runner's report, at the path in `.config/nextest.toml`.
const REPORT: &str = "target/nextest/default/junit.xml";

const EXAMPLE: &str = "quickstart";
const POSTGRES_LENDER: &str = "test-postgres";

const TOLD: [(&str, Tool); 11] = [
    ("STRONGROOM_CHROMEDRIVER", Tool::Browser),
    ("STRONGROOM_AXE", Tool::Axe),
    ("STRONGROOM_NGINX", Tool::Nginx),
    ("STRONGROOM_PREFECT_PYTHON", Tool::Prefect),
    ("STRONGROOM_DOTENV", Tool::Dotenv),
    ("STRONGROOM_KUBERNETES_PYTHON", Tool::Kubernetes),
    ("STRONGROOM_OIDC_PROVIDER", Tool::OidcProvider),
    ("STRONGROOM_OPENBAO", Tool::OpenBao),
    ("STRONGROOM_HVAC_PYTHON", Tool::Hvac),
    ("STRONGROOM_OLD_HVAC_PYTHON", Tool::OldHvac),
    ("STRONGROOM_NODE_VAULT", Tool::NodeVault),
];

const TOLD_CLIENTS: [(&str, Tool); 4] = [
    ("STRONGROOM_ANSIBLE_PYTHON", Tool::Ansible),
    ("STRONGROOM_AIRFLOW_PYTHON", Tool::Airflow),
    ("STRONGROOM_PREFECT_VAULT_PYTHON", Tool::PrefectVault),
    ("STRONGROOM_SALT_PYTHON", Tool::Salt),
];

const OPTIONAL: [(&str, Tool, &str); 2] = [
    ("clock that jumps", Tool::FakeClock, "STRONGROOM_FAKE_CLOCK"),
    ("Debian's root file system", Tool::Debian, "STRONGROOM_DEBIAN"),
];

#[derive(clap::Args)]
pub struct Arguments {
    /// Run only the tests with large clients of Vault's API, which no other run installs: Ansible, Airflow, Prefect, Salt
    #[arg(long)]
    clients: bool,
    /// Run only the tests with this text in their names
    filter: Vec<String>,
    /// The test runner's own flags, after `--`
    #[arg(last = true)]
    runner_flags: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let (wanted, told, optional) = if arguments.clients {
        (Tool::CLIENTS, &TOLD_CLIENTS[..], &[][..])
    } else {
        (Tool::TEST, &TOLD[..], &OPTIONAL[..])
    };
    let tools = steps.run("tools", || Toolbox::with(&[Tool::PAGE, wanted].concat()))?;
    let optional: Vec<_> = optional
        .iter()
        .map(|&(what, tool, variable)| {
            let found = steps.run(what, || Toolbox::with(&[tool])?.path(tool).map(Path::to_owned));
            (variable, found)
        })
        .collect();
    steps.run("page", || page::build(Build::Dev, &tools))?;
    steps.run("programs", || {
        let bins = ["--bin", SERVER, "--bin", COMMAND_LINE, "--bin", POSTGRES_LENDER];
        programs::build_in_workspace(&[&bins[..], &["--example", EXAMPLE]].concat(), &tools)
    })?;

    let mut runner = tools.cargo();
    runner.args(["nextest", "run", "--workspace"]).args(&arguments.runner_flags).args(&arguments.filter);
    // One cluster for all tests, which must outlive them.
    let postgres = if arguments.clients {
        runner.args(["--test", "clients", "--ignore-default-filter"]);
        None
    } else {
        let lender = programs::built("debug", POSTGRES_LENDER)?;
        let borrow = || Postgres::borrow(&lender, tools.path(Tool::Postgres)?);
        Some(steps.run("PostgreSQL", borrow)?)
    };
    runner.env("STRONGROOM_SERVER_BIN", programs::built("debug", SERVER)?);
    runner.env("STRONGROOM_CLIENT_BIN", programs::built("debug", COMMAND_LINE)?);
    runner.env("STRONGROOM_EXAMPLE_BIN", programs::built("debug/examples", EXAMPLE)?);
    if let Some(postgres) = &postgres {
        postgres.tell(&mut runner);
    }
    for (variable, tool) in told {
        runner.env(variable, tools.path(*tool)?);
    }
    for (variable, found) in optional {
        match found {
            Ok(place) => {
                runner.env(variable, place);
            }
            Err(error) => println!("    {error:#}; the tests that need it are skipped"),
        }
    }
    let (report, succeeded) = steps.run("tests", || run_tests(&mut runner))?;
    drop(postgres);

    println!("==> tests by kind");
    report.print_table();
    steps.print_times();
    println!("{report}");
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the tests. A failed test is part of the report; only a failure to run them is an error.
fn run_tests(runner: &mut Command) -> Result<(Report, bool)> {
    let path = project::root().join(REPORT);
    if path.exists() {
        fs::remove_file(&path).with_context(|| format!("deleting {}", path.display()))?;
    }
    let status = runner.status().with_context(|| format!("starting {}", project::shown(runner)))?;
    let Ok(text) = fs::read_to_string(&path) else {
        bail!("{} ended with {status} before any test ran", project::shown(runner));
    };
    let report = Report::from_junit(&text);
    if report.is_empty() {
        bail!("{} ended with {status} and ran no test", project::shown(runner));
    }
    Ok((report, status.success()))
}
