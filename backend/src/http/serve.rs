//! Connections: accepted up to a limit, served by hyper, and closed when their client makes the server wait.
//!
//! A connection is either *waiting* for its client (for a header, a body, or for an answer to be read) or *running* a
//! request. Waiting is bounded by time, and at a limit the connection that has waited longest makes room for a new one.
//! A running request is never cut off before the shutdown's deadline.
//!
//! Not here: how long a body may take (`endpoint`), and the client's address behind a proxy (`peer`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, IoSlice, Read as _, Write as _};
use std::net::{IpAddr, Ipv6Addr, Shutdown, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use metrics::{counter, gauge};
use strongroom_shared::ErrorCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::wire;

/// How long a header may take to arrive, from the connection's or the header's first byte.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may stay open between two requests: longer than the 60 seconds after which most proxies and
/// clients drop it themselves, so that they rarely send a request into a closing connection.
const IDLE_PATIENCE: Duration = Duration::from_secs(75);
/// How long a client may leave a response unread. Reading at [`READ_RATE`] or faster renews the time.
const READ_PATIENCE: Duration = Duration::from_secs(30);
/// The bytes per second at which a client has to read a response in the long run.
const READ_RATE: u32 = 4 * 1024;
/// The largest header, and the largest buffer of a connection, in bytes.
const HEADER_BYTES: usize = 32 * 1024;
const BUFFER_BYTES: usize = 64 * 1024;

/// How long a shutdown waits for a header that is still arriving.
const HALF_HEADER_PATIENCE: Duration = Duration::from_secs(1);
/// How long a shutdown waits for requests.
const REQUEST_PATIENCE: Duration = Duration::from_secs(7);

/// The bits of an IPv6 address by which connections are counted together: providers give a customer a network of 56.
const IPV6_NETWORK: u128 = u128::MAX << (128 - 56);
/// The most connections; fewer where the process may not open as many files.
const MOST_CONNECTIONS: usize = 4096;
/// The descriptors reserved for the database, files, Vault and the log; at most half of all.
const RESERVED_DESCRIPTORS: usize = 256;
/// How many closing connections may still hold descriptors while new ones are accepted.
const CLOSING: usize = 16;
/// The pause after a failure to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often that is logged at most.
const ACCEPT_LOG_INTERVAL: Duration = Duration::from_mins(1);

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    total: usize,
    /// From one IPv4 address or one IPv6 network of 56 bits, unless that is a trusted proxy.
    per_address: usize,
}

impl Limits {
    /// The limits of a process that may open that many files.
    pub fn for_descriptors(descriptors: usize) -> Self {
        let reserved = RESERVED_DESCRIPTORS.min(descriptors / 2);
        let total = (descriptors - reserved).clamp(1, MOST_CONNECTIONS);
        Self { total, per_address: (total / 4).max(16).min(total) }
    }
}

/// Serves until `stop` returns, then finishes running requests until a deadline, or until `stop` returns again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    trusted: Arc<[IpNet]>,
    mut stop: impl AsyncFnMut(),
) {
    let table = Arc::new(Table::new(limits, trusted));
    let (stopping, _) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let accept = accept(&listener, &router, &table, &stopping, &mut tasks);
    tokio::select! {
        () = accept => {}
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

/// Accepts connections, each of which has a task.
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

/// Whether the error concerns this one connection only.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Serves a connection until its client or a deadline closes it.
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
        let guard = OnDrop(Some(Arc::clone(&watched)), Connection::run);
        let body = |body| Body::new(Watched { body, _guard: guard });
        let mut request: Request = request.map(body);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answered = OnDrop(Some(Arc::clone(&watched)), Connection::finish);
        let answer = router.call(request);
        async move {
            let answer: Response = answer.await?;
            Ok::<_, Infallible>(answer.map(|body| Watched { body, _guard: answered }))
        }
    });
    let io = TokioIo::new(Io { stream, connection: Arc::clone(&connection) });
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
            // A connection's error concerns its client only, which is gone or sees it.
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
            let Some((deadline, reason)) = connection.deadline(stopped) else {
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

/// All open connections: how many there are from where, and which wait for their clients.
struct Table {
    limits: Limits,
    trusted: Arc<[IpNet]>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    /// The next number for a connection that begins to wait.
    next: u64,
    total: usize,
    by_origin: HashMap<IpAddr, Origin>,
    /// The connections that wait, the longest first.
    waiting: BTreeMap<u64, Arc<Connection>>,
}

/// The connections from one address.
#[derive(Default)]
struct Origin {
    open: usize,
    waiting: BTreeSet<u64>,
}

impl Table {
    fn new(limits: Limits, trusted: Arc<[IpNet]>) -> Self {
        Self { limits, trusted, open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a new connection, evicting a waiting one if there is no room; `None` if none waits.
    fn admit(self: &Arc<Self>, peer: SocketAddr) -> Option<Arc<Connection>> {
        let address = peer.ip().to_canonical();
        let origin = origin(address);
        let is_trusted = self.trusted.iter().any(|network| network.contains(&address));
        let mut open = self.open();
        let (is_full, reason, longest) = if !is_trusted
            && let Some(found) = open.by_origin.get(&origin)
            && found.open >= self.limits.per_address
        {
            (true, "address_limit", found.waiting.first().copied())
        } else {
            let longest = open.waiting.keys().next().copied();
            (open.total >= self.limits.total, "limit", longest)
        };
        if is_full {
            count_refused(reason);
            open.evict(longest?);
        }
        let connection = Arc::new(Connection {
            table: Arc::clone(self),
            peer,
            origin,
            evicted: Notify::new(),
            place: Mutex::new(Place::Running),
            timing: Mutex::new(Timing::new(Instant::now())),
        });
        open.total += 1;
        open.by_origin.entry(origin).or_default().open += 1;
        open.wait(&connection);
        open.measure();
        Some(connection)
    }

    /// Closes the connection that has waited longest.
    fn make_room(&self) {
        count_refused("descriptors");
        let mut open = self.open();
        if let Some(longest) = open.waiting.keys().next().copied() {
            open.evict(longest);
            open.measure();
        }
    }
}

impl Open {
    /// Puts a connection at the end of the waiting ones.
    fn wait(&mut self, connection: &Arc<Connection>) {
        let mut place = connection.place();
        if matches!(*place, Place::Closed) {
            return;
        }
        self.leave(connection.origin, *place);
        let number = self.next;
        self.next += 1;
        self.waiting.insert(number, Arc::clone(connection));
        if let Some(origin) = self.by_origin.get_mut(&connection.origin) {
            origin.waiting.insert(number);
        }
        *place = Place::Waiting(number);
    }

    /// Removes a connection from the waiting ones.
    fn leave(&mut self, origin: IpAddr, place: Place) {
        if let Place::Waiting(number) = place {
            self.waiting.remove(&number);
            if let Some(origin) = self.by_origin.get_mut(&origin) {
                origin.waiting.remove(&number);
            }
        }
    }

    /// Removes a connection from the table.
    fn close(&mut self, connection: &Connection) {
        let place = std::mem::replace(&mut *connection.place(), Place::Closed);
        if matches!(place, Place::Closed) {
            return;
        }
        self.leave(connection.origin, place);
        self.total -= 1;
        if let Some(origin) = self.by_origin.get_mut(&connection.origin) {
            origin.open -= 1;
            if origin.open == 0 {
                self.by_origin.remove(&connection.origin);
            }
        }
    }

    fn evict(&mut self, longest: u64) {
        if let Some(connection) = self.waiting.get(&longest).cloned() {
            self.close(&connection);
            connection.evicted.notify_one();
        }
    }

    fn measure(&self) {
        #[expect(clippy::cast_precision_loss, reason = "there are never that many")]
        gauge!("strongroom_connections_open").set(self.total as f64);
    }
}

/// The address whose connections are counted together: an IPv6 client usually has a network of 56 to 64 bits.
fn origin(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & IPV6_NETWORK)),
    }
}

/// Where a connection stands in the table.
#[derive(Clone, Copy)]
enum Place {
    Waiting(u64),
    Running,
    Closed,
}

/// An open connection.
struct Connection {
    table: Arc<Table>,
    peer: SocketAddr,
    origin: IpAddr,
    evicted: Notify,
    /// Changed only while the table is held.
    place: Mutex<Place>,
    timing: Mutex<Timing>,
}

impl Connection {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn timing(&self) -> MutexGuard<'_, Timing> {
        self.timing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deadline(&self, stopped: Option<Instant>) -> Option<(Instant, Option<&'static str>)> {
        self.timing().deadline(stopped)
    }

    /// A header has arrived: its request runs, or waits for a body.
    fn begin(self: &Arc<Self>, is_whole: bool) {
        self.timing().phase = Phase::Request;
        if is_whole {
            self.run();
        } else {
            self.table.open().wait(self);
        }
    }

    /// The body has arrived, or was dropped unread.
    fn run(self: &Arc<Self>) {
        let mut open = self.table.open();
        let mut place = self.place();
        if let Place::Waiting(_) = *place {
            open.leave(self.origin, *place);
            *place = Place::Running;
        }
    }

    /// The answer is handed over to hyper: the next request may come.
    fn finish(self: &Arc<Self>) {
        self.timing().phase = Phase::Idle(Instant::now());
        self.table.open().wait(self);
    }
}

/// The phase of a connection, and its deadlines.
struct Timing {
    phase: Phase,
    /// Since when the client has left written bytes unread.
    unread: Option<Instant>,
    /// How much longer it may.
    patience: Duration,
}

enum Phase {
    /// Nothing has arrived yet.
    New(Instant),
    /// A request was answered; the answer may still be on its way.
    Idle(Instant),
    /// A header has begun to arrive.
    Header(Instant),
    /// A header has arrived.
    Request,
}

impl Timing {
    const fn new(now: Instant) -> Self {
        Self { phase: Phase::New(now), unread: None, patience: READ_PATIENCE }
    }

    /// When the connection is closed if nothing happens, and the reason that is counted.
    fn deadline(&self, stopped: Option<Instant>) -> Option<(Instant, Option<&'static str>)> {
        let waits = match self.phase {
            Phase::New(since) | Phase::Header(since) => {
                Some((since + HEADER_PATIENCE, Some("header_timeout")))
            }
            Phase::Idle(since) => Some((since + IDLE_PATIENCE, None)),
            Phase::Request => None,
        };
        let unread = self.unread.map(|since| (since + self.patience, Some("unread_answer")));
        let stopped = stopped
            .filter(|_| waits.is_some() && self.unread.is_none())
            .map(|stopped| (stopped + HALF_HEADER_PATIENCE, None));
        [waits, unread, stopped].into_iter().flatten().min_by_key(|(deadline, _)| *deadline)
    }

    fn received(&mut self, now: Instant) {
        if let Phase::Idle(_) = self.phase {
            self.phase = Phase::Header(now);
        }
    }

    /// The client has taken bytes of an answer.
    fn sent(&mut self, bytes: usize, now: Instant) {
        if let Phase::Idle(since) = &mut self.phase {
            *since = now;
        }
        if let Some(since) = self.unread.take() {
            let won = Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / READ_RATE;
            let left = self.patience.saturating_sub(now.saturating_duration_since(since));
            self.patience = (left + won).min(READ_PATIENCE);
        }
    }
}

/// The connection's stream, which updates its timing.
struct Io {
    stream: TcpStream,
    connection: Arc<Connection>,
}

impl Io {
    fn sent(&self, sent: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let mut timing = self.connection.timing();
        match &sent {
            Poll::Ready(Ok(bytes)) => timing.sent(*bytes, Instant::now()),
            Poll::Ready(Err(_)) => {}
            Poll::Pending if timing.unread.is_some() => {}
            Poll::Pending => {
                timing.unread = Some(Instant::now());
                drop(timing);
                self.connection.table.open().wait(&self.connection);
            }
        }
        sent
    }
}

impl AsyncRead for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.connection.timing().received(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Io {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.sent(sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.sent(sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Removes the connection from the table when its task ends, however it ends.
impl Drop for Io {
    fn drop(&mut self) {
        let mut open = self.connection.table.open();
        open.close(&self.connection);
        open.measure();
    }
}

/// Notifies a connection when a body is done, or dropped.
struct OnDrop(Option<Arc<Connection>>, fn(&Arc<Connection>));

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            self.1(&connection);
        }
    }
}

/// A body that notifies its connection at its end.
struct Watched<B> {
    body: B,
    _guard: OnDrop,
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Watched<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn every_wait_has_a_deadline() {
        let begun = Instant::now();
        let after = |seconds| begun + SECOND * seconds;
        let of = |phase, unread| Timing { phase, unread, patience: READ_PATIENCE };
        let stopped = Some(after(3));
        for (timing, stopped, seconds, reason) in [
            (of(Phase::New(begun), None), None, 10, Some("header_timeout")),
            (of(Phase::Header(begun), None), None, 10, Some("header_timeout")),
            (of(Phase::Header(begun), None), stopped, 4, None),
            (of(Phase::Idle(begun), None), None, 75, None),
            (of(Phase::Request, Some(begun)), None, 30, Some("unread_answer")),
            // Neither the end of its request nor a shutdown cuts off a response in transit.
            (of(Phase::Idle(begun), Some(begun)), stopped, 30, Some("unread_answer")),
        ] {
            assert_eq!(timing.deadline(stopped), Some((after(seconds), reason)));
        }
        assert_eq!(of(Phase::Request, None).deadline(stopped), None);
    }

    #[test]
    fn a_client_that_reads_too_slowly_runs_out_of_time() {
        let mut now = Instant::now();
        for (rate, lasts) in [(READ_RATE / 2, false), (READ_RATE * 2, true)] {
            let mut timing = Timing::new(now);
            timing.phase = Phase::Request;
            let mut lasted = true;
            for _ in 0..200 {
                timing.unread = Some(now);
                now += SECOND;
                lasted &= timing.deadline(None).is_some_and(|(deadline, _)| deadline > now);
                timing.sent(rate as usize, now);
            }
            assert_eq!(lasted, lasts, "{rate} bytes a second");
        }
    }

    #[test]
    fn longest_waiting_connection_is_evicted_and_a_running_request_never() {
        let limits = Limits { total: 4, per_address: 2 };
        let proxy = "10.0.0.1/32".parse().expect("a network");
        let table = Arc::new(Table::new(limits, Arc::new([proxy])));
        let admit = |address: &str| {
            let address = address.parse().expect("an address");
            table.admit(SocketAddr::new(address, 1)).ok_or("refused")
        };
        let is_open = |connection: &Arc<Connection>| !matches!(*connection.place(), Place::Closed);
        let first = admit("2001:db8::1").expect("room");
        let second = admit("2001:db8::2").expect("room");
        // A request came and was answered: now the other has waited longer.
        first.begin(true);
        first.finish();
        let third = admit("2001:db8::3").expect("in place of another of this network");
        assert!(is_open(&first) && !is_open(&second) && is_open(&third));
        let others = ["192.0.2.1", "::ffff:192.0.2.1"].map(|address| admit(address).expect("room"));
        for connection in [&first, &third, &others[0], &others[1]] {
            connection.begin(true);
        }
        for address in ["2001:db8::4", "192.0.2.1", "192.0.2.2"] {
            assert!(admit(address).is_err(), "{address}: all run a request");
        }
        // An incomplete body counts as waiting, too.
        others[0].begin(false);
        assert!(admit("192.0.2.1").is_ok());
        assert!(!is_open(&others[0]));
        table.open().close(&first);
        table.open().close(&third);
        for _ in 0..3 {
            admit("10.0.0.1").expect("a proxy stands for many").begin(true);
        }
        assert_eq!(table.open().total, 4);
        assert_eq!(table.open().waiting.len(), 0);
    }

    #[test]
    fn limits_leave_descriptors_to_the_store() {
        for (descriptors, total, per_address) in
            [(96, 48, 16), (1024, 768, 192), (8192, 4096, 1024), (1, 1, 1)]
        {
            let limits = Limits { total, per_address };
            assert_eq!(Limits::for_descriptors(descriptors), limits, "{descriptors}");
        }
    }
}
