//! Faults of the machine: disks that are full, fail or lose their power, and clocks that jump.
//!
//! Disks are mounted in the test's own namespace ([`in_own_mounts`]), which ends with its process, so the machine keeps
//! nothing of them. If the system does not allow that, the test is skipped with a message.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{process, text};

/// Set in a process with its own mounts.
const INSIDE: &str = "STRONGROOM_TEST_OWN_MOUNTS";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A disk in memory, also for users without privileges.
    Memory,
    /// For root: a disk in a file, with ext4.
    Ext4,
    /// For root: root file systems of containers, and a network namespace with only the loopback interface.
    Containers,
}

/// Whether this process may mount. If not, runs the test again in one that may, or prints that this is impossible.
#[expect(clippy::print_stdout, reason = "a skipped test has to be visible in the output")]
pub fn in_own_mounts(test: &str, needs: Needs) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let Some(mut unshare) = unshare(needs) else {
        println!("{test} is skipped: this system or user may not mount {needs:?}");
        return false;
    };
    let program = env::current_exe().expect("a test knows where it is");
    let output = unshare
        .arg(program)
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .stderr(Stdio::inherit())
        .output()
        .expect("a test can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{test} has failed");
    assert!(said.contains("1 passed"), "there is no test {test}");
    false
}

/// The same for a program: replaces it by one that may mount.
pub fn become_one_with_own_mounts(needs: Needs) -> Result<(), String> {
    use std::os::unix::process::CommandExt as _;
    if env::var_os(INSIDE).is_some() {
        return Ok(());
    }
    let mut unshare =
        unshare(needs).ok_or("only root can mount a disk of ext4, where the system has loop devices")?;
    let program = env::current_exe().map_err(|error| error.to_string())?;
    Err(unshare.arg(program).args(env::args_os().skip(1)).env(INSIDE, "1").exec().to_string())
}

/// The command that starts a program with its own mounts, if possible.
fn unshare(needs: Needs) -> Option<Command> {
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private"]);
        if !process::is_root() {
            command.arg("--map-root-user");
        }
        if needs == Needs::Containers {
            // The PID namespace ends leftover processes, because the change of user has cleared `--kill-child`.
            command.args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc"]);
            command.args(["sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
        }
        command
    };
    let there = env::temp_dir();
    let mut attempt = unshare();
    match needs {
        Needs::Memory => attempt.args(["mount", "-t", "tmpfs", "tmpfs"]).arg(there),
        Needs::Ext4 if process::is_root() => attempt.args(["sh", "-c", "mkfs.ext4 -V && losetup --find"]),
        Needs::Containers if process::is_root() => attempt.args(["mount", "-t", "tmpfs", "tmpfs"]).arg(there),
        Needs::Ext4 | Needs::Containers => return None,
    };
    let works = attempt.stdout(Stdio::null()).stderr(Stdio::null()).status();
    works.is_ok_and(|status| status.success()).then(unshare)
}

pub(crate) fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
}

#[derive(Debug)]
pub struct SmallDisk(Mounted);

impl SmallDisk {
    pub fn mount(folder: &Path, megabytes: u32) -> Self {
        fs::create_dir_all(folder).expect("directories can be created");
        let size = format!("size={megabytes}m,mode=0700");
        run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", text(folder)]);
        Self(Mounted(folder.to_owned()))
    }

    pub fn fill(&self) {
        let mut file = File::create(self.filler()).expect("files can be made");
        let block = [0; 4096];
        while file.write(&block).is_ok_and(|written| written > 0) {}
    }

    pub fn make_room(&self) {
        fs::remove_file(self.filler()).expect("files can be removed");
    }

    fn filler(&self) -> PathBuf {
        self.0.0.join("filler")
    }
}

#[derive(Debug)]
pub struct Disk {
    image: PathBuf,
    folder: Mounted,
}

impl Disk {
    pub fn mount(image: &Path, folder: &Path, megabytes: u64) -> Self {
        fs::create_dir_all(folder).expect("directories can be created");
        let file = File::create(image).expect("files can be made");
        file.set_len(megabytes * 1024 * 1024).expect("files can grow");
        run("mkfs.ext4", &["-q", "-F", text(image)]);
        let disk = Self { image: image.to_owned(), folder: Mounted(folder.to_owned()) };
        disk.attach();
        disk
    }

    /// Replays the journal like a restart of the machine. No process may use the disk any more.
    pub fn mount_again(&self) {
        run("umount", &[text(&self.folder.0)]);
        self.attach();
    }

    /// Cuts the power: the disk is as it was when `kill` began, and all unwritten data of the system is lost.
    ///
    /// The file below the disk has everything written to the device, and nothing that the system keeps in memory. `writers`
    /// are stopped during the copy, and then killed by `kill`. (`FS_IOC_SHUTDOWN`, the file system's own shutdown, won't
    /// do: it may lose a write that `fdatasync` has just reported as done.)
    pub async fn cut_power(&self, writers: &[u32], kill: impl Future<Output = ()>) {
        for &writer in writers {
            process::stop(writer).await;
        }
        let copy = self.image.with_extension("copy");
        run("cp", &["--sparse=always", text(&self.image), text(&copy)]);
        kill.await;
        run("umount", &[text(&self.folder.0)]);
        fs::rename(copy, &self.image).expect("files can be renamed");
        self.attach();
    }

    fn attach(&self) {
        // By default, unsynchronised data is written after 30 seconds; here, later than any test takes.
        let options = "loop,errors=remount-ro,commit=600";
        run("mount", &["-t", "ext4", "-o", options, text(&self.image), text(&self.folder.0)]);
    }

    /// Makes the file system read-only. No process may be writing: it would report writes that are then lost.
    pub fn break_down(&self) {
        let output = Command::new("findmnt").args(["-no", "SOURCE", text(&self.folder.0)]).output();
        let source =
            String::from_utf8(output.expect("`findmnt` can be run").stdout).expect("it prints UTF-8");
        let device = source.trim().trim_start_matches("/dev/");
        let trigger = format!("/sys/fs/ext4/{device}/trigger_fs_error");
        fs::write(&trigger, "broken on purpose").unwrap_or_else(|error| panic!("{error}: {trigger}"));
    }
}

/// A mount point. Dropping it unmounts lazily, so that the directory can be removed while a process still uses the mount.
#[derive(Debug)]
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[derive(Debug)]
pub struct Clock {
    library: PathBuf,
    offset: PathBuf,
}

impl Clock {
    /// Uses the library `STRONGROOM_FAKE_CLOCK`, or Debian's; `None` without either.
    pub fn new(folder: &Path) -> Option<Self> {
        let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let installed = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
        let told = env::var_os("STRONGROOM_FAKE_CLOCK").map(PathBuf::from);
        let clock = Self {
            library: told.into_iter().chain(installed).find(|library| library.exists())?,
            offset: folder.join("clock"),
        };
        clock.jump_to("+0");
        Some(clock)
    }

    pub fn jump_to(&self, offset: &str) {
        // Atomically, because the program may read it at any time.
        let draft = self.offset.with_extension("draft");
        fs::write(&draft, offset).expect("files can be written");
        fs::rename(draft, &self.offset).expect("files can be renamed");
    }

    pub fn give_to(&self, command: &mut tokio::process::Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.offset)
            .env("FAKETIME_NO_CACHE", "1")
            // Only the wall clock jumps.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1");
    }
}
