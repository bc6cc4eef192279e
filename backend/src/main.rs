//! `strongroom-server`: reads the settings, opens the store, serves. The one place with the real clock and the real
//! randomness.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use strongroom_server::crypto::Entropy;
use strongroom_server::domain::{Clock, Time};
use strongroom_server::graphql::Schema;
use strongroom_server::http::{self, App, Limits};
use strongroom_server::oidc::{Provider, Registration};
use strongroom_server::service::{Figures, SINGLE_SIGN_ON_CALLBACK, Service, check_backup, restore_backup};
use strongroom_server::settings::{LogFormat, Settings, SettingsError};
use strongroom_server::{admin, graphql, move_values, process, rotate, worker};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use url::Url;

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

/// What is logged. The client of Vault tells again, as an error, what is told here where it matters.
const LOG: &str = "info,sea_orm_migration=warn,rustify=off,vaultrs=off";

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
    // Before anything secret is read, the environment included.
    process::forbid_core_dumps();
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Values nest as deep as 128 levels, and the engine calls itself for each.
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(BLOCKING_THREADS)
        .build();
    let outcome = runtime.context("the runtime can't be started").and_then(|runtime| {
        let outcome = runtime.block_on(run(cli));
        runtime.shutdown_timeout(THREADS_PATIENCE);
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "strongroom-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    if matches!(cli.command, Some(Command::Schema)) {
        return print(&graphql::sdl());
    }
    let settings = cli.settings.merge(std::env::vars_os())?;
    start_log(&settings)?;
    let location = settings.location()?;
    let open = || Service::open(&location, settings.rules(), Arc::new(SystemClock), Arc::new(SystemEntropy));
    match cli.command {
        Some(Command::Admin(command)) => {
            let service = open().await?;
            let answer = admin::run(&service, command).await?;
            service.close().await?;
            print(&answer)?;
            print("\n")
        }
        Some(Command::Backup { file, check: true, .. }) => report(&check_backup(&location, &file).await?),
        Some(Command::Backup { file, force, .. }) => {
            location.require_store()?;
            let service = open().await?;
            // Asked to stop, it leaves no half of a file.
            let mut signals = Signals::new()?;
            let figures = tokio::select! {
                figures = service.backup(&file, force) => figures?,
                () = signals.next() => anyhow::bail!("stopped; there is no backup"),
            };
            service.close().await?;
            report(&figures)
        }
        Some(Command::Restore { file, accept_findings }) => {
            let clock = Arc::new(SystemClock);
            let figures = restore_backup(&location, &file, accept_findings, clock, &SystemEntropy).await?;
            print(&format!("{figures}\nRestored. Nobody is logged in: sessions are no part of a backup.\n"))
        }
        Some(Command::RotateMasterKey) => {
            location.require_store()?;
            let service = open().await?;
            let answer = rotate::master_key(&service, &location).await?;
            service.close().await?;
            print(&answer)
        }
        Some(Command::RotateDataKeys { team }) => {
            location.require_store()?;
            let service = open().await?;
            let answer = rotate::data_keys(&service, team.as_deref()).await?;
            service.close().await?;
            print(&answer)
        }
        Some(Command::MoveValues) => {
            location.require_store()?;
            let service = open().await?;
            let answer = move_values::run(&service).await?;
            service.close().await?;
            print(&answer)
        }
        Some(Command::Serve | Command::Schema) | None => {
            // Before anything is made that would have to be made again with other settings.
            let registration = settings.registration()?;
            serve(open().await?, &settings, registration).await
        }
    }
}

/// Prints what a backup holds; an error where something in it was broken before.
fn report(figures: &Figures) -> anyhow::Result<()> {
    print(&format!("{figures}\n"))?;
    anyhow::ensure!(
        figures.findings.is_empty(),
        "the backup is whole, but something in the store was broken when it was made; `restore` takes it only with \
         `--accept-findings`"
    );
    Ok(())
}

async fn serve(
    service: Service,
    settings: &Settings,
    registration: Option<Registration>,
) -> anyhow::Result<()> {
    let metrics = PrometheusBuilder::new()
        .set_buckets(&REQUEST_SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("the metrics can't be recorded")?;
    let limits = Limits::for_descriptors(process::raise_descriptor_limit());
    let wanted = settings.listen();
    let listener =
        TcpListener::bind(wanted).await.with_context(|| format!("can't listen on {wanted} (`listen`)"))?;
    let address = listener.local_addr()?;
    let url = settings.public_url.clone();
    let url = url.map_or_else(|| Url::parse(&format!("http://{}", reachable(address))), Ok)?;
    let service = match registration {
        None => service,
        Some(registration) => {
            let mut redirect = url.clone();
            redirect.set_path(&format!("{}{SINGLE_SIGN_ON_CALLBACK}", url.path().trim_end_matches('/')));
            service.with_provider(Provider::new(registration, redirect)?)
        }
    };
    let service = Arc::new(service);
    let app = App {
        service: Arc::clone(&service),
        schema: Schema::new(Arc::clone(&service)),
        public_url: settings.public_url.clone().map(Arc::new),
        trusted_proxies: settings.trusted_proxies.clone().unwrap_or_default().into(),
        metrics: metrics.clone(),
        intake: Arc::default(),
    };
    http::log_panics();
    let url = url.as_str().trim_end_matches('/');
    // Before it reports that it listens: from then on, a signal shuts it down gracefully.
    let mut signals = Signals::new()?;
    announce(&service, url).await?;
    if !address.ip().is_loopback() && settings.public_url.as_ref().is_none_or(|url| url.scheme() != "https") {
        tracing::warn!(
            "browsers on other machines keep no session over plain http: put a proxy with TLS in front of the server, and \
             set `public-url` to its https address"
        );
    }

    for worker in [
        worker::start(MAINTENANCE, Arc::clone(&service), |service| Box::pin(maintain(service))),
        worker::start(UPKEEP, metrics, |metrics| Box::pin(keep_up(metrics))),
    ] {
        service.keep_worker(worker);
    }
    let trusted = Arc::clone(&app.trusted_proxies);
    http::serve(listener, http::router(app), limits, trusted, async || {
        signals.next().await;
    })
    .await;
    service.stop_workers();
    if let Ok(closed) = tokio::time::timeout(CLOSE_PATIENCE, service.close()).await {
        closed?;
    } else {
        tracing::warn!("the store did not close in time; no acknowledged change is lost");
    }
    tracing::info!("stopped");
    Ok(())
}

/// An address that a browser on this machine can open, even if the server listens on all addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Says where the server is and, while the store is empty, how to begin. On standard output, not in the log: the link
/// is for the one who started the server.
async fn announce(service: &Service, url: &str) -> anyhow::Result<()> {
    if let Some(token) = service.new_setup_token().await? {
        print(&format!(
            "This store has no team yet. Make the first one within 24 hours at this link, which works once:\n\n  \
             {url}/set-up#token={}\n\n",
            token.expose()
        ))?;
    }
    tracing::info!(url, "ready");
    print(&format!("Strongroom is ready at {url}\n"))
}

/// Folds the metrics' raw samples into buckets, periodically.
async fn keep_up(metrics: &PrometheusHandle) {
    let mut interval = tokio::time::interval(METRICS_INTERVAL);
    loop {
        interval.tick().await;
        worker::contain(UPKEEP, async { metrics.run_upkeep() }).await;
    }
}

/// Purges expired data, at startup and then periodically. A panic ends only its own round.
async fn maintain(service: &Service) {
    let mut interval = tokio::time::interval(MAINTENANCE_INTERVAL);
    for round in 0_u64.. {
        interval.tick().await;
        worker::contain(MAINTENANCE, purge(service, round % ROUNDS_BETWEEN_ORPHANS == 0)).await;
    }
}

async fn purge(service: &Service, with_orphans: bool) {
    if let Err(error) = service.remove_expired().await {
        tracing::warn!(%error, "could not purge expired data; will retry");
    }
    match service.remove_from_vault().await {
        Ok(0) => {}
        Ok(values) => tracing::info!(values, "purged unused values from Vault"),
        Err(error) => tracing::warn!(%error, "could not purge unused values from Vault; will retry"),
    }
    if !with_orphans {
        return;
    }
    match service.remove_orphans().await {
        Ok(0) => {}
        Ok(values) => tracing::info!(values, "purged values from Vault that a kill or an outage had left"),
        Err(error) => tracing::warn!(%error, "could not search Vault for orphaned values; will retry"),
    }
}

fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let filter = settings.log.as_deref().unwrap_or(LOG);
    let filter =
        EnvFilter::builder().parse(filter).map_err(|error| SettingsError::BadFilter(error.to_string()))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format.unwrap_or_default() {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// The system's requests to stop.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM can't be handled")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT can't be handled")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The system's requests to stop.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Prints to standard output; an error when nobody reads it.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("standard output is closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_address_can_be_opened() {
        for (listens, printed) in [
            ("0.0.0.0:4300", "127.0.0.1:4300"),
            ("[::]:4300", "[::1]:4300"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("10.0.0.7:80", "10.0.0.7:80"),
            ("[fd00::1]:80", "[fd00::1]:80"),
        ] {
            let address = listens.parse().expect("an address");
            assert_eq!(reachable(address).to_string(), printed);
        }
    }
}
