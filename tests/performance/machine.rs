//! The machine: its cores, its disk, and the resources that processes use, from Linux's `/proc` and `/sys`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use strongroom_tests::program::descendants;

use crate::page::{megabytes, milliseconds};

/// The unit of processor time in `/proc`, on every Linux that matters.
const TICK: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug)]
pub struct Cores {
    generator: usize,
    server: usize,
}

impl Cores {
    /// The first two cores that this program may run on, or the same one twice.
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

    /// Runs on the server's core all processes and threads that `start` starts.
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

/// Processes, with the processor time that each had used before.
pub struct Usage(Vec<(u32, u64)>);

impl Usage {
    pub fn of(processes: Vec<u32>) -> Self {
        Self(processes.into_iter().map(|process| (process, ticks(process))).collect())
    }

    pub fn spent(&self) -> Duration {
        let ticks: u64 = self.0.iter().map(|(process, before)| ticks(*process).saturating_sub(*before)).sum();
        TICK * u32::try_from(ticks).expect("a run is short")
    }
}

/// The processor time that a process has used: none if it has ended.
fn ticks(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // `utime` and `stime` are fields 12 and 13 after the name in brackets, which may hold anything.
    let (_, fields) = status.rsplit_once(')').unwrap_or_default();
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next().and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    next() + next()
}

pub fn tree(roots: &[u32]) -> Vec<u32> {
    let below = roots.iter().flat_map(|&root| descendants(root));
    roots.iter().copied().chain(below).collect()
}

/// The resident memory of processes, in bytes. Files and shared memory count once.
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

/// A description of the machine for readers of the figures, without anything that identifies it.
pub struct Machine {
    pub hardware: String,
    pub disk: String,
    /// The load by other programs before the run, from 0 to 1.
    pub busy_before: f64,
}

impl Machine {
    /// Panics when the directory is in memory, where a sync costs nothing.
    pub async fn look(folder: &Path) -> Self {
        let busy_before = busy().await;
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let model = processors.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
        let cores = processors.lines().filter(|line| line.starts_with("processor")).count();
        let memory = megabytes(kilobytes(&read("/proc/meminfo"), "MemTotal:") * 1024) / 1000.0;
        let release = read("/proc/sys/kernel/osrelease");
        // Without the builder's suffix.
        let version = release.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
        let [p50, p99] = fsync(folder).map(milliseconds);
        Self {
            hardware: format!("{model}, {cores} cores, {memory:.0} GB of memory, Linux {version}"),
            disk: format!("{}; flushing 4 KiB takes {p50} ms (p50; p99 {p99} ms)", disk(folder)),
            busy_before,
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
    assert!(!["tmpfs", "ramfs"].contains(&system), "temporary files are in memory: set TMPDIR to a disk");
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

/// The time to append 4 KiB to a file durably: the median and the 99th percentile.
fn fsync(folder: &Path) -> [Duration; 2] {
    const TIMES: usize = 300;
    const PAGE: [u8; 4096] = [7; 4096];
    let path = folder.join("fsync");
    let mut file = File::create(&path).expect("files can be written");
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&PAGE).and_then(|()| file.sync_data()).expect("files can be written");
            start.elapsed()
        })
        .collect();
    fs::remove_file(path).expect("files can be deleted");
    times.sort_unstable();
    [times[TIMES / 2], times[TIMES * 99 / 100]]
}
