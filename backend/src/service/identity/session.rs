//! Browser sessions: login and logout, and a person's own account.

use metrics::counter;
use strongroom_shared::input::ChangePasswordInput;
use strongroom_shared::{Uuid, text_enum};

use crate::crypto::{PasswordHash, Token, TokenHash, Verified};
use crate::domain::filter::Window;
use crate::domain::password::{check_password, is_too_long};
use crate::domain::{
    Actor, AuditAction, AuditEvent, AuditObject, Device, EmailAddress, Rule, Session, SessionId, TeamId,
    Time, User,
};
use crate::service::audit::object::person_object;
use crate::service::change::{Answer, Done, Recorded, Refused, change, refused};
use crate::service::error::BUSY;
use crate::service::{Error, Result, Service, after, list};
use crate::store::{self, Transaction};

text_enum! {
    /// How a login ended, or another use of a password: to accept an invitation, or to change the password.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    LogInOutcome {
        Ok = "ok";
        SingleSignOn = "single_sign_on";
        WrongPassword = "wrong_password";
        UnknownAccount = "unknown_account";
        Throttled = "throttled";
        Busy = "busy";
        SingleSignOnRefused = "single_sign_on_refused";
    }
}

impl LogInOutcome {
    pub fn count(self, times: u64) {
        counter!("strongroom_log_ins_total", "outcome" => self.as_str()).increment(times);
    }
}

#[derive(Debug)]
pub struct LoggedIn {
    pub token: Token,
    pub expires: Time,
}

impl Service {
    /// Starts a session in place of `replaced`. Unknown accounts and wrong passwords get the same answer after the same time.
    pub async fn log_in(
        &self,
        email: &str,
        password: String,
        device: &Device,
        replaced: Option<TokenHash>,
    ) -> Result<Answer<LoggedIn>> {
        let refused = |outcome: LogInOutcome| {
            outcome.count(1);
            Ok(Err(Rule::new("The email address or the password is wrong.")))
        };
        if is_too_long(&password) {
            return refused(LogInOutcome::WrongPassword);
        }
        let (attempt, place) = match self.begin_attempt(email, &device.address).await? {
            Ok(begun) => begun,
            Err(wait) => return Ok(Err(wait)),
        };
        let known = match EmailAddress::parse(email) {
            Ok(email) => store::user::find_by_email(&self.store, &email).await?,
            Err(_) => None,
        };
        let hash = known.as_ref().and_then(|(_, hash)| hash.clone().map(PasswordHash::from_text));
        let verified = self.verify_password(place, password, hash).await?;
        if !verified.is_right() {
            let user = known.as_ref().map(|(user, _)| user);
            self.record_wrong_password(user, &device.address, None).await?;
        }
        let Some((user, hash)) = known else {
            // Not the email address: people type passwords into the wrong field.
            tracing::warn!(address = device.address, "login failed: unknown account");
            return refused(LogInOutcome::UnknownAccount);
        };
        if !verified.is_right() {
            return refused(LogInOutcome::WrongPassword);
        }
        let Some(team_id) = store::user::find_home_team(&self.store, user.id).await? else {
            return refused(LogInOutcome::UnknownAccount);
        };
        let device = device.clone();
        let logged_in: Option<_> = change!(self, |service, tx| {
            // The password may have been reset and all sessions ended while it was hashed.
            let now = store::user::find_by_email(tx, &user.email).await?;
            if now.is_none_or(|(_, now)| now != hash)
                || store::membership::find(tx, team_id, user.id).await?.is_none()
            {
                return Ok::<_, Error>(Refused(None));
            }
            service.end_attempt(tx, attempt).await?;
            if let Verified::Outdated(hash) = verified {
                store::user::update_password(tx, user.id, Some(hash.as_str())).await?;
            }
            let (logged_in, recorded) =
                service.start_session(tx, user, team_id, &device, replaced, None).await?;
            Ok(Done(Some(logged_in), recorded))
        })?;
        let Some(logged_in) = logged_in else { return refused(LogInOutcome::WrongPassword) };
        LogInOutcome::Ok.count(1);
        Ok(Ok(logged_in))
    }

    /// Adds a session in place of the browser's current one, even another person's. `how` is given unless by password.
    pub(in crate::service) async fn start_session(
        &self,
        tx: &Transaction,
        user: User,
        team_id: TeamId,
        device: &Device,
        replaced: Option<TokenHash>,
        how: Option<&str>,
    ) -> Result<(LoggedIn, Recorded)> {
        if let Some(replaced) = replaced {
            let why = Some("replaced by a new login");
            self.end_session_of(tx, replaced, why, device).await?;
        }
        let now = self.now();
        let token = Token::generate(&*self.entropy);
        let expires = after(now, self.rules.session_lifetime).unwrap_or(Time::MAX_UTC);
        let object = AuditObject { detail: how.map(str::to_owned), ..AuditObject::default() };
        let event = AuditEvent::by_person(&user, team_id, now, AuditAction::LogIn, object, &device.address);
        let (id, device) = (SessionId(self.new_id()), device.clone());
        let session = Session { id, user, team_id, created: now, last_used: now, expires, device };
        store::session::add(tx, &session, &token.hash().0).await?;
        store::user::update_last_login(tx, session.user.id, now).await?;
        let recorded = self.record_event(tx, event).await?;
        Ok((LoggedIn { token, expires }, recorded))
    }

    /// Sessions that have not been used since then have expired.
    pub(in crate::service) fn idle_since(&self) -> Time {
        self.before_now(self.rules.session_idle)
    }

    /// Ends the session with that token, in whatever team it acts.
    pub async fn log_out(&self, token: &Token, device: &Device) -> Result<()> {
        let (token, device) = (token.hash(), device.clone());
        change!(self, |service, tx| {
            let ended = service.end_session_of(tx, token, None, &device).await?;
            Ok(Done((), ended.ok_or(Error::UnknownCredential)?))
        })
    }

    async fn end_session_of(
        &self,
        tx: &Transaction,
        token: TokenHash,
        why: Option<&str>,
        device: &Device,
    ) -> Result<Option<Recorded>> {
        let now = self.now();
        let Some(session) = store::session::find(tx, &token.0, now, self.idle_since()).await? else {
            return Ok(None);
        };
        store::session::remove(tx, session.id).await?;
        let object = AuditObject { detail: why.map(str::to_owned), ..AuditObject::default() };
        let (user, action) = (&session.user, AuditAction::LogOut);
        let event = AuditEvent::by_person(user, session.team_id, now, action, object, &device.address);
        Ok(Some(self.record_event(tx, event).await?))
    }

    pub async fn list_sessions(&self, actor: &Actor) -> Result<Vec<Session>> {
        let (user, _) = actor.require_person()?;
        let (now, idle_since) = (self.now(), self.idle_since());
        list(actor, Window::default(), |_| store::session::list(&self.store, user, now, idle_since)).await
    }

    pub async fn end_session(&self, actor: &Actor, id: Uuid) -> Result<Answer<()>> {
        let user = actor.require_person()?.0.clone();
        change!(self, actor, |service, tx, actor| {
            let sessions = store::session::list(tx, &user, service.now(), service.idle_since()).await?;
            let Some(session) = sessions.into_iter().find(|session| session.id.0 == id) else {
                return refused("You have no session with that id.");
            };
            store::session::remove(tx, session.id).await?;
            let detail = Some(format!("a session from {}", session.device.address));
            let object = AuditObject { id: Some(session.id.0), name: None, detail };
            service.done(tx, &actor, AuditAction::LogOut, object).await
        })
    }

    pub async fn log_out_everywhere(&self, actor: &Actor) -> Result<()> {
        let user_id = actor.require_person()?.0.id;
        change!(self, actor, |service, tx, actor| {
            store::session::remove_of_user(tx, user_id).await?;
            let object = AuditObject { detail: Some("everywhere".to_owned()), ..AuditObject::default() };
            let recorded = service.record(tx, &actor, AuditAction::LogOut, object).await?;
            Ok(Done((), recorded))
        })
    }

    /// Changes the person's own password, and ends their other sessions, which an intruder may have started.
    pub async fn change_password(&self, actor: &Actor, input: ChangePasswordInput) -> Result<Answer<()>> {
        const WRONG: &str = "The current password is wrong.";
        let (user, session) = actor.require_person()?;
        let ChangePasswordInput { current_password, new_password } = input;
        check_password(&new_password)?;
        // Before the attempt counts: otherwise the correct password could count as a failure.
        let Some(new_place) = self.take_hashing_place() else { return Ok(Err(Rule::new(BUSY))) };
        let before = store::user::find_by_email(&self.store, &user.email).await?;
        let before = before.and_then(|(_, hash)| hash);
        let attempt = match (&before, current_password) {
            (None, _) => None,
            (Some(_), None) => return Ok(Err(Rule::new("The current password is required."))),
            (Some(hash), Some(password)) => {
                let (address, how) = (&actor.address, "changing the password");
                match self.attempt_password(user, hash, password, address, how, WRONG).await? {
                    Ok(attempt) => Some(attempt),
                    Err(rule) => return Ok(Err(rule)),
                }
            }
        };
        let hash = self.hash_in_place(new_place, new_password).await?;
        let user = user.clone();
        change!(self, actor, |service, tx, actor| {
            let now = store::user::find_by_email(tx, &user.email).await?;
            if now.is_none_or(|(_, now)| now != before) {
                return refused("The password has just been changed.");
            }
            if let Some(attempt) = attempt {
                service.end_attempt(tx, attempt).await?;
            }
            store::user::update_password(tx, user.id, Some(hash.as_str())).await?;
            store::session::remove_others(tx, user.id, session).await?;
            let teams = store::membership::list_teams(tx, user.id).await?.into_iter();
            let object = person_object(&user, None);
            let event = AuditEvent::by(&actor, service.now(), AuditAction::UpdatePassword, object);
            let events = teams.map(|team_id| AuditEvent { team_id, ..event.clone() });
            let recorded = Recorded::events(tx, events.collect()).await?;
            Ok(Done(Ok(()), recorded))
        })
    }
}
