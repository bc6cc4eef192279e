//! Tools from Debian packages: the browser and its driver, PostgreSQL, nginx, and a clock that jumps. On other systems,
//! prints what to install.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use super::log::Log;
use super::package::Package;
use super::probe;

pub struct AptTool {
    label: &'static str,
    packages: &'static [&'static str],
    find: fn() -> Option<PathBuf>,
    /// The advice on systems without apt.
    otherwise: &'static str,
}

/// The driver's package depends on the browser's, in the same version. The tests prefer the headless shell to the
/// browser, because it takes half the time. `find` looks for the driver, which starts the browser.
pub const BROWSER: AptTool = AptTool {
    label: "Chromium and its driver",
    packages: &["chromium", "chromium-driver", "chromium-headless-shell"],
    find: || probe::on_path("chromedriver").filter(|driver| probe::answer(driver, &["--version"]).is_some()),
    otherwise: "install Chrome or Chromium, and put its `chromedriver` on PATH",
};

/// Looks for the server; `initdb` and `psql` are beside it.
pub const POSTGRES: AptTool = AptTool {
    label: "PostgreSQL",
    packages: &["postgresql"],
    find: find_postgres,
    otherwise: "install PostgreSQL 15, and put its `postgres`, `initdb` and `psql` on PATH",
};

/// Looks for the library that fakes the time.
pub const FAKE_CLOCK: AptTool = AptTool {
    label: "libfaketime",
    packages: &["libfaketime"],
    find: find_fake_clock,
    otherwise: "install libfaketime below /usr/lib",
};

/// The directory of Debian's PostgreSQL programs, which are not on PATH.
const POSTGRES_FOLDER: &str = "/usr/lib/postgresql/15/bin";

fn find_postgres() -> Option<PathBuf> {
    let debian = Path::new(POSTGRES_FOLDER).join("postgres");
    let found = Some(debian).filter(|path| path.is_file());
    let found = found.or_else(|| probe::on_path("postgres"));
    found.filter(|postgres| probe::answer(postgres, &["--version"]).is_some())
}

fn find_fake_clock() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut places = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    places.find(|place| place.is_file())
}

impl Package for AptTool {
    fn label(&self) -> String {
        self.label.to_owned()
    }

    fn find(&self, _: &Cache) -> Option<PathBuf> {
        (self.find)()
    }

    fn install(&self, _: &Cache, log: &Log) -> Result<()> {
        install(self.packages, self.otherwise, log)
    }
}

/// nginx: the system's, or the one in the cache.
pub struct Nginx;

impl Package for Nginx {
    fn label(&self) -> String {
        "nginx".to_owned()
    }

    fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let places = [PathBuf::from("/usr/sbin/nginx"), nginx_folder(cache).join("usr/sbin/nginx")];
        places.into_iter().find(|nginx| probe::answer(nginx, &["-v"]).is_some())
    }

    /// Unpacks the package into the cache, because an installed one would start a server on all addresses.
    fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        if probe::on_path("apt-get").is_none() {
            bail!("install nginx as /usr/sbin/nginx");
        }
        let folder = nginx_folder(cache);
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let apt = |arguments: &[&str]| log.run(apt().args(arguments).current_dir(&folder));
        // Only root can update the package lists.
        if apt(&["download", "nginx"]).is_err() {
            apt(&["update"])?;
            apt(&["download", "nginx"])?;
        }
        let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for package in entries.flatten().map(|entry| entry.path()) {
            if package.extension().is_some_and(|ending| ending == "deb") {
                log.run(Command::new("dpkg").arg("-x").args([&package, &folder]))?;
            }
        }
        Ok(())
    }
}

fn nginx_folder(cache: &Cache) -> PathBuf {
    cache.tool("nginx", "debian")
}

/// Installs packages as root; otherwise prints the command.
pub fn install(packages: &[&str], otherwise: &str, log: &Log) -> Result<()> {
    if probe::on_path("apt-get").is_none() {
        bail!("{otherwise}");
    }
    if probe::answer(Path::new("id"), &["-u"]).as_deref() != Some("0") {
        bail!("run `sudo apt-get install --no-install-recommends {}`", packages.join(" "));
    }
    log.run(apt().arg("update"))?;
    log.run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300"]);
    command
}
