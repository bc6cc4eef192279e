//! Clients that ask for one thing after the other, at random, and write down what they are told.
//!
//! Each has some names of its own, so that one can tell to the version what has to be in them, and all of them meet at a
//! few names more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::history::{Event, History, Number, Numbers, Outcome};
use super::model::{Action, Answer, Memory};
use super::target::{Ask, Target, Told};

const OWN_NAMES: u8 = 4;
const SHARED_NAMES: u8 = 2;
/// Of so many operations, one is about a name that all meet at.
const ONE_SHARED_IN: u8 = 4;
const PAUSE: Duration = Duration::from_millis(20);

pub fn groups(clients: usize) -> impl Iterator<Item = (String, Memory)> {
    let own = (0..clients).map(|client| (own_group(client), Memory::Full));
    let shared = (0..SHARED_NAMES).map(|number| (shared_group(number), Memory::Short));
    own.chain(shared)
}

pub fn names(clients: usize) -> impl Iterator<Item = String> {
    let own = (0..clients).flat_map(|client| (0..OWN_NAMES).map(move |slot| own_name(client, slot)));
    own.chain((0..SHARED_NAMES).map(shared_name))
}

fn own_group(client: usize) -> String {
    format!("own{client}")
}

fn own_name(client: usize, slot: u8) -> String {
    format!("{}/{slot}", own_group(client))
}

fn shared_group(number: u8) -> String {
    format!("shared{number}")
}

fn shared_name(number: u8) -> String {
    format!("{}/0", shared_group(number))
}

#[derive(Debug, Default)]
pub struct Common {
    pub history: History,
    /// The operations' numbers, which go on from one round to the next.
    pub numbers: Arc<Numbers>,
    pub acknowledged: AtomicU64,
    pub stop: AtomicBool,
}

pub fn start<T: Target, W: Future<Output = ()> + Send + 'static>(
    target: &T,
    clients: usize,
    work: impl Fn(usize, T::Client) -> W,
) -> JoinSet<()> {
    (0..clients).map(|client| work(client, target.client(client))).collect()
}

/// Starts so many clients that do all there is to do, see [`work`].
pub fn start_working<T: Target>(target: &T, clients: usize, common: &Arc<Common>) -> JoinSet<()> {
    let random = fastrand::Rng::new;
    start(target, clients, |client, asker| work(asker, client, random(), Arc::clone(common)))
}

pub async fn work(asker: impl Ask, client: usize, mut random: fastrand::Rng, common: Arc<Common>) {
    while !common.stop.load(Ordering::Relaxed) {
        let number = common.numbers.next();
        let action = choose(&mut random, client, number);
        if perform(&asker, client, number, action, &common).await.is_none() {
            return;
        }
    }
}

/// Asks for one thing, and writes it down; `None` if the connection is gone.
pub async fn perform(
    asker: &impl Ask,
    client: usize,
    number: Number,
    action: Action,
    common: &Common,
) -> Option<Outcome> {
    common.history.add(Event::Asked { number, client, action: action.clone() });
    let outcome = match asker.ask(&action).await {
        Told::Answer(answer) => Outcome::Told(answer),
        Told::Error(message) => Outcome::Failed(message),
        Told::Unclear(message) => Outcome::Unclear(message),
        Told::Unsent => Outcome::Unsent,
        Told::Nothing => return None,
    };
    common.history.add(Event::Ended { number, outcome: outcome.clone() });
    match outcome {
        Outcome::Told(_) => {
            common.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        Outcome::Failed(_) | Outcome::Unclear(_) => tokio::time::sleep(PAUSE).await,
        Outcome::Unsent => return None,
    }
    Some(outcome)
}

pub fn choose(random: &mut fastrand::Rng, client: usize, number: Number) -> Action {
    let is_shared = random.u8(..ONE_SHARED_IN) == 0;
    let name = if is_shared {
        shared_name(random.u8(..SHARED_NAMES))
    } else {
        own_name(client, random.u8(..OWN_NAMES))
    };
    let dice = random.u8(..100);
    match (is_shared, dice) {
        (_, 0..45) => Action::Set { name, number },
        (_, 45..60) => Action::Delete { name },
        (true, 75..) | (_, 88..) => Action::Read { name },
        (true, _) | (_, 60..68) => Action::Restore { name },
        (false, 68..76) => Action::Revert { name, version: random.u64(1..6) },
        (false, _) => {
            let to = own_name(client, random.u8(..OWN_NAMES));
            if to == name {
                return Action::Set { name, number };
            }
            Action::Rename {
                from: name,
                to,
                overwrite: random.bool(),
                number: random.bool().then_some(number),
            }
        }
    }
}

pub fn add_sight(common: &Common, sight: super::model::Sight) {
    let number = common.numbers.next();
    common.history.add(Event::Asked { number, client: usize::MAX, action: Action::Look });
    let outcome = Outcome::Told(Answer::All(sight));
    common.history.add(Event::Ended { number, outcome });
}
