//! A Python environment with the Prefect client that the tests drive.
//!
//! Its dependencies are pinned in `tests/prefect/constraints.txt`: the client is old, and newer dependencies would break
//! it one day. To take newer ones, install `prefect` and `setuptools<70` into a fresh environment, let the tests pass with
//! it, and write down what `pip freeze` prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::install::Log;
use super::probe;
use crate::project;

/// The last version of the client that speaks to Prefect 1's API.
pub const PREFECT_VERSION: &str = "1.4.1";

/// The client needs a Python no newer, the pinned dependencies one no older.
const PYTHON_VERSION: &str = "3.11";

/// A file in the environment with the pins that it was made from, written last.
const MARKER: &str = "strongroom-constraints.txt";

fn folder(cache: &Cache) -> PathBuf {
    cache.tool("prefect", PREFECT_VERSION)
}

fn environment_python(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    }
}

fn constraints() -> PathBuf {
    project::root()
        .join("tests")
        .join("prefect")
        .join("constraints.txt")
}

/// The environment's Python, when the environment is complete and made from the present pins.
pub fn find_prefect(cache: &Cache) -> Option<PathBuf> {
    let made_from = fs::read(folder(cache).join(MARKER)).ok()?;
    let python = environment_python(&folder(cache));
    let complete =
        made_from == fs::read(constraints()).ok()? && probe::answer(&python, &["--version"]).is_some();
    complete.then_some(python)
}

pub fn install_prefect(cache: &Cache, log: &Log) -> Result<()> {
    let system_python = find_python().with_context(|| {
        format!(
            "no Python {PYTHON_VERSION} with `venv` and `pip` is on PATH; install it (Debian: `apt-get install python3-venv`)"
        )
    })?;

    // An environment can't be moved once it is made, so it is made in its place, and the marker comes last.
    let folder = folder(cache);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("deleting {}", folder.display()))?;
    }
    log.run(Command::new(system_python).args(["-m", "venv"]).arg(&folder))?;
    let python = environment_python(&folder);
    log.run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--no-input",
                "--disable-pip-version-check",
                "--constraint",
            ])
            .arg(constraints())
            .arg(format!("prefect=={PREFECT_VERSION}"))
            .arg("setuptools"),
    )?;
    log.run(Command::new(&python).args(["-c", "import prefect"]))?;
    let marker = folder.join(MARKER);
    fs::copy(constraints(), &marker).with_context(|| format!("writing {}", marker.display()))?;
    Ok(())
}

/// A Python of the right version that can make environments. Some distributions leave `ensurepip` out.
fn find_python() -> Option<PathBuf> {
    let script = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])";
    let names = [&format!("python{PYTHON_VERSION}"), "python3", "python"];
    names
        .into_iter()
        .flat_map(probe::all_on_path)
        .find(|python| probe::answer(python, &["-c", script]).as_deref() == Some(PYTHON_VERSION))
}
