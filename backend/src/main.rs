//! The program `strongroom-server`: its allocator, and the library's command line.

use std::process::ExitCode;

/// A request allocates some hundred times, and the system's allocator takes an eighth of its processor time. Without huge
/// pages, which cost an idle server 10 MB.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The stack of a worker, in bytes; only what is used takes memory.
const STACK_BYTES: usize = 8 * 1024 * 1024;
/// The threads for work that blocks: hashing passwords, one at a time on most machines, names of hosts, and files.
const BLOCKING_THREADS: usize = 4;
/// How long a shutdown waits for the store, and then for threads that block. Together with the wait for requests, it
/// takes less than ten seconds.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
const THREADS_PATIENCE: Duration = Duration::from_millis(500);
/// How often what is over is removed.
const MAINTENANCE_INTERVAL: Duration = Duration::from_hours(1);
/// After how many rounds of that Vault is searched: it lists all that there is.
const ROUNDS_BETWEEN_ORPHANS: u64 = 24;

/// The background workers' names in metrics and logs.
const MAINTENANCE: &str = "maintenance";
const UPKEEP: &str = "metrics";

/// The default log filter.
const LOG: &str = "info,sea_orm_migration=warn";

/// How often the metrics' raw samples are folded into buckets; until then they take memory.
const METRICS_INTERVAL: Duration = Duration::from_secs(5);
/// The buckets of request times, in seconds: a read takes about a millisecond, a log-in tens of them.
const REQUEST_SECONDS: [f64; 10] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// Strongroom keeps a team's secrets: set in a browser, read by programs, and by nobody else.
#[derive(Parser)]
#[command(name = "strongroom-server", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the page and the API (the default)
    Serve,
    /// Manage teams, people and keys, beside a running server or before it
    #[command(subcommand)]
    Admin(admin::Command),
    /// Write all of the store to one sealed file, beside a running server or without one
    Backup {
        /// The file to write, or with `--check` to read
        file: PathBuf,
        /// Replace the file, if there is one
        #[arg(long, conflicts_with = "check")]
        force: bool,
        /// Write nothing: check a backup as restoring it would, and print what it holds
        #[arg(long)]
        check: bool,
    },
    /// Fill an empty store from a backup: all of it, checked, or nothing
    Restore {
        /// The backup
        file: PathBuf,
        /// Restore also what was broken in the store already when it was backed up
        #[arg(long)]
        accept_findings: bool,
    },
    /// Wrap all data keys by another master key, beside running servers: a new one, or the first line of what is given
    RotateMasterKey,
    /// Give teams another data key each and seal their values with it, beside running servers
    RotateDataKeys {
        /// Only this team
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
    /// Move all values to where new ones go (`--values`), beside running servers: to Vault, or back into the database
    MoveValues,
    /// Print the GraphQL schema
    Schema,
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        let now = chrono::Utc::now();
        // The finest that every database keeps: what is read back is then what was written, hashes included.
        chrono::SubsecRound::trunc_subsecs(now, 6)
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is where randomness comes from")]
        let filled = getrandom::fill(buffer);
        // Going on without randomness would be worse than stopping.
        filled.expect("the operating system has randomness");
    }
}

fn main() -> ExitCode {
    strongroom_server::command::run()
}
