//! Delivers events: each server polls the outbox that all share, and takes leases for what is due.
//!
//! No team waits for another one's slow webhook. An event is delivered at least once: after a kill, another attempt follows
//! when the lease has ended. A lease only begins when everything else is ready, so that it covers a request and the record of
//! its outcome.

use std::collections::HashSet;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use metrics::counter;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::open_signing_key;
use crate::crypto::SigningKey;
use crate::crypto::entropy::draw;
use crate::domain::webhook::{MOST_PENDING, RETRIED_FOR};
use crate::domain::{Delivery, DeliveryState, TeamId, Webhook, WrappedDataKey};
use crate::egress::Target;
use crate::service::change::{Done, Recorded, Refused, change};
use crate::service::{Error, Result, Service};
use crate::store::webhook::Lease;
use crate::{store, worker};

pub const NAME: &str = "webhooks";

/// The time between two looks at the outbox, unless this server makes a change.
const INTERVAL: Duration = Duration::from_secs(2);
/// The time from a change to the look at it: a busy server's changes are looked at together.
const SETTLING: Duration = Duration::from_millis(50);
/// The time for a request, 10 seconds, and for the writer, 25, with a margin, also for servers' clocks that differ.
const LEASE: TimeDelta = TimeDelta::seconds(45);
/// The events of a team that are sent at the same time.
const AT_ONCE: u64 = 8;
/// How long a server leaves a team to others if it can't decrypt its signing key.
const AWAY: Duration = Duration::from_mins(1);
/// An outbox that was full is no longer if it has room for so many events, so that it is not reported again and again.
const ROOM: usize = 1000;

/// How this server sends a team's events.
enum Way {
    Open(SigningKey, Target),
    /// No server can send any now, for this reason.
    Closed(String),
    /// This server lacks the master key, but another one may have it.
    Elsewhere,
}

impl Service {
    /// Delivers events until it is dropped.
    pub async fn deliver_events(&self) {
        let mut woken = self.events.changes();
        let mut tasks = JoinSet::new();
        let (mut busy, mut full) = (HashSet::new(), HashSet::new());
        loop {
            match store::webhook::list_due_teams(&self.store, self.now()).await {
                Ok(teams) => {
                    for team in teams.into_iter().filter(|team| busy.insert(*team)) {
                        let service = self.clone();
                        tasks.spawn(async move {
                            let room = worker::contain(NAME, service.deliver_of(team)).await;
                            (team, room.flatten())
                        });
                    }
                }
                Err(error) => tracing::warn!(%error, "could not look for events to deliver; will retry"),
            }
            tokio::select! {
                () = sleep(INTERVAL) => {}
                _ = woken.changed() => sleep(SETTLING).await,
                Some(Ok((team, room))) = tasks.join_next(), if !tasks.is_empty() => {
                    busy.remove(&team);
                    match room {
                        Some(0) if full.insert(team) => tracing::warn!(
                            %team,
                            "the team has {MOST_PENDING} pending events; new ones are dropped until its webhook receives some"
                        ),
                        Some(ROOM..) => _ = full.remove(&team),
                        _ => {}
                    }
                }
            }
        }
    }

    /// Delivers a team's events, and returns how many more can be pending.
    async fn deliver_of(&self, team: TeamId) -> Option<usize> {
        loop {
            match self.deliver_some(team).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%team, %error, "could not deliver events; will retry");
                    // The leases end later, but others may be due.
                    sleep(INTERVAL).await;
                    break;
                }
            }
        }
        store::webhook::list_room(&self.store, HashSet::from([team])).await.ok()?.remove(&team)
    }

    /// Delivers some of a team's events; whether there may be more.
    async fn deliver_some(&self, team: TeamId) -> Result<bool> {
        let found = store::webhook::find_with_key(&self.store, team).await?;
        let Some((webhook, data_key)) = found.filter(|(webhook, _)| !webhook.is_paused) else {
            return Ok(false);
        };
        let way = self.find_way(&webhook, data_key).await?;
        if let Way::Elsewhere = way {
            tracing::warn!(%team, "a webhook's signing key needs a master key that this server lacks");
        }
        let turn = self.webhooks().turn().await;
        let (same, is_away) = (webhook.clone(), matches!(way, Way::Elsewhere));
        let leased = change!(self, |service, tx| {
            // Events of a change that follows one of the webhook must not go to its old URL.
            if store::webhook::find(tx, team).await?.as_ref() != Some(&same) {
                return Ok(Refused(None));
            }
            let now = service.now();
            // Others have had their chance at those.
            let created = is_away.then(|| now - RETRIED_FOR);
            let lease = Lease { now, until: now + LEASE, limit: AT_ONCE, created };
            let leased = store::webhook::lease(tx, team, &lease).await?;
            Ok::<_, Error>(Done(Some(leased), Recorded::note()))
        })?;
        let Some(mut deliveries) = leased else { return Ok(true) };
        let may_have_more = deliveries.len() as u64 == AT_ONCE;
        let attempts = deliveries.iter().map(async |delivery| match &way {
            Way::Open(key, target) => self.send(target, key, delivery).await,
            Way::Closed(reason) => Err(reason.clone()),
            Way::Elsewhere => Err("the server lacks the master key of its signing key".to_owned()),
        });
        let outcomes = join_all(attempts).await;
        drop(turn);
        for (delivery, outcome) in deliveries.iter_mut().zip(outcomes) {
            delivery.note(outcome, self.now(), u16::from_be_bytes(draw(&*self.entropy)));
            counter!("strongroom_webhook_attempts_total", "outcome" => delivery.state.as_str()).increment(1);
            if delivery.state == DeliveryState::Failed {
                let (id, status) = (delivery.id, delivery.status);
                let reason = delivery.error.as_deref();
                tracing::warn!(%team, %id, status, reason, "an event could not be delivered within a day");
            }
        }
        if !deliveries.is_empty() {
            change!(self, |_, tx| {
                store::webhook::finish(tx, team, &deliveries).await?;
                Ok::<_, Error>(Done((), Recorded::note()))
            })?;
        }
        if is_away && !may_have_more {
            sleep(AWAY).await;
        }
        Ok(may_have_more)
    }

    async fn find_way(&self, webhook: &Webhook, data_key: WrappedDataKey) -> Result<Way> {
        let data_key = match self.unwrap_key(webhook.team_id, data_key).await {
            Err(Error::Sealed(_) | Error::Key(_)) => return Ok(Way::Elsewhere),
            data_key => data_key?,
        };
        let Ok(key) = open_signing_key(webhook, &data_key) else {
            return Ok(Way::Closed("its signing key does not decrypt: set a new one".to_owned()));
        };
        Ok(match self.webhooks().resolve(&webhook.url).await {
            Ok(target) => Way::Open(key, target),
            Err(error) => Way::Closed(error.to_string()),
        })
    }

    /// Sends an event, with the headers of Standard Webhooks.
    async fn send(
        &self,
        target: &Target,
        key: &SigningKey,
        delivery: &Delivery,
    ) -> std::result::Result<u16, String> {
        let (id, seconds) = (delivery.id.to_string(), self.now().timestamp());
        let signature = key.sign(&id, seconds, &delivery.body);
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        let sent = self.webhooks().send(target, headers, delivery.body.clone()).await;
        sent.map_err(|error| error.to_string())
    }
}
