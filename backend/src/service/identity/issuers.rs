//! The keys of the issuers whose workloads teams trust: fetched when a token needs them, and cached.
//!
//! Keys are fetched again after an hour, or if a token was signed with an unknown one, but at most once a minute, failures
//! included: anybody can send tokens. While an issuer does not answer, its keys count for a day. A team fetches few at a
//! time, so that slow issuers of one team don't delay those of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::domain::TeamId;
use crate::domain::trust::{Claims, IssuerKeys, Mismatch, OutsideIdentity};
use crate::egress::{Egress, Networks};
use crate::oidc::{Unopened, issuer, open_signed};

/// The shortest time between two requests for the same keys.
const PAUSE: Duration = Duration::from_mins(1);
/// The age at which keys are fetched again.
const FRESH_FOR: Duration = Duration::from_hours(1);
/// The age up to which keys count while they can't be fetched again.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// How long a login waits for keys.
const PATIENCE: Duration = Duration::from_secs(20);
/// The issuers whose keys are cached.
const MOST: usize = 1000;
/// The issuers whose keys a team fetches at the same time.
const AT_ONCE: usize = 2;

pub struct Issuers {
    egress: Arc<Egress>,
    entries: Mutex<HashMap<Place, Arc<Entry>>>,
    turns: Mutex<HashMap<TeamId, Arc<Semaphore>>>,
}

/// An issuer, and the address of its keys if that is not discovered.
type Place = (String, Option<String>);

#[derive(Default)]
struct Entry {
    known: Mutex<Known>,
    /// Held while keys are fetched; others who need them wait.
    fetching: tokio::sync::Mutex<()>,
}

/// An issuer's keys, and how old they are.
#[derive(Clone, Default)]
struct Known {
    keys: Arc<[Value]>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
    /// Why the last attempt failed.
    problem: Option<String>,
}

impl Known {
    fn is_younger(time: Option<Instant>, age: Duration) -> bool {
        time.is_some_and(|time| time.elapsed() < age)
    }

    /// The keys, while they count.
    fn keys(&self) -> &[Value] {
        if Self::is_younger(self.fetched, KEPT_FOR) { &self.keys } else { &[] }
    }
}

impl Entry {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a token could not be checked, or is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Unverified {
    /// The issuer's keys can't be fetched. The text repeats no address.
    Unreachable(String),
    Mismatch(Mismatch),
}

impl Issuers {
    pub fn new(networks: Networks) -> Self {
        Self { egress: Arc::new(Egress::new(networks)), entries: Mutex::default(), turns: Mutex::default() }
    }

    /// Checks an issuer's addresses before a trust is set, without resolving their hosts.
    pub fn check(&self, identity: &OutsideIdentity) -> Result<(), String> {
        let url = match &identity.keys {
            IssuerKeys::Given(_) => return Ok(()),
            IssuerKeys::At(url) => Some(url.clone()),
            IssuerKeys::Discovered => issuer::document_url(&identity.issuer),
        };
        let url = url.ok_or_else(|| "its address is not a URL".to_owned())?;
        self.egress.check(&url).map_err(|error| error.to_string())
    }

    /// Checks the signature of a token for a team's trust, and returns the token's claims.
    pub async fn open(
        &self,
        token: &str,
        identity: &OutsideIdentity,
        team: TeamId,
    ) -> Result<Claims, Unverified> {
        let wrong = |unopened: Unopened| Unverified::Mismatch(Mismatch::Signature(unopened.to_string()));
        if let IssuerKeys::Given(set) = &identity.keys {
            let keys = issuer::read_keys(set.as_bytes());
            let keys = keys.map_err(|problem| Unverified::Unreachable(problem.to_owned()))?;
            return open_signed(token, &keys).map_err(wrong);
        }
        let entry = self.entry(identity);
        let known = entry.known().clone();
        match open_signed(token, known.keys()) {
            Err(Unopened::NoKey(_)) => {}
            opened => {
                if !Known::is_younger(known.fetched, FRESH_FOR) {
                    // Nobody waits for newer keys while the old ones count.
                    drop(self.refresh(&entry, identity, team));
                }
                return opened.map_err(wrong);
            }
        }
        if let Some(refresh) = self.refresh(&entry, identity, team) {
            let _ = timeout(PATIENCE, refresh).await;
        }
        let known = entry.known().clone();
        match known.problem {
            None if known.fetched.is_none() => Err(Unverified::Unreachable("it does not answer".to_owned())),
            Some(problem) if known.keys().is_empty() => Err(Unverified::Unreachable(problem)),
            _ => open_signed(token, known.keys()).map_err(wrong),
        }
    }

    fn entry(&self, identity: &OutsideIdentity) -> Arc<Entry> {
        let address = match &identity.keys {
            IssuerKeys::At(url) => Some(url.to_string()),
            IssuerKeys::Discovered | IssuerKeys::Given(_) => None,
        };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST
            && let Some(one) = entries.keys().next().cloned()
        {
            entries.remove(&one);
        }
        Arc::clone(entries.entry((identity.issuer.clone(), address)).or_default())
    }

    /// Begins to fetch keys again, unless that was just tried. In a task of its own: a client that goes away must not end what
    /// others wait for.
    fn refresh(
        &self,
        entry: &Arc<Entry>,
        identity: &OutsideIdentity,
        team: TeamId,
    ) -> Option<JoinHandle<()>> {
        if Known::is_younger(entry.known().tried, PAUSE) {
            return None;
        }
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turns| Arc::strong_count(turns) > 1);
        let turns = Arc::clone(turns.entry(team).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))));
        let (egress, entry, identity) = (Arc::clone(&self.egress), Arc::clone(entry), identity.clone());
        Some(tokio::spawn(async move {
            // The turn first: who waits for it must not keep other teams from the same issuer.
            let _turn = turns.acquire().await;
            let _fetching = entry.fetching.lock().await;
            if Known::is_younger(entry.known().tried, PAUSE) {
                return;
            }
            let fetched = timeout(PATIENCE, fetch(&egress, &identity)).await;
            let fetched = fetched.unwrap_or_else(|_| Err("it does not answer".to_owned()));
            let now = Some(Instant::now());
            let mut known = entry.known();
            known.tried = now;
            match fetched {
                Ok(keys) => *known = Known { keys: keys.into(), fetched: now, tried: now, problem: None },
                Err(problem) => {
                    tracing::warn!(
                        issuer = identity.issuer,
                        problem,
                        "the keys of an issuer can't be fetched"
                    );
                    known.problem = Some(problem);
                }
            }
        }))
    }
}

async fn fetch(egress: &Egress, identity: &OutsideIdentity) -> Result<Vec<Value>, String> {
    let url = if let IssuerKeys::At(url) = &identity.keys {
        url.clone()
    } else {
        let url = issuer::document_url(&identity.issuer).ok_or("its address is not a URL")?;
        let document = egress.fetch(&url).await.map_err(|error| error.to_string())?;
        issuer::read_document(&document, &identity.issuer)?
    };
    let set = egress.fetch(&url).await.map_err(|error| error.to_string())?;
    Ok(issuer::read_keys(&set)?)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// The header of a token, which alone says which key it needs.
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AA";

    /// An address that answers with a key that no token needs, and counts how often.
    async fn serve(count: Arc<AtomicU32>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                count.fetch_add(1, Ordering::Relaxed);
                let body = r#"{"keys": [{"kid": "y"}]}"#;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        format!("http://{address}/keys")
    }

    #[tokio::test]
    async fn keys_are_fetched_again_for_an_unknown_one_once_a_minute_and_every_hour() {
        let count = Arc::new(AtomicU32::new(0));
        let url = serve(Arc::clone(&count)).await;
        let issuers =
            Issuers::new(Networks::new("networks", vec!["127.0.0.0/8".parse().expect("a network")]));
        let identity = OutsideIdentity {
            issuer: "https://issuer.example".to_owned(),
            keys: IssuerKeys::At(url.parse().expect("a URL")),
            audiences: Vec::new(),
            claims: Vec::new(),
        };
        let fetched = async || {
            let opened = issuers.open(TOKEN, &identity, TeamId(strongroom_shared::Uuid::nil())).await;
            assert!(matches!(opened, Err(Unverified::Mismatch(Mismatch::Signature(_)))), "{opened:?}");
            count.load(Ordering::Relaxed)
        };
        let long_ago = |pause| Instant::now().checked_sub(pause).expect("the machine has run for a while");
        assert_eq!((fetched().await, fetched().await), (1, 1));
        let entry = issuers.entry(&identity);
        entry.known().tried = Some(long_ago(PAUSE));
        assert_eq!((fetched().await, fetched().await), (2, 2));
        let age = |age| {
            let mut known = entry.known();
            (known.tried, known.fetched) = (Some(long_ago(PAUSE)), Some(long_ago(age)));
        };
        age(FRESH_FOR);
        assert_eq!((fetched().await, fetched().await), (3, 3));
    }
}
