//! Debian root file systems, which tests enter like a container: `root` is the base image of the guides, `machine` also
//! has systemd. Both are built from Debian's packages by `debootstrap`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::log::Log;
use super::package::Package;
use super::{apt, probe};

const SUITE: &str = "trixie";
/// Increase it when the root file systems change.
const REVISION: &str = "1";
const TOOLS: [&str; 4] = ["debootstrap", "iproute2", "openssl", "util-linux"];
/// The packages that the guides' images install. Only downloaded: the tests install them without a network.
const DOWNLOADED: [&str; 2] = ["ca-certificates", "curl"];
const MACHINE: [&str; 3] = ["systemd", "openssl", "ca-certificates"];

pub struct RootFileSystems;

impl Package for RootFileSystems {
    fn label(&self) -> String {
        format!("Debian {SUITE}")
    }

    fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let folder = folder(cache);
        let complete = folder.join("root/etc/os-release").exists() && probe::on_path("ip").is_some();
        complete.then_some(folder)
    }

    fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        apt::install(&TOOLS, "only Debian can make Debian's root file system", log)?;
        Cache::fill(&folder(cache), |folder| {
            let [root, machine] = ["root", "machine"].map(|name| folder.join(name));
            log.run(Command::new("debootstrap").args(["--variant=minbase", SUITE]).arg(&root))?;
            let install = ["apt-get", "install", "-y", "--no-install-recommends"];
            enter(&root, &["apt-get", "clean"], log)?;
            enter(&root, &["apt-get", "update"], log)?;
            log.run(Command::new("cp").arg("--archive").args([&root, &machine]))?;
            enter(&root, &[&install[..], &["--download-only"], &DOWNLOADED].concat(), log)?;
            enter(&machine, &[&install[..], &MACHINE].concat(), log)?;
            // The tests have no network: don't let apt retry.
            let settings = root.join("etc/apt/apt.conf.d/no-retries");
            fs::write(&settings, "Acquire::Retries \"0\";\n")
                .with_context(|| format!("writing {}", settings.display()))
        })
    }
}

fn folder(cache: &Cache) -> PathBuf {
    cache.tool("debian", &format!("{SUITE}-{REVISION}"))
}

fn enter(root: &Path, command: &[&str], log: &Log) -> Result<()> {
    let mut proc = std::ffi::OsString::from("--mount-proc=");
    proc.push(root.join("proc"));
    let mut unshare = Command::new("unshare");
    unshare.args(["--pid", "--fork", "--kill-child"]).arg(proc).arg("chroot").arg(root).args(command);
    log.run(unshare.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8"))
}
