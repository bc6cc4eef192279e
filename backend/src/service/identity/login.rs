//! Logins of programs: with a workload's own token that a team trusts, with a key as Vault's `AppRole` has it, and as
//! children of a key or another login. A login ends with its trust, key or parent.
//!
//! Not here: people's sessions (`session`), and how an issuer's keys are found (`issuers`).

use chrono::TimeDelta;
use thiserror::Error;

use super::issuers::Unverified;
use crate::crypto::Token;
use crate::domain::login::{ChildWish, LIFETIME, LONGEST};
use crate::domain::trust::{Mismatch, subject};
use crate::domain::{
    Actor, ApiKey, AuditAction, AuditEvent, Denied, Login, LoginId, Principal, Team, Time, Trust,
};
use crate::service::audit::object::named_object;
use crate::service::change::{Done, Recorded, Refused, change};
use crate::service::identity::authentication::{Credential, is_id};
use crate::service::{Error, Result, Service};
use crate::store::{self, Transaction};

/// A login, and its token, which is shown only once.
pub struct LoggedInProgram {
    pub token: Token,
    pub login: Login,
    pub key: ApiKey,
}

/// A workload that logs in.
pub struct Workload<'a> {
    /// The path that it logs in at, such as `auth/jwt/login`.
    pub path: String,
    /// The trust: `deploy`, or `acme/deploy`.
    pub role: &'a str,
    pub token: &'a str,
    /// The team, if it is named apart from the role.
    pub team: Option<&'a str>,
    pub address: &'a str,
}

/// Why a workload is refused, in the words of Vault if it has some. No text repeats anything of a token.
#[derive(Debug, Error)]
pub enum LoginRefusal {
    #[error("role \"{0}\" could not be found")]
    UnknownRole(String),
    #[error("several teams have this role: put the team's slug before it, as in TEAM/ROLE")]
    AmbiguousRole,
    #[error("{0}")]
    Mismatch(Mismatch),
    /// Callers without a credential don't learn why.
    #[error("the keys of the issuer can't be fetched; try again")]
    Unreachable,
}

impl LoginRefusal {
    /// The reason for the log, of which a request chooses no part.
    fn reason(&self) -> String {
        match self {
            Self::Mismatch(mismatch) => mismatch.reason(),
            other => other.to_string(),
        }
    }
}

impl From<Unverified> for LoginRefusal {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::Unreachable(_) => Self::Unreachable,
            Unverified::Mismatch(mismatch) => Self::Mismatch(mismatch),
        }
    }
}

type Outcome<T> = std::result::Result<T, LoginRefusal>;

impl Service {
    /// Logs a workload in with its own token.
    pub async fn log_in_workload(&self, workload: Workload<'_>) -> Result<Outcome<LoggedInProgram>> {
        let (trust, team) = match self.find_trust(workload.role, workload.team).await? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let verified = match self.issuers().open(workload.token, &trust.identity, team.id).await {
            Ok(claims) => {
                let checked = trust.identity.check(&claims, self.now()).result();
                checked.map(|()| subject(&claims)).map_err(LoginRefusal::Mismatch)
            }
            Err(unverified) => Err(unverified.into()),
        };
        let subject = match verified {
            Ok(subject) => subject,
            Err(refusal) => {
                self.record_refused_login(&trust, &team, workload.address, &refusal).await;
                return Ok(Err(refusal));
            }
        };
        let (path, address) = (workload.path, workload.address.to_owned());
        let unknown = unknown_role(workload.role);
        let logged_in: Option<LoggedInProgram> = change!(self, |service, tx| {
            // It may have been changed or removed since its claims were compared.
            let now = store::trust::find(tx, team.id, trust.key.id).await?;
            let Some(trust) = now.filter(|now| now.identity == trust.identity) else {
                return Ok(Refused(None));
            };
            let latest = service.now() + LONGEST;
            let login = service.new_login(path, subject, address, trust.lifetime, latest, &trust.key);
            let (logged_in, recorded) = service.add_login(tx, login, trust.key).await?;
            Ok::<_, Error>(Done(Some(logged_in), recorded))
        })?;
        Ok(logged_in.ok_or(unknown))
    }

    /// Logs a program in that gives a key together with the key's id or name.
    pub async fn log_in_app_role(
        &self,
        role_id: &str,
        key: Token,
        slug: Option<&str>,
        address: &str,
    ) -> Result<LoggedInProgram> {
        let actor = self.authenticate_in(&Credential::Key(Some(key)), slug, address).await?;
        match &actor.principal {
            Principal::Key(key) if actor.login.is_none() && (key.name == role_id || is_id(key, role_id)) => {}
            Principal::Key(_) | Principal::Person { .. } => {
                // Not the role id itself, which could be a key in the wrong field.
                self.record_denied(&actor, "a login with the role id of another key".to_owned()).await;
                return Err(Error::UnknownCredential);
            }
        }
        let latest = self.now() + LONGEST;
        self.log_in_again(&actor, "auth/approle/login", LIFETIME, latest).await
    }

    /// Makes a child of the actor's key or login, which ends with it.
    pub async fn create_child_login(&self, actor: &Actor, wish: ChildWish) -> Result<LoggedInProgram> {
        let (lifetime, longest) = wish.limits();
        self.log_in_again(actor, "auth/token/create", lifetime, self.now() + longest).await
    }

    async fn log_in_again(
        &self,
        actor: &Actor,
        path: &'static str,
        lifetime: TimeDelta,
        latest: Time,
    ) -> Result<LoggedInProgram> {
        change!(self, actor, |service, tx, actor| {
            let Principal::Key(key) = &actor.principal else { return Err(Denied::NotAPerson.into()) };
            let subject = actor.login.as_ref().map_or(&key.name, |parent| &parent.subject).clone();
            let address = actor.address.clone();
            let login = service.new_login(path.to_owned(), subject, address, lifetime, latest, key);
            let parent = actor.login.as_ref().map(|parent| parent.id);
            let (logged_in, recorded) = service.add_login(tx, Login { parent, ..login }, key.clone()).await?;
            Ok(Done(logged_in, recorded))
        })
    }

    fn new_login(
        &self,
        path: String,
        subject: String,
        address: String,
        lifetime: TimeDelta,
        latest: Time,
        key: &ApiKey,
    ) -> Login {
        let now = self.now();
        let latest = key.expires.map_or(latest, |expires| expires.min(latest));
        let lifetime = lifetime.min(latest - now);
        Login {
            id: LoginId(self.new_id()),
            key_id: key.id,
            parent: None,
            path,
            subject,
            address,
            created: now,
            expires: now + lifetime,
            lifetime,
            latest,
            is_ended: false,
        }
    }

    async fn add_login(
        &self,
        tx: &Transaction,
        login: Login,
        key: ApiKey,
    ) -> Result<(LoggedInProgram, Recorded)> {
        let token = Token::generate(&*self.entropy);
        store::login::add(tx, &login, &token.hash().0).await?;
        let detail = format!("{}, at {}", login.subject, login.path);
        let event = AuditEvent {
            actor_kind: "api_key",
            actor_id: Some(key.id.0),
            actor_name: key.name.clone(),
            address: login.address.clone(),
            ..AuditEvent::by_system(
                key.team_id,
                login.created,
                AuditAction::CreateLogin,
                named_object(key.id.0, &key.name, Some(detail)),
            )
        };
        // A new token is in no cache.
        let recorded = Recorded::events(tx, vec![event]).await?.of_no_cached_row();
        let key = login.limit(key);
        Ok((LoggedInProgram { token, login, key }, recorded))
    }

    /// The actor's login as it is now; `None` if the actor uses a key.
    pub async fn find_login(&self, actor: &Actor) -> Result<Option<Login>> {
        let Some(login) = &actor.login else { return Ok(None) };
        let found = store::login::find(&self.store, login.id).await?;
        Ok(Some(found.ok_or(Error::UnknownCredential)?))
    }

    /// Extends the actor's login, as asked, within its limits; `None` if it can't be renewed, or the actor uses a key.
    pub async fn renew_login(&self, actor: &Actor, asked: Option<TimeDelta>) -> Result<Option<Login>> {
        change!(self, actor, |service, tx, actor| {
            let Some(login) = actor.login.as_deref().cloned() else { return Ok(Refused(None)) };
            let Some(expires) = login.renewed(asked, service.now()) else { return Ok(Refused(None)) };
            store::login::renew(tx, login.id, expires).await?;
            // A cached login that seems to have expired is looked up again.
            Ok(Done(Some(Login { expires, ..login }), Recorded::note()))
        })
    }

    /// Ends the actor's login with its children; whether there is one.
    pub async fn end_login(&self, actor: &Actor) -> Result<bool> {
        change!(self, actor, |service, tx, actor| {
            let Some(login) = actor.login.clone() else { return Ok(Refused(false)) };
            store::login::end(tx, login.id, service.now()).await?;
            let object = named_object(login.key_id.0, actor.name(), Some(login.subject.clone()));
            let recorded = service.record(tx, &actor, AuditAction::DeleteLogin, object).await?;
            Ok(Done(true, recorded))
        })
    }

    /// Finds the trust that a role names.
    async fn find_trust(&self, role: &str, team: Option<&str>) -> Result<Outcome<(Trust, Team)>> {
        let (team, name) = match (team, role.split_once('/')) {
            (None, Some((team, name))) => (Some(team), name),
            (Some(team), Some((same, name))) if same == team => (Some(team), name),
            (team, _) => (team, role),
        };
        let mut found = store::trust::list_named(&self.store, name, team).await?.into_iter();
        Ok(match (found.next(), found.next()) {
            (Some(found), None) => Ok(found),
            (Some(_), Some(_)) => Err(LoginRefusal::AmbiguousRole),
            (None, _) => Err(unknown_role(role)),
        })
    }

    async fn record_refused_login(&self, trust: &Trust, team: &Team, address: &str, refusal: &LoginRefusal) {
        let object = named_object(trust.key.id.0, &trust.key.name, Some(refusal.reason()));
        let event = AuditEvent {
            actor_kind: "nobody",
            actor_name: trust.key.name.clone(),
            address: address.to_owned(),
            ..AuditEvent::by_system(team.id, self.now(), AuditAction::RefusedWorkload, object)
        };
        self.try_to_record(event).await;
    }
}

/// Repeats a role only if it looks like one: it could be a token in the wrong field.
fn unknown_role(role: &str) -> LoginRefusal {
    let is_safe = role.len() <= 64 && Token::parse(role).is_none() && !role.chars().any(char::is_control);
    LoginRefusal::UnknownRole(if is_safe { role.to_owned() } else { "…".to_owned() })
}
