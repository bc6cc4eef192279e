//! Refusals: what was asked for and not allowed, in the log of the team that it concerns.
//!
//! Recorded before they are answered, like reads of values, and in the same commits. A refusal that can't be recorded stays a
//! refusal.
//!
//! Not here: refused reads of values, which are recorded with the name asked for (`secret`).

use strongroom_shared::Uuid;

use super::read_log::Read;
use super::session::home_team;
use super::{Result, Service};
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject, RevokedKey, User, UserId};

impl Service {
    /// Records a refusal; `None` takes as long, and records nothing: so that the time does not tell whether there was anything
    /// to record. Every new kind of refusal comes through here.
    ///
    /// # Errors
    /// It is not durable.
    async fn record_refusal(&self, event: Option<AuditEvent>) -> Result<()> {
        self.reads.ask(Read { event, secret: None }).await
    }

    async fn try_to_record(&self, event: AuditEvent) {
        if let Err(error) = self.record_refusal(Some(event)).await {
            tracing::error!(%error, "a refusal could not be recorded");
        }
    }

    /// Records that an operation was refused, and why.
    pub async fn record_denied(&self, actor: &Actor, reason: String) {
        let object = AuditObject {
            detail: Some(reason),
            ..AuditObject::default()
        };
        let event = AuditEvent::by(actor, self.now(), AuditAction::RefusedRequest, object);
        self.try_to_record(event).await;
    }

    /// Records the use of a key that no longer works.
    pub(super) async fn record_dead_key(&self, key: RevokedKey, reason: &str, address: &str) {
        let object = AuditObject {
            id: Some(key.id.0),
            name: Some(key.name.clone()),
            detail: Some(reason.to_owned()),
        };
        let event = AuditEvent {
            team_id: key.team_id,
            time: self.now(),
            action: AuditAction::RefusedApiKey,
            actor_kind: "api_key",
            actor_id: Some(key.id.0),
            actor_name: key.name,
            address: address.to_owned(),
            object,
        };
        self.try_to_record(event).await;
    }

    /// Records a wrong password, in the log of the team that the person acts in. Where there is no such person, or none in a
    /// team, it does the same work.
    ///
    /// # Errors
    /// It is not durable.
    pub(super) async fn record_wrong_password(
        &self,
        user: Option<&User>,
        address: &str,
        what: Option<&str>,
    ) -> Result<()> {
        let id = user.map_or(UserId(Uuid::nil()), |user| user.id);
        let team = home_team(&self.store, id).await?;
        let event = user.zip(team).map(|(user, team)| {
            let object = AuditObject {
                detail: what.map(str::to_owned),
                ..AuditObject::default()
            };
            AuditEvent {
                actor_kind: "nobody",
                actor_id: None,
                ..AuditEvent::by_person(user, team, self.now(), AuditAction::RefusedLogIn, object, address)
            }
        });
        self.record_refusal(event).await
    }
}
