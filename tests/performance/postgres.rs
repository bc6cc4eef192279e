//! A PostgreSQL of one contender's own, in a temporary folder, with the settings of Debian's package: what is committed
//! is on the disk.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::unistd::{Uid, User};
use strongroom_tests::{server, wait};
use tempfile::TempDir;

/// Where Debian puts what is not for everyone's PATH.
const DEBIAN: &str = "/usr/lib/postgresql/15/bin";

/// A running PostgreSQL. Ended when dropped.
pub struct Cluster {
    postmaster: Child,
    port: String,
    _folder: TempDir,
}

impl Cluster {
    /// One that answers; or why there is none.
    pub async fn start() -> Result<Self, String> {
        if !Path::new(DEBIAN).join("postgres").is_file() {
            return Err("PostgreSQL 15 is not installed: `apt-get install postgresql-15`".to_owned());
        }
        let folder = TempDir::with_prefix("postgresql-").expect("temporary folders can be made");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("folders can be made");
        let owner = owner()?;
        if let Some(owner) = &owner {
            let everyone_may_enter = Permissions::from_mode(0o711);
            fs::set_permissions(folder.path(), everyone_may_enter)
                .and_then(|()| chown(&data, Some(owner.uid.as_raw()), Some(owner.gid.as_raw())))
                .expect("root may do that");
        }
        let command = |name: &str| {
            let mut command = Command::new(PathBuf::from(DEBIAN).join(name));
            if let Some(owner) = &owner {
                command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
            }
            command
                .current_dir(&data)
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            command
        };
        let initialised = command("initdb")
            .args(["--username", "bench", "--auth", "trust", "--pgdata"])
            .arg(&data)
            .status();
        let initialised = initialised.expect("initdb starts");
        assert!(initialised.success(), "initdb ended with {initialised}");

        let address = server::free_address();
        let (_, port) = address.rsplit_once(':').expect("there is a port in it");
        let postmaster = command("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-p", port, "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "log_min_messages=fatal"])
            .stderr(Stdio::null())
            .spawn()
            .expect("PostgreSQL starts");
        let cluster = Self {
            postmaster,
            port: port.to_owned(),
            _folder: folder,
        };
        wait::until("PostgreSQL answers", async || cluster.answers().then_some(())).await;
        Ok(cluster)
    }

    /// The URL of a database in it, for the one who may do anything.
    pub fn admin_url(&self, database: &str) -> String {
        format!("postgres://bench@127.0.0.1:{}/{database}", self.port)
    }

    /// The process below which all others are.
    pub fn pid(&self) -> u32 {
        self.postmaster.id()
    }

    fn answers(&self) -> bool {
        self.psql("postgres", "SELECT 1")
    }

    /// Does something as the one who may do anything.
    pub fn sql(&self, database: &str, sql: &str) {
        assert!(self.psql(database, sql), "PostgreSQL does: {sql}");
    }

    fn psql(&self, database: &str, sql: &str) -> bool {
        let psql = Command::new(PathBuf::from(DEBIAN).join("psql"))
            .args(["--no-psqlrc", "--quiet", "--dbname", &self.admin_url(database)])
            .args(["--command", sql])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        psql.expect("psql starts").success()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Asked to end at once, it takes its processes and its shared memory with it.
        server::signal(self.postmaster.id(), "QUIT");
        // There is nothing left to do where it can't be waited for.
        let _ = self.postmaster.wait();
    }
}

/// Who PostgreSQL runs as, where that has to be someone else: it refuses to run as root.
fn owner() -> Result<Option<User>, String> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    match User::from_name("postgres") {
        Ok(Some(user)) => Ok(Some(user)),
        Ok(None) | Err(_) => Err("there is no user `postgres` to run PostgreSQL as".to_owned()),
    }
}

/// The version of PostgreSQL, if there is one.
pub fn version() -> Option<String> {
    let output = Command::new(PathBuf::from(DEBIAN).join("postgres"))
        .arg("--version")
        .output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    Some(text.split_whitespace().nth(2)?.to_owned())
}
