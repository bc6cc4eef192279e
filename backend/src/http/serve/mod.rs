//! Connections: accepted up to a limit, served by hyper, and closed when their client makes the server wait.
//!
//! A connection is either *waiting* for its client (for a header, a body, or for an answer to be read) or *running* a
//! request. Waiting is bounded by time, and at a limit the connection that has waited longest makes room for a new one. A
//! running request is never cut off before the shutdown's deadline. An [`Evictable`] response makes room, too.
//!
//! Not here: how long a body may take (`endpoint`), and the client's address behind a proxy (`peer`).

mod stream;
mod table;
mod timing;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use metrics::counter;
use strongroom_shared::ErrorCode;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use self::stream::{OnDrop, Stream};
pub use self::table::Limits;
use self::table::{Connection, Table};
use self::timing::HEADER_PATIENCE;
use super::wire;

/// The largest header, and the largest buffer of a connection, in bytes.
const HEADER_BYTES: usize = 32 * 1024;
const BUFFER_BYTES: usize = 64 * 1024;

/// How long a shutdown waits for requests.
const REQUEST_PATIENCE: Duration = Duration::from_secs(7);

/// How many closing connections may still hold descriptors while new ones are accepted.
const CLOSING: usize = 16;
/// The pause after a failure to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The shortest interval at which that is logged.
const ACCEPT_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// Marks a response that its client ends: its connection makes room for others, like one that waits.
#[derive(Clone, Copy)]
pub struct Evictable;

/// Serves until `stop` returns, then finishes running requests until a deadline, or until `stop` returns again. Responses
/// without an end have to watch `stopping`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    trusted: Arc<[IpNet]>,
    stopping: &watch::Sender<bool>,
    mut stop: impl AsyncFnMut(),
) {
    let table = Arc::new(Table { limits, trusted, open: Mutex::default() });
    let mut tasks = JoinSet::new();
    tokio::select! {
        () = accept(&listener, &router, &table, stopping, &mut tasks) => {}
        () = stop() => {}
    }
    drop(listener);
    tracing::info!("stopping: finishing running requests, accepting no new ones");
    stopping.send_replace(true);
    let cut_off = tokio::select! {
        () = async { while tasks.join_next().await.is_some() {} } => None,
        () = sleep(REQUEST_PATIENCE) => Some("they did not finish in time"),
        () = stop() => Some("a second signal has arrived"),
    };
    if let Some(reason) = cut_off {
        tracing::warn!(connections = tasks.len(), reason, "closed connections with running requests");
    }
    tasks.shutdown().await;
}

async fn accept(
    listener: &TcpListener,
    router: &Router,
    table: &Arc<Table>,
    stopping: &watch::Sender<bool>,
    tasks: &mut JoinSet<()>,
) {
    let most = table.limits.total + CLOSING;
    let mut logged: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            biased;
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept(), if tasks.len() < most => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match table.admit(peer) {
                Some(connection) => {
                    tasks.spawn(run(stream, connection, router.clone(), stopping.subscribe()));
                }
                None => refuse(stream),
            },
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Usually no descriptor is free. Without a pause, this loop would keep a core busy.
                if logged.is_none_or(|logged| logged.elapsed() >= ACCEPT_LOG_INTERVAL) {
                    tracing::warn!(%error, "could not accept a connection; will retry");
                    logged = Some(Instant::now());
                }
                table.make_room();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

async fn run(
    stream: TcpStream,
    connection: Arc<Connection>,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // A response is written at once: Nagle's algorithm would only delay it.
    let _ = stream.set_nodelay(true);
    let peer = connection.peer;
    let router = TowerToHyperService::new(router);
    let watched = Arc::clone(&connection);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        watched.begin(request.body().is_end_stream());
        let arrived = OnDrop(Arc::clone(&watched), Connection::run);
        let mut request: Request = request.map(|body| Body::new(holding(body, arrived)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let answered = OnDrop(Arc::clone(&watched), Connection::finish);
        let answer = router.call(request);
        let watched = Arc::clone(&watched);
        async move {
            let answer: Response = answer.await?;
            if answer.extensions().get::<Evictable>().is_some() {
                watched.table.open().wait(&watched);
            }
            Ok::<_, Infallible>(answer.map(|body| holding(body, answered)))
        }
    });
    let io = TokioIo::new(Stream { stream, connection: Arc::clone(&connection) });
    let served = http1::Builder::new()
        .max_buf_size(BUFFER_BYTES)
        .max_header_size(HEADER_BYTES)
        .serve_connection(io, service);
    let mut served = pin!(served);
    let mut evicted = pin!(connection.evicted.notified());
    let mut stop = pin!(async { stopping.wait_for(|stopping| *stopping).await.is_ok() });
    let mut timer = pin!(sleep_until(Instant::now() + HEADER_PATIENCE));
    let mut stopped = None;
    poll_fn(|cx| {
        loop {
            // A connection's error concerns only its client, which has gone or sees it.
            if served.as_mut().poll(cx).is_ready() || evicted.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if stopped.is_some() || stop.as_mut().poll(cx).is_pending() {
                break;
            }
            stopped = Some(Instant::now());
            served.as_mut().graceful_shutdown();
        }
        loop {
            let Some((deadline, reason)) = connection.timing().deadline(stopped) else {
                return Poll::Pending;
            };
            if deadline <= Instant::now() {
                if let Some(reason) = reason {
                    count_refused(reason);
                }
                return Poll::Ready(());
            }
            // The deadline moves with each request; the timer is only reset when it fires, which is cheaper.
            if deadline < timer.deadline() || timer.is_elapsed() {
                timer.as_mut().reset(deadline);
            }
            ready!(timer.as_mut().poll(cx));
        }
    })
    .await;
}

/// A body that drops `guard` when it is done, or dropped.
fn holding<B: HttpBody>(body: B, guard: OnDrop) -> impl HttpBody<Data = B::Data, Error = B::Error> {
    body.map_err(move |error| {
        let _guard = &guard;
        error
    })
}

/// Answers 503 to a client that can't be admitted, without waiting for it.
fn refuse(stream: TcpStream) {
    let body = wire::error_body(ErrorCode::ApiError, "Too many connections are open. Try again.").to_string();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncache-control: no-store\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write_all(answer.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        // Closing with unread data would reset the connection and discard the response.
        let _ = stream.read(&mut [0; 4096]);
    }
}

fn count_refused(reason: &'static str) {
    counter!("strongroom_connections_refused_total", "reason" => reason).increment(1);
}
