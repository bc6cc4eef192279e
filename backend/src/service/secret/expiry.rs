//! Reminders of secrets that expire: an entry of the log and an event two weeks before, and another on the day.
//!
//! Every server looks for them, but changes are serialised across servers, and each secret holds its last notice: so each is
//! given once.

use std::collections::HashMap;

use chrono::TimeDelta;
use strongroom_shared::webhook::EventKind;

use super::object;
use crate::domain::secret::EXPIRY_NOTICE;
use crate::domain::{AuditAction, AuditEvent, AuditObject, Event, ExpiryNotice, Secret, TeamId, Time};
use crate::service::change::{Done, Recorded, Refused, change};
use crate::service::{Error, Result, Service};
use crate::store;

/// The secrets of one change.
const STEP: u64 = 200;

impl Service {
    /// Gives notice of the secrets that expire soon or have expired, and returns their number.
    pub async fn remind_of_expiry(&self) -> Result<u64> {
        let mut count = 0;
        let mut last = Vec::new();
        loop {
            let step = change!(self, |service, tx| {
                let now = service.now();
                let due = store::secret::list_expiring(tx, now, now + EXPIRY_NOTICE, STEP).await?;
                let step: Vec<_> = due.iter().map(|secret| secret.id).collect();
                if step.is_empty() {
                    return Ok(Refused(step));
                }
                // It would give the same notices forever.
                if step == last {
                    return Err(Error::Broken("the last notices of expiring secrets were not kept"));
                }
                let teams = store::team::list_all(tx).await?;
                let teams: HashMap<TeamId, _> = teams.into_iter().map(|team| (team.id, team)).collect();
                let mut entries = Vec::with_capacity(due.len());
                for before in due {
                    let mut secret = before.clone();
                    let Some(expires_at) = secret.expires_at else { continue };
                    let (action, kind) = match ExpiryNotice::due(expires_at, now) {
                        ExpiryNotice::Expired => (AuditAction::ExpireSecret, EventKind::SecretExpired),
                        _ => (AuditAction::RemindOfExpiry, EventKind::SecretExpiring),
                    };
                    secret.expiry_notice = ExpiryNotice::due(expires_at, now);
                    store::secret::update(tx, &before, &secret).await?;
                    if let Some(team) = teams.get(&secret.team_id) {
                        service.add_event(tx, Event::by_system(team, kind, now, &secret)).await?;
                    }
                    entries.push(entry(&secret, action, expires_at, now));
                }
                Ok(Done(step, Recorded::events(tx, entries).await?))
            })?;
            count += step.len() as u64;
            if (step.len() as u64) < STEP {
                return Ok(count);
            }
            last = step;
        }
    }
}

fn entry(secret: &Secret, action: AuditAction, expires_at: Time, now: Time) -> AuditEvent {
    let detail = (action == AuditAction::RemindOfExpiry).then(|| in_days(expires_at - now));
    let event = AuditEvent::by_system(secret.team_id, now, action, AuditObject { detail, ..object(secret) });
    AuditEvent { actor_name: "expiry".to_owned(), ..event }
}

/// The time left, rounded up to days.
fn in_days(left: TimeDelta) -> String {
    match (left + TimeDelta::days(1) - TimeDelta::microseconds(1)).num_days() {
        1 => "within 1 day".to_owned(),
        days => format!("within {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_rounded_up() {
        for (left, expected) in [
            (TimeDelta::seconds(1), "within 1 day"),
            (TimeDelta::days(1), "within 1 day"),
            (TimeDelta::days(1) + TimeDelta::seconds(1), "within 2 days"),
            (EXPIRY_NOTICE, "within 14 days"),
        ] {
            assert_eq!(in_days(left), expected);
        }
    }
}
