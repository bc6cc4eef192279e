//! The process through which Chromium is driven.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::wait;

/// chromedriver needs one port on two addresses and exits if either is taken: then it is started again.
pub(super) async fn start(home: &Path) -> (Child, u16) {
    let output = home.join("chromedriver.log");
    let spawn = || {
        let program =
            env::var_os("STRONGROOM_CHROMEDRIVER").map_or_else(|| "chromedriver".into(), PathBuf::from);
        let child = Command::new(&program)
            .arg("--port=0")
            .env("HOME", home)
            .env("TMPDIR", home)
            .stdin(Stdio::null())
            .stdout(File::create(&output).expect("files can be written"))
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        child.unwrap_or_else(|error| {
            panic!("{} does not start ({error}): run `cargo xtask test`", program.display())
        })
    };
    let mut chromedriver = spawn();
    let port = wait::until("chromedriver starts", async || {
        if chromedriver.try_wait().expect("a child can be asked").is_some() {
            chromedriver = spawn();
            return None;
        }
        let text = fs::read_to_string(&output).ok()?;
        let (_, port) = text.rsplit_once("started successfully on port ")?;
        let port = port.split_once('.')?.0;
        port.parse::<u16>().ok()
    })
    .await;
    (chromedriver, port)
}
