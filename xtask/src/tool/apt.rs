//! What comes as Debian packages: the browser and its driver. Other systems are told what to install.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::install::Log;
use super::probe;

/// The driver's package depends on the browser's, in the same version.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Where the browser's driver is, which starts the browser.
pub fn find_browser_driver() -> Option<PathBuf> {
    probe::on_path("chromedriver").filter(|driver| probe::answer(driver, &["--version"]).is_some())
}

pub fn install_browser(log: &Log) -> Result<()> {
    if probe::on_path("apt-get").is_none() {
        bail!("install Chrome or Chromium, and put its `chromedriver` on PATH");
    }
    if probe::answer(Path::new("id"), &["-u"]).as_deref() != Some("0") {
        bail!(
            "run `sudo apt-get install --no-install-recommends {}`",
            PACKAGES.join(" ")
        );
    }
    let apt = || {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-o", "DPkg::Lock::Timeout=300"]);
        command
    };
    log.run(apt().arg("update"))?;
    log.run(
        apt()
            .args(["install", "-y", "--no-install-recommends"])
            .args(PACKAGES),
    )
}
