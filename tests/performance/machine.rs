//! The machine: its cores, its disk, what processes take of it. All of it is read from Linux's `/proc` and `/sys`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use strongroom_tests::program::descendants;

/// The unit of processor time in `/proc`, on every Linux that matters.
const TICK: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug)]
pub struct Cores {
    generator: usize,
    server: usize,
}

impl Cores {
    /// The first two that this program may run on; or the same one twice.
    pub fn choose() -> Self {
        let may_use = sched_getaffinity(Pid::this()).expect("a program knows its cores");
        let mut cores = (0..CpuSet::count()).filter(|&core| may_use.is_set(core).unwrap_or(false));
        let generator = cores.next().expect("a program runs somewhere");
        let chosen = Self { generator, server: cores.next().unwrap_or(generator) };
        pin(chosen.generator);
        chosen
    }

    pub const fn is_one(self) -> bool {
        self.generator == self.server
    }

    /// Whatever process or thread `start` starts runs on the server's core.
    pub async fn serving<T>(self, start: impl Future<Output = T>) -> T {
        pin(self.server);
        let started = start.await;
        pin(self.generator);
        started
    }
}

fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core).expect("the core was found in such a set");
    sched_setaffinity(Pid::from_raw(0), &cores).expect("a program may choose among its cores");
}

pub fn sync() {
    nix::unistd::sync();
}

pub struct Usage {
    processes: Vec<u32>,
    before: BTreeMap<u32, u64>,
}

impl Usage {
    pub fn of(processes: Vec<u32>) -> Self {
        let before = processes.iter().map(|&process| (process, ticks(process))).collect();
        Self { processes, before }
    }

    pub fn spent(&self) -> Duration {
        let since = |process: &u32| ticks(*process).saturating_sub(self.before[process]);
        let ticks: u64 = self.processes.iter().map(since).sum();
        TICK * u32::try_from(ticks).expect("a run is short")
    }
}

/// The processor time that a process has used; none if it is gone.
fn ticks(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name in brackets, which may hold anything: state, and the 11 fields to `utime` and `stime`.
    let (_, fields) = status.rsplit_once(')').unwrap_or_default();
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    next() + next()
}

pub fn tree(roots: &[u32]) -> Vec<u32> {
    let below = roots.iter().flat_map(|&root| descendants(root));
    roots.iter().copied().chain(below).collect()
}

/// The resident memory of processes, in bytes. What several of them share, files and shared memory, counts once.
pub fn resident(processes: &[u32]) -> u64 {
    let mut own = 0;
    let mut shared = [0; 2];
    for process in processes {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        own += kilobytes(&status, "RssAnon:");
        for (most, name) in shared.iter_mut().zip(["RssFile:", "RssShmem:"]) {
            *most = kilobytes(&status, name).max(*most);
        }
    }
    (own + shared[0] + shared[1]) * 1024
}

fn kilobytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// A kernel's version without what its builder has hung behind it.
fn version(release: &str) -> &str {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let end = release.find(|c| !is_number(c)).unwrap_or(release.len());
    &release[..end]
}

/// What a reader of the figures has to know about the machine; nothing that tells which one it is.
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    /// In bytes.
    pub memory: u64,
    pub system: String,
    pub disk: String,
    /// How busy others kept it before anything was measured: a part of 1.
    pub busy_before: f64,
    /// How long the disk takes to keep 4 KiB.
    pub fsync_p50: Duration,
    pub fsync_p99: Duration,
}

impl Machine {
    /// Panics when the folder is in memory, where a sync costs nothing.
    pub async fn look(folder: &Path) -> Self {
        let busy_before = busy().await;
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let model = processors.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
        let (fsync_p50, fsync_p99) = fsync(folder);
        Self {
            processor: model.to_owned(),
            cores: processors.lines().filter(|line| line.starts_with("processor")).count(),
            memory: kilobytes(&read("/proc/meminfo"), "MemTotal:") * 1024,
            system: format!("Linux {}", version(&read("/proc/sys/kernel/osrelease"))),
            disk: disk(folder),
            busy_before,
            fsync_p50,
            fsync_p99,
        }
    }
}

async fn busy() -> f64 {
    /// Ticks without work and all ticks, since the system started.
    fn ticks() -> (f64, f64) {
        let text = fs::read_to_string("/proc/stat").unwrap_or_default();
        let all = text.lines().next().unwrap_or_default();
        let ticks: Vec<f64> = all.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
        // `idle` and `iowait`.
        (ticks.iter().skip(3).take(2).sum(), ticks.iter().sum())
    }
    let (idle_before, all_before) = ticks();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (idle, all) = ticks();
    1.0 - (idle - idle_before) / (all - all_before).max(1.0)
}

fn disk(folder: &Path) -> String {
    let folder = folder.canonicalize().expect("the folder exists");
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mount = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?, words.next()?))
        })
        .filter(|(_, place, _)| folder.starts_with(place))
        .max_by_key(|(_, place, _)| place.len());
    let (device, _, system) = mount.expect("every folder is mounted");
    assert!(
        !["tmpfs", "ramfs"].contains(&system),
        "temporary files are in memory, where nothing is ever synchronised: set TMPDIR to a folder on a disk"
    );
    let device = device.rsplit('/').next().unwrap_or_default();
    let block = device.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let rotates = fs::read_to_string(format!("/sys/class/block/{block}/queue/rotational"));
    let kind = match device.get(..2) {
        Some("vd") => "virtual disk",
        Some("nv") => "NVMe disk",
        _ if rotates.is_ok_and(|text| text.trim() == "1") => "spinning disk",
        Some("sd") => "SATA or SCSI disk",
        _ => "disk of an unknown kind",
    };
    format!("{kind}, {system}")
}

/// How long it takes until 4 KiB at the end of a file are on the disk: usually, and the slowest of a hundred.
fn fsync(folder: &Path) -> (Duration, Duration) {
    const TIMES: usize = 300;
    const PAGE: [u8; 4096] = [7; 4096];
    let path = folder.join("fsync");
    let mut file = File::create(&path).expect("files can be written");
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            file.seek(SeekFrom::End(0))
                .and_then(|_| file.write_all(&PAGE))
                .and_then(|()| file.sync_data())
                .expect("files can be written");
            start.elapsed()
        })
        .collect();
    fs::remove_file(path).expect("files can be deleted");
    times.sort_unstable();
    (times[TIMES / 2], times[TIMES * 99 / 100])
}
