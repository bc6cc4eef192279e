//! Browser sessions: log-in and log-out.

use strongroom_shared::payload::SuccessPayload;

use super::{Result, Service};
use crate::crypto::{PasswordHash, Token};
use crate::domain::{
    Actor, AuditAction, AuditEvent, AuditObject, EmailAddress, Principal, SessionId, TeamId, Time, User,
};
use crate::store::{self, Transaction};

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
        let known = match EmailAddress::parse(email) {
            Ok(email) => store::user::find_by_email(&self.store, &email).await?,
            Err(_) => None,
        };
        let (user, hash) = match known {
            Some((user, hash)) => (Some(user), Some(PasswordHash::from_text(hash))),
            None => (None, None),
        };
        let right = self.verify_password(password, hash).await?;
        let Some(user) = user else { return refused() };
        let Some(team_id) = store::membership::list(&self.store, user.id)
            .await?
            .first()
            .copied()
        else {
            return refused();
        };
        if !right {
            let tx = self.store.begin().await?;
            let event = person_event(&user, team_id, self.now(), AuditAction::RefusedLogIn, address);
            self.record_event(
                &tx,
                AuditEvent {
                    actor_kind: "nobody",
                    actor_id: None,
                    ..event
                },
            )
            .await?;
            tx.commit().await?;
            return refused();
        }
        let tx = self.store.begin().await?;
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
