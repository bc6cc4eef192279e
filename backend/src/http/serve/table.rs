//! All open connections: how many there are from where, and which wait for their clients.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use metrics::gauge;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::count_refused;
use super::timing::{Phase, Timing};

/// The bits of an IPv6 address by which connections are counted together: providers give a customer a network of 56.
const IPV6_NETWORK: u128 = u128::MAX << (128 - 56);
/// The maximum number of connections; fewer where the process may not open as many files.
const MOST_CONNECTIONS: usize = 4096;
/// The descriptors reserved for the database, files, Vault and the log; at most half of all.
const RESERVED_DESCRIPTORS: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(super) total: usize,
    /// From one IPv4 address or one IPv6 network of 56 bits, unless that is a trusted proxy.
    per_address: usize,
}

impl Limits {
    pub fn for_descriptors(descriptors: usize) -> Self {
        let reserved = RESERVED_DESCRIPTORS.min(descriptors / 2);
        let total = (descriptors - reserved).clamp(1, MOST_CONNECTIONS);
        Self { total, per_address: (total / 4).max(16).min(total) }
    }
}

/// All open connections: how many there are from where, and which wait for their clients.
pub(super) struct Table {
    pub(super) limits: Limits,
    pub(super) trusted: Arc<[IpNet]>,
    pub(super) open: Mutex<Open>,
}

#[derive(Default)]
pub(super) struct Open {
    /// The next number for a connection that begins to wait.
    next: u64,
    total: usize,
    by_origin: HashMap<IpAddr, Origin>,
    /// The connections that wait, the longest first.
    waiting: BTreeMap<u64, Arc<Connection>>,
}

#[derive(Default)]
struct Origin {
    open: usize,
    waiting: BTreeSet<u64>,
}

impl Table {
    pub(super) fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits a new connection, evicting a waiting one if there is no room; `None` if none waits.
    pub(super) fn admit(self: &Arc<Self>, peer: SocketAddr) -> Option<Arc<Connection>> {
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
    pub(super) fn make_room(&self) {
        count_refused("descriptors");
        let mut open = self.open();
        if let Some(longest) = open.waiting.keys().next().copied() {
            open.evict(longest);
            open.measure();
        }
    }
}

impl Open {
    pub(super) fn wait(&mut self, connection: &Arc<Connection>) {
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

    fn leave(&mut self, origin: IpAddr, place: Place) {
        if let Place::Waiting(number) = place {
            self.waiting.remove(&number);
            if let Some(origin) = self.by_origin.get_mut(&origin) {
                origin.waiting.remove(&number);
            }
        }
    }

    pub(super) fn close(&mut self, connection: &Connection) {
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

    pub(super) fn measure(&self) {
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

#[derive(Clone, Copy)]
enum Place {
    Waiting(u64),
    Running,
    Closed,
}

pub(super) struct Connection {
    pub(super) table: Arc<Table>,
    pub(super) peer: SocketAddr,
    origin: IpAddr,
    pub(super) evicted: Notify,
    /// Changed only while the table is held.
    place: Mutex<Place>,
    timing: Mutex<Timing>,
}

impl Connection {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn timing(&self) -> MutexGuard<'_, Timing> {
        self.timing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A header has arrived: its request runs, or waits for a body.
    pub(super) fn begin(self: &Arc<Self>, is_whole: bool) {
        self.timing().phase = Phase::Request;
        if is_whole {
            self.run();
        } else {
            self.table.open().wait(self);
        }
    }

    /// The body has arrived, or was dropped unread.
    pub(super) fn run(self: &Arc<Self>) {
        let mut open = self.table.open();
        let mut place = self.place();
        if let Place::Waiting(_) = *place {
            open.leave(self.origin, *place);
            *place = Place::Running;
        }
    }

    /// The answer is handed over to hyper: the next request may come.
    pub(super) fn finish(self: &Arc<Self>) {
        self.timing().phase = Phase::Idle(Instant::now());
        self.table.open().wait(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_waiting_connection_is_evicted_and_a_running_request_never() {
        let limits = Limits { total: 4, per_address: 2 };
        let proxy = "10.0.0.1/32".parse().expect("a network");
        let table = Arc::new(Table { limits, trusted: Arc::new([proxy]), open: Mutex::default() });
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
