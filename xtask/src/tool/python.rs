//! Python environments with the clients and schemas for the tests, one for each.
//!
//! Dependencies are pinned in a file beside the tests: Prefect's client is old, and newer dependencies would break it one
//! day. To take newer ones, install the client (Prefect's with `setuptools<70`) into a fresh environment, let the tests
//! pass with it, and write down what `pip freeze` prints.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::install::Log;
use super::probe;
use crate::project;

/// An environment with a client.
pub struct PythonTool {
    name: &'static str,
    package: &'static str,
    version: &'static str,
    /// A package to install along with it.
    besides: &'static [&'static str],
    /// The pins, a file in `tests/`.
    constraints: &'static str,
}

/// The last version of the client that speaks to Prefect 1's API.
pub const PREFECT: PythonTool = PythonTool {
    name: "Prefect",
    package: "prefect",
    version: "1.4.1",
    besides: &["setuptools"],
    constraints: "prefect/constraints.txt",
};

/// The usual Vault client of Python programs, and their usual `.env` reader.
pub const HVAC: PythonTool = PythonTool {
    name: "hvac",
    package: "hvac",
    version: "2.4.0",
    besides: &["python-dotenv"],
    constraints: "vault/constraints.txt",
};

/// The schemas of Kubernetes manifests, and a YAML parser.
pub const KUBERNETES: PythonTool = PythonTool {
    name: "kubernetes-validate",
    package: "kubernetes-validate",
    version: "1.37.0",
    besides: &[],
    constraints: "command_line/constraints.txt",
};

/// Prefect's client needs a Python no newer, its pinned dependencies one no older.
const PYTHON_VERSION: &str = "3.11";

/// A file in the environment with the pins that it was made from, written last.
const MARKER: &str = "strongroom-constraints.txt";

fn environment_python(folder: &Path) -> PathBuf {
    if cfg!(windows) { folder.join("Scripts").join("python.exe") } else { folder.join("bin").join("python") }
}

impl PythonTool {
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn folder(&self, cache: &Cache) -> PathBuf {
        cache.tool(self.package, self.version)
    }

    fn constraints(&self) -> PathBuf {
        project::root().join("tests").join(self.constraints)
    }

    /// The environment's Python, when the environment is complete and made from the present pins.
    pub fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let made_from = fs::read(self.folder(cache).join(MARKER)).ok()?;
        let python = environment_python(&self.folder(cache));
        let complete = made_from == fs::read(self.constraints()).ok()?
            && probe::answer(&python, &["--version"]).is_some();
        complete.then_some(python)
    }

    pub fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        let system_python = find_python().with_context(|| {
        format!(
            "no Python {PYTHON_VERSION} with `venv` and `pip` is on PATH; install it (Debian: `apt-get install python3-venv`)"
        )
    })?;

        // An environment can't be moved once it is made, so it is made in its place, and the marker comes last.
        let folder = self.folder(cache);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("deleting {}", folder.display()))?;
        }
        log.run(Command::new(system_python).args(["-m", "venv"]).arg(&folder))?;
        let python = environment_python(&folder);
        log.run(
            Command::new(&python)
                .args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--constraint"])
                .arg(self.constraints())
                .arg(format!("{}=={}", self.package, self.version))
                .args(self.besides),
        )?;
        log.run(Command::new(&python).args(["-c", &format!("import {}", self.package.replace('-', "_"))]))?;
        let marker = folder.join(MARKER);
        fs::copy(self.constraints(), &marker).with_context(|| format!("writing {}", marker.display()))?;
        Ok(())
    }
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
