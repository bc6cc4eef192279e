//! `strongroom-server serve`: serves the page and the API, and runs maintenance, until a signal stops it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::Url;

use super::print;
use crate::egress::Networks;
use crate::graphql::Schema;
use crate::http::{self, App, Intake, Limits};
use crate::oidc::{Provider, Registration};
use crate::service::{SINGLE_SIGN_ON_CALLBACK, Service, WEBHOOKS};
use crate::settings::Settings;
use crate::system::{self, Signals};
use crate::worker;

/// The time that a shutdown waits for the store; with requests and blocking threads, less than ten seconds in all.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// The interval between purges of expired data.
const MAINTENANCE_INTERVAL: Duration = Duration::from_hours(1);
/// The purges between two searches for orphans, which list all values in Vault.
const ROUNDS_BETWEEN_ORPHANS: u64 = 24;

/// The background workers' names in metrics and logs.
const MAINTENANCE: &str = "maintenance";
const UPKEEP: &str = "metrics";

/// The interval in which metrics' raw samples are folded into buckets, to free memory.
const METRICS_INTERVAL: Duration = Duration::from_secs(5);
/// The buckets of request times, in seconds: a read takes about a millisecond, a login tens of them.
const REQUEST_SECONDS: [f64; 10] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

pub async fn run(service: Service, settings: &Settings, registration: Option<Registration>) -> Result<()> {
    let metrics = PrometheusBuilder::new()
        .set_buckets(&REQUEST_SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .context("the metrics can't be recorded")?;
    let limits = Limits::for_descriptors(system::raise_descriptor_limit());
    let wanted = settings.listen();
    let listener = TcpListener::bind(wanted).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            anyhow!("{wanted} is already in use; choose another address or port with --listen")
        }
        _ => anyhow!(error).context(format!("can't listen on {wanted} (`listen`)")),
    })?;
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
    let networks =
        |setting, networks: &Option<Vec<_>>| Networks::new(setting, networks.clone().unwrap_or_default());
    let service = service
        .with_webhook_networks(networks("webhook-networks", &settings.webhook_networks))
        .with_issuer_networks(networks("issuer-networks", &settings.issuer_networks));
    let service = Arc::new(service);
    let stopping = watch::Sender::new(false);
    let kv_mounts = Arc::new(settings.kv_mounts.clone().unwrap_or_default());
    let app = App {
        service: Arc::clone(&service),
        schema: Schema::new(Arc::clone(&service), Arc::clone(&kv_mounts)),
        public_url: settings.public_url.clone(),
        trusted_proxies: settings.trusted_proxies.clone().unwrap_or_default().into(),
        metrics: metrics.clone(),
        intake: Intake::default(),
        kv_mounts,
        stopping: stopping.subscribe(),
    };
    http::log_panics();
    let url = url.as_str().trim_end_matches('/');
    // Before the announcement, after which a signal shuts it down gracefully.
    let mut signals = Signals::new()?;
    announce(&service, url).await?;
    if !address.ip().is_loopback() && settings.public_url.as_ref().is_none_or(|url| url.scheme() != "https") {
        tracing::warn!(
            "browsers on other machines won't keep a session over plain http: put a TLS proxy in front of the server, \
             and set `public-url` to its https address"
        );
    }

    for worker in [
        worker::start(MAINTENANCE, Arc::clone(&service), |service| Box::pin(maintain(service))),
        worker::start(WEBHOOKS, Arc::clone(&service), |service| Box::pin(service.deliver_events())),
        worker::start(UPKEEP, metrics, |metrics| Box::pin(keep_up(metrics))),
    ] {
        service.keep_worker(worker);
    }
    http::start_counters(&service);
    let trusted = Arc::clone(&app.trusted_proxies);
    http::serve(listener, http::router(app), limits, trusted, &stopping, async || {
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

/// Prints the server's URL and, while the store is empty, the setup link. Not to the log: the link is only for the operator.
async fn announce(service: &Service, url: &str) -> Result<()> {
    if let Some(token) = service.new_setup_token().await? {
        print(&format!(
            "This store has no team yet. Create the first one within 24 hours at this link, which works once:\n\n  \
             {url}/set-up#token={}\n\n",
            token.expose()
        ))?;
    }
    tracing::info!(url, "ready");
    print(&format!("Strongroom is ready at {url}\n"))
}

async fn keep_up(metrics: &PrometheusHandle) {
    let mut interval = tokio::time::interval(METRICS_INTERVAL);
    loop {
        interval.tick().await;
        worker::contain(UPKEEP, async { metrics.run_upkeep() }).await;
    }
}

/// Purges expired data, at startup and then periodically. A panic ends only its round.
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
    match service.remind_of_expiry().await {
        Ok(0) => {}
        Ok(secrets) => tracing::info!(secrets, "recorded that secrets expire soon or have expired"),
        Err(error) => {
            tracing::warn!(%error, "could not record which secrets expire soon or have expired; will retry");
        }
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
