//! Images and containers without an engine: runs the steps of a Dockerfile in the Debian root file system from `cargo
//! xtask setup`, and enters it with the user, variables and mounts that an engine would set up.
//!
//! Layers, networks between containers, limits and seccomp need an engine. Mounts belong to the test's own namespace
//! (see [`is_possible`]) and end with its process, so no file of a container may be in a directory that the test
//! removes.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::Command;

use crate::durability::faults::{Needs, in_own_mounts, run};
use crate::files::set_mode;
use crate::store::{Ran, Store};
use crate::{text, tool};

const MOUNTED: &str = "/mnt";
/// Docker's default `PATH`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Whether this process can enter containers, see [`in_own_mounts`]. If not, it prints that.
#[expect(clippy::print_stdout, reason = "a skipped test has to be visible in the output")]
pub fn is_possible(test: &str) -> bool {
    if !debian("root").is_dir() {
        println!("{test} is skipped: there is no root file system, see `cargo xtask setup --guides`");
        return false;
    }
    if !in_own_mounts(test, Needs::Containers) {
        return false;
    }
    run("mount", &["-t", "tmpfs", "-o", "mode=0755", "tmpfs", MOUNTED]);
    true
}

fn debian(kind: &str) -> PathBuf {
    tool::place("STRONGROOM_DEBIAN", "debian-trixie-1").join(kind)
}

/// A root file system with the user, variables and command to run in it. Clones share the file system.
#[derive(Clone)]
pub struct Container {
    root: PathBuf,
    user: String,
    variables: Vec<(String, String)>,
    entry_point: Vec<String>,
    command: Vec<String>,
    pub health: Vec<String>,
}

impl Container {
    /// A copy of the root file system of an `image` (`root`) or of a machine with systemd (`machine`), entered as root.
    pub fn new(kind: &str, name: &str) -> Self {
        let folder = Path::new(MOUNTED).join(name);
        let [upper, work, root] = ["upper", "work", "root"].map(|part| folder.join(part));
        for part in [&upper, &work, &root] {
            fs::create_dir_all(part).expect("directories can be created");
        }
        let lower = debian(kind);
        let [lower, upper, work] = [&lower, &upper, &work].map(|path| path.display());
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        run("mount", &["-t", "overlay", "-o", &options, "overlay", text(&root)]);
        let container = Self {
            root,
            user: "0:0".to_owned(),
            variables: vec![("PATH".to_owned(), PATH.to_owned())],
            entry_point: Vec::new(),
            command: Vec::new(),
            health: Vec::new(),
        };
        container.mount_memory("/dev", "mode=0755");
        for device in ["null", "zero", "full", "random", "urandom", "tty"] {
            let place = container.path(&format!("/dev/{device}"));
            fs::write(&place, "").expect("files can be written");
            run("mount", &["--bind", &format!("/dev/{device}"), text(&place)]);
        }
        for (link, target) in [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0")] {
            symlink(target, container.path("/dev").join(link)).expect("links can be made");
        }
        container.mount_memory("/dev/shm", "mode=1777");
        container.mount_memory("/run", "mode=0755");
        container.write("/etc/resolv.conf", "");
        // All names resolve to the only machine in the test's network.
        container.write("/etc/hosts", "127.0.0.1 localhost strongroom secrets.example.com\n");
        container
    }

    /// Builds a Dockerfile, with files from `context`. An unknown instruction is a failure.
    pub async fn build(store: &Store, name: &str, dockerfile: &str, context: &Path) -> Self {
        let mut image = Self::new("root", name);
        let joined = dockerfile.replace("\\\n", " ");
        let mut steps = joined.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let base = steps.next().expect("there is a first step");
        let release = image.read("/etc/os-release");
        let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        assert_eq!(base, format!("FROM debian:{}-slim", codename.expect("it has a name")));
        for step in steps {
            image.perform(store, step, context).await;
        }
        image
    }

    pub async fn perform(&mut self, store: &Store, step: &str, context: &Path) {
        let (instruction, rest) = step.split_once(' ').unwrap_or_else(|| panic!("no step: {step}"));
        let list = |json: &str| -> Vec<String> {
            serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {step}"))
        };
        match instruction {
            "RUN" => {
                self.run(store, &["sh", "-c", rest]).await.succeeded();
            }
            "COPY" => {
                let (sources, folder) = rest.rsplit_once(' ').expect("COPY has two arguments");
                assert!(folder.ends_with('/'), "into a folder: {step}");
                for source in sources.split_whitespace() {
                    let place = self.path(folder).join(source);
                    fs::create_dir_all(self.path(folder)).expect("directories can be created");
                    fs::copy(context.join(source), place).expect("files can be copied");
                }
            }
            "ENV" => {
                let pairs = rest.split_whitespace().map(|pair| pair.split_once('=').expect("NAME=VALUE"));
                self.variables.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            "USER" => rest.clone_into(&mut self.user),
            "HEALTHCHECK" => self.health = list(rest.strip_prefix("CMD ").expect("HEALTHCHECK CMD")),
            "ENTRYPOINT" => self.entry_point = list(rest),
            "CMD" => self.command = list(rest),
            _ => panic!("this step of the Dockerfile is not known here: {step}"),
        }
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn set_user(&mut self, user: &str) {
        user.clone_into(&mut self.user);
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside.trim_start_matches('/'))
    }

    pub fn read(&self, inside: &str) -> String {
        fs::read_to_string(self.path(inside)).unwrap_or_else(|error| panic!("{error}: {inside}"))
    }

    pub fn write(&self, inside: &str, content: impl AsRef<[u8]>) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("directories can be created");
        // A symbolic link could point to a file of the machine itself.
        let _ = fs::remove_file(&path);
        fs::write(path, content).expect("files can be written");
    }

    pub fn add_program(&self, name: &str, program: &Path) {
        let place = self.path("/usr/local/bin").join(name);
        fs::copy(program, place).expect("files can be copied");
    }

    pub fn mount_memory(&self, inside: &str, options: &str) {
        let place = self.path(inside);
        fs::create_dir_all(&place).expect("directories can be created");
        run("mount", &["-t", "tmpfs", "-o", options, "tmpfs", text(&place)]);
    }

    /// Bind-mounts a file or directory; a directory gets its owner from the image, like a new Docker volume.
    pub fn mount(&self, source: &Path, inside: &str) {
        let place = self.path(inside);
        if let Ok(found) = fs::metadata(&place) {
            chown(source, Some(found.uid()), Some(found.gid())).expect("root can give files away");
            fs::set_permissions(source, found.permissions()).expect("root may do that");
        } else if source.is_dir() {
            fs::create_dir_all(&place).expect("directories can be created");
        } else {
            self.write(inside, "");
        }
        run("mount", &["--bind", text(source), text(&place)]);
    }

    /// Mounts files as the kubelet mounts a Secret for a pod with `fsGroup`: in memory, behind the link `..data`, and
    /// readable by the group.
    pub fn mount_secret(&self, folder: &Path, inside: &str, default_mode: u32, group: u32) {
        self.mount_memory(inside, "mode=0755");
        let place = self.path(inside);
        let version = place.join("..2030_01_02_03_04_05.678901234");
        fs::create_dir(&version).expect("directories can be created");
        for file in fs::read_dir(folder).expect("the directory can be read") {
            let name = file.expect("the directory can be read").file_name();
            let path = version.join(&name);
            fs::copy(folder.join(&name), &path).expect("files can be copied");
            chown(&path, Some(0), Some(group)).expect("root can give files away");
            set_mode(&path, default_mode | 0o440);
            symlink(Path::new("..data").join(&name), place.join(&name)).expect("links can be made");
        }
        symlink(version.file_name().expect("it has a name"), place.join("..data"))
            .expect("links can be made");
        run("mount", &["-o", "remount,ro", text(&place)]);
    }

    /// Gives a mounted directory to a group, as the kubelet does for `fsGroup`; root stays its owner.
    pub fn own_by_group(&self, inside: &str, group: u32) {
        let place = self.path(inside);
        chown(&place, Some(0), Some(group)).expect("root can give files away");
        set_mode(place, 0o2775);
    }

    /// Makes the root file system read-only, but not the mounts in it.
    pub fn make_read_only(&self) {
        run("mount", &["-o", "remount,ro,bind", text(&self.root)]);
    }

    pub fn default_command(&self) -> Vec<String> {
        [&self.entry_point[..], &self.command].concat()
    }

    pub fn enter(&self, command: &[impl AsRef<str>]) -> Command {
        let mut unshare = Command::new("unshare");
        let proc = format!("--mount-proc={}", self.path("/proc").display());
        let group = self.user.split_once(':').expect("USER:GROUP").1;
        let [user, groups] = [format!("--userspec={}", self.user), format!("--groups={group}")];
        unshare
            .args(["--pid", "--fork", &proc, "chroot", &user, &groups])
            .arg(&self.root)
            .args(command.iter().map(AsRef::<str>::as_ref))
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        unshare
    }

    pub async fn run(&self, store: &Store, command: &[impl AsRef<str>]) -> Ran {
        store.run_command(self.enter(command)).await
    }

    /// A script that runs its arguments in the container, like `docker exec` and `kubectl exec`.
    pub fn script(&self) -> String {
        let quoted = |word: &str| format!("'{}'", word.replace('\'', "'\\''"));
        let nothing: [&str; 0] = [];
        let command = self.enter(&nothing);
        let words = command.as_std().get_args().map(|word| quoted(&word.to_string_lossy()));
        let words = words.collect::<Vec<_>>().join(" ");
        let variables = self.variables.iter().map(|(name, value)| quoted(&format!("{name}={value}")));
        let variables = variables.collect::<Vec<_>>().join(" ");
        format!("#!/bin/sh\nexec env -i {variables} unshare {words} \"$@\"\n")
    }
}

/// Runs a guide's commands, with stand-ins for programs that need an engine or a cluster.
pub struct Shell {
    store: Arc<Store>,
    programs: PathBuf,
}

impl Shell {
    pub fn new(store: &Arc<Store>) -> Self {
        let programs = store.scratch().join("programs");
        fs::create_dir_all(&programs).expect("directories can be created");
        let shell = Self { store: Arc::clone(store), programs };
        shell.add("sudo", "#!/bin/sh\nexec \"$@\"\n");
        shell
    }

    pub fn add(&self, name: &str, script: &str) {
        let path = self.programs.join(name);
        fs::write(&path, script).expect("files can be written");
        set_mode(path, 0o755);
    }

    pub async fn run(&self, folder: &Path, commands: &str) -> String {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", commands])
            .env_clear()
            .env("PATH", format!("{}:{PATH}", self.programs.display()))
            .current_dir(folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        self.store.run_command(bash).await.succeeded()
    }
}
