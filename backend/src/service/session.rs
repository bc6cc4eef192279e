//! Browser sessions: log-in and log-out.

use strongroom_shared::limit;
use strongroom_shared::payload::SuccessPayload;

use super::audit::record_event;
use super::{Result, Service};
use crate::crypto::{PasswordHash, Token};
use crate::domain::{
    Actor, AuditAction, AuditEvent, AuditObject, EmailAddress, Principal, SessionId, TeamId, Time, User,
};
use crate::store::{self, Store, Transaction};

/// How long a session lasts.
const SESSION_LIFETIME: chrono::TimeDelta = chrono::TimeDelta::hours(12);

/// Someone has logged in.
#[derive(Debug)]
pub struct LoggedIn {
    /// The session's token, for the cookie.
    pub token: Token,
    /// When the session ends.
    pub expires: Time,
}

impl Service {
    /// Starts a session. An unknown address and a wrong password get the same answer after the same time.
    ///
    /// # Errors
    /// The store failed.
    pub async fn log_in(
        &self,
        email: &str,
        password: String,
        address: &str,
    ) -> Result<std::result::Result<LoggedIn, SuccessPayload>> {
        let refused = || {
            Ok(Err(SuccessPayload::refused(
                "The e-mail address or the password is wrong.",
            )))
        };
        if password.len() > limit::PASSWORD_MAX_BYTES {
            return refused();
        }
        let known = match EmailAddress::parse(email) {
            Ok(email) => store::user::find_by_email(&self.store, &email).await?,
            Err(_) => None,
        };
        let hash = known
            .as_ref()
            .map(|(_, hash)| PasswordHash::from_text(hash.clone()));
        let right = self.verify_password(password, hash).await?;
        let Some((user, hash)) = known else {
            return refused();
        };
        let Some(team_id) = store::membership::list(&self.store, user.id)
            .await?
            .first()
            .copied()
        else {
            return refused();
        };
        if !right {
            let event = person_event(&user, team_id, self.now(), AuditAction::RefusedLogIn, address);
            let event = AuditEvent {
                actor_kind: "nobody",
                actor_id: None,
                ..event
            };
            // Not waited for: the time it takes would tell known addresses from unknown ones.
            tokio::spawn(record_refusal(self.store.clone(), event));
            return refused();
        }
        let tx = self.store.begin().await?;
        // Hashing takes a while, in which the password may have been reset and all sessions ended.
        let now = store::user::find_by_email(&tx, &user.email).await?;
        if now.is_none_or(|(_, now)| now != hash)
            || store::membership::find(&tx, team_id, user.id).await?.is_none()
        {
            return refused();
        }
        let logged_in = self.start_session(&tx, user, team_id, address).await?;
        tx.commit().await?;
        Ok(Ok(logged_in))
    }

    /// Adds a session to a change in the making.
    pub(super) async fn start_session(
        &self,
        tx: &Transaction,
        user: User,
        team_id: TeamId,
        address: &str,
    ) -> Result<LoggedIn> {
        let now = self.now();
        let token = Token::generate(&*self.entropy);
        let expires = now + SESSION_LIFETIME;
        let event = person_event(&user, team_id, now, AuditAction::LogIn, address);
        let session = store::session::Session {
            id: SessionId(self.new_id()),
            user,
            team_id,
        };
        store::session::add(tx, &session, &token.hash().0, now, expires).await?;
        store::user::update_last_login(tx, session.user.id, now).await?;
        self.record_event(tx, event).await?;
        Ok(LoggedIn { token, expires })
    }

    /// Ends the session the actor came with. A key has none, and nothing happens.
    ///
    /// # Errors
    /// The store failed.
    pub async fn log_out(&self, actor: &Actor) -> Result<()> {
        if let Principal::Person { session, .. } = &actor.principal {
            let tx = self.store.begin().await?;
            store::session::remove(&tx, *session).await?;
            self.record(&tx, actor, AuditAction::LogOut, AuditObject::default())
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Records a refused log-in.
async fn record_refusal(store: Store, event: AuditEvent) {
    let recorded = async {
        let tx = store.begin().await?;
        record_event(&tx, event).await?;
        tx.commit().await
    };
    if let Err(error) = recorded.await {
        tracing::warn!(%error, "a refused log-in could not be recorded");
    }
}

fn person_event(user: &User, team_id: TeamId, time: Time, action: AuditAction, address: &str) -> AuditEvent {
    AuditEvent {
        team_id,
        time,
        action,
        actor_kind: "user",
        actor_id: Some(user.id.0),
        actor_name: user.email.as_str().to_owned(),
        address: address.to_owned(),
        object: AuditObject::default(),
    }
}
