//! Refusals of the same kind, folded into one event, so that a client that is refused a thousand times a second does
//! not fill the audit log. `service` decides when to record them.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::TimeDelta;
use strongroom_shared::{AuditAction, Uuid};

use super::audit::{AuditEvent, AuditObject};
use super::clock::{Time, format_time};
use super::id::TeamId;

/// The maximum number of actors, names or addresses that a folded event lists.
const SHOWN: usize = 3;
/// The maximum number of distinct ones that are counted, to bound memory.
const COUNTED: usize = 1000;

/// The key by which refusals are folded. A request can choose no part of it freely.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refused {
    team_id: TeamId,
    action: AuditAction,
    actor_kind: &'static str,
    actor_id: Option<Uuid>,
    actor_name: String,
    reason: Option<String>,
}

impl Refused {
    pub fn of(event: &AuditEvent) -> Self {
        Self {
            team_id: event.team_id,
            action: event.action,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            actor_name: event.actor_name.clone(),
            reason: event.object.detail.clone(),
        }
    }

    /// The common key of a team's refusals of an action, for too many principals to count separately.
    pub fn several(event: &AuditEvent) -> Self {
        Self {
            actor_kind: "nobody",
            actor_id: None,
            actor_name: "several".to_owned(),
            reason: None,
            ..Self::of(event)
        }
    }
}

/// Refusals that were counted but not yet recorded.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    count: u64,
    first: Time,
    last: Time,
    actors: Few,
    names: Few,
    addresses: Few,
}

impl Repeats {
    pub fn new(event: AuditEvent) -> Self {
        let mut repeats = Self { first: event.time, ..Self::default() };
        repeats.add(event);
        repeats
    }

    pub fn add(&mut self, event: AuditEvent) {
        self.count = self.count.saturating_add(1);
        self.last = event.time;
        self.actors.add(event.actor_name);
        self.addresses.add(event.address);
        if let Some(name) = event.object.name {
            self.names.add(name);
        }
    }

    pub fn append(&mut self, later: Self) {
        self.count = self.count.saturating_add(later.count);
        self.last = later.last;
        self.actors.append(later.actors);
        self.names.append(later.names);
        self.addresses.append(later.addresses);
    }

    /// One event for all, with the time of the last.
    pub fn fold(&self, refused: &Refused) -> AuditEvent {
        let times = if self.count == 1 { "time" } else { "times" };
        let minute = if self.last - self.first <= TimeDelta::minutes(1) { " within a minute" } else { "" };
        let mut parts: Vec<_> = refused.reason.iter().cloned().collect();
        let (first, last) = (format_time(self.first), format_time(self.last));
        parts.push(format!("repeated {} {times}{minute}, {first} to {last}", self.count));
        let several = [("actors", &self.actors), ("names", &self.names), ("addresses", &self.addresses)];
        for (what, few) in several {
            if few.only().is_none()
                && let Some(list) = few.list()
            {
                parts.push(format!("{what}: {list}"));
            }
        }
        AuditEvent {
            team_id: refused.team_id,
            time: self.last,
            action: refused.action,
            actor_kind: refused.actor_kind,
            actor_id: refused.actor_id,
            actor_name: refused.actor_name.clone(),
            address: self.addresses.shown.first().cloned().unwrap_or_default(),
            object: AuditObject {
                id: None,
                name: self.names.only().cloned(),
                detail: Some(parts.join("; ")),
            },
        }
    }
}

/// The first few of many texts, and the number of distinct ones.
#[derive(Clone, Debug, Default)]
struct Few {
    shown: Vec<String>,
    seen: HashSet<u64>,
}

impl Few {
    fn add(&mut self, text: String) {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if self.seen.len() < COUNTED && self.seen.insert(hasher.finish()) && self.shown.len() < SHOWN {
            self.shown.push(text);
        }
    }

    fn append(&mut self, later: Self) {
        later.shown.into_iter().for_each(|text| self.add(text));
        self.seen.extend(later.seen);
    }

    fn only(&self) -> Option<&String> {
        self.shown.first().filter(|_| self.seen.len() == 1)
    }

    /// In words; `None` if there are none.
    fn list(&self) -> Option<String> {
        let least = if self.seen.len() < COUNTED { "" } else { "at least " };
        let shown = Some(self.shown.join(", ")).filter(|shown| !shown.is_empty())?;
        Some(match self.seen.len().saturating_sub(self.shown.len()) {
            0 => shown,
            more => format!("{shown} and {least}{more} more"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(second: i64, name: &str, address: &str) -> AuditEvent {
        let object = AuditObject { id: None, name: Some(name.to_owned()), detail: None };
        let time = Time::UNIX_EPOCH + TimeDelta::seconds(second);
        AuditEvent {
            address: address.to_owned(),
            ..AuditEvent::by_system(TeamId(Uuid::nil()), time, AuditAction::RefusedReadSecretValue, object)
        }
    }

    fn fold(events: &[AuditEvent]) -> AuditEvent {
        let mut repeats = Repeats::new(events[0].clone());
        events[1..].iter().for_each(|event| repeats.add(event.clone()));
        repeats.fold(&Refused::of(&events[0]))
    }

    #[test]
    fn repeats_of_one_name_keep_it() {
        let folded = fold(&[event(1, "A", "a"), event(61, "A", "a")]);
        assert_eq!(folded.object.name.as_deref(), Some("A"));
        let detail =
            "repeated 2 times within a minute, 1970-01-01T00:00:01.000000Z to 1970-01-01T00:01:01.000000Z";
        assert_eq!(folded.object.detail.as_deref(), Some(detail));
        assert_eq!((folded.time, folded.address.as_str()), (event(61, "", "").time, "a"));
    }

    #[test]
    fn few_of_many_names_are_listed_and_the_rest_is_counted() {
        let mut events: Vec<_> = (0..250).map(|number| event(100, &format!("S{number}"), "a")).collect();
        events.push(event(900, "S0", "b"));
        let folded = fold(&events);
        assert_eq!(folded.object.name, None);
        let detail = folded.object.detail.expect("said");
        assert!(detail.starts_with("repeated 251 times, 1970"), "{detail}");
        assert!(detail.ends_with("; names: S0, S1, S2 and 247 more; addresses: a, b"), "{detail}");
    }

    #[test]
    fn any_number_of_names_takes_a_few_kilobytes() {
        let long = "x".repeat(255);
        let events: Vec<_> = (0..5000).map(|number| event(0, &format!("{number}{long}"), "a")).collect();
        let detail = fold(&events).object.detail.expect("said");
        assert!(detail.len() < 1000 && detail.contains("and at least 997 more"), "{detail}");
        let mut repeats = Repeats::new(events[0].clone());
        repeats.append(Repeats::new(events[1].clone()));
        assert_eq!((repeats.count, repeats.names.seen.len()), (2, 2));
    }
}
