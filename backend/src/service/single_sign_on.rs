//! Log-in through a provider: who they say someone is, becomes a person here.
//!
//! Known by what the provider calls them, for good; the first time by an address that the provider has verified: that
//! of someone who is a member, or of someone invited. Nobody joins who was not invited.

use url::Url;

use super::session::{LogInOutcome, LoggedIn, count_log_in, home_team};
use super::{Result, Service};
use crate::crypto::TokenHash;
use crate::domain::{AuditAction, AuditEvent, AuditObject, Device, EmailAddress, Invitation, User};
use crate::oidc::{self, Identity, Pending, Provider};
use crate::store::{self, Transaction};

/// The path that begins a log-in.
pub const SINGLE_SIGN_ON_PATH: &str = "/log-in/oidc";
/// The path that the provider sends people back to.
pub const SINGLE_SIGN_ON_CALLBACK: &str = "/log-in/oidc/callback";

const HOW: &str = "single sign-on";

/// Why someone could not log in through the provider. The page has words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// They are neither a member nor invited.
    UnknownPerson,
    /// The provider does not say that the address is theirs.
    UnverifiedEmail,
    /// The provider does not answer as it should.
    Provider,
    /// They, or the provider, said no.
    Cancelled,
    /// The log-in was begun elsewhere, too long ago, or is over.
    Expired,
}

impl Problem {
    /// The text in the page's address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownPerson => "unknown-person",
            Self::UnverifiedEmail => "unverified-email",
            Self::Provider => "provider",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

impl Service {
    /// The same service, with a provider through which people log in.
    #[must_use]
    pub fn with_provider(self, provider: Provider) -> Self {
        Self { provider: Some(provider), ..self }
    }

    /// What the provider is called; `None` when there is none.
    pub fn single_sign_on_name(&self) -> Option<&str> {
        self.provider.as_ref().map(Provider::name)
    }

    /// Begins a log-in: where to send the person, and what their browser remembers. `None` when there is no provider.
    pub async fn begin_single_sign_on(&self) -> Option<std::result::Result<(Url, Pending), Problem>> {
        let begun = self.provider.as_ref()?.begin(&*self.entropy, self.now()).await;
        Some(begun.map_err(|error| provider_problem(&error)))
    }

    /// Ends a log-in with the code that the provider gave, and the session that the new one replaces.
    ///
    /// # Errors
    /// The store failed.
    pub async fn finish_single_sign_on(
        &self,
        code: String,
        pending: Pending,
        device: &Device,
        replaced: Option<TokenHash>,
    ) -> Result<std::result::Result<LoggedIn, Problem>> {
        let outcome = self.try_single_sign_on(code, pending, device, replaced).await?;
        match &outcome {
            Ok(_) => count_log_in(LogInOutcome::SingleSignOn),
            Err(problem) => {
                let (reason, address) = (problem.as_str(), &device.address);
                tracing::warn!(reason, address, "log-in by single sign-on failed");
                count_log_in(LogInOutcome::SingleSignOnRefused);
            }
        }
        Ok(outcome)
    }

    async fn try_single_sign_on(
        &self,
        code: String,
        pending: Pending,
        device: &Device,
        replaced: Option<TokenHash>,
    ) -> Result<std::result::Result<LoggedIn, Problem>> {
        let Some(provider) = &self.provider else {
            return Ok(Err(Problem::Expired));
        };
        let identity = match provider.finish(code, pending, self.now()).await {
            Ok(identity) => identity,
            Err(error) => return Ok(Err(provider_problem(&error))),
        };
        let email = identity.email.as_deref().filter(|_| identity.email_verified);
        let email = email.and_then(|email| EmailAddress::parse(email).ok());
        let tx = self.store.begin().await?;
        let user = match store::identity::find(&tx, &identity.issuer, &identity.subject).await? {
            Some(user) => user,
            None => match self.introduce(&tx, &identity, email.as_ref(), device).await? {
                Ok(user) => user,
                Err(problem) => return Ok(Err(problem)),
            },
        };
        if email.as_ref() == Some(&user.email) {
            for invitation in self.invitations_that_stand(&tx, &user.email).await? {
                self.join(&tx, &user, &invitation, &device.address).await?;
            }
        }
        let Some(team_id) = home_team(&tx, user.id).await? else {
            return Ok(Err(Problem::UnknownPerson));
        };
        let logged_in = self.start_session(&tx, user, team_id, device, replaced, Some(HOW)).await?;
        tx.commit().await?;
        Ok(Ok(logged_in))
    }

    /// Makes a provider's subject a person: one who is known by that address, or is invited by it.
    async fn introduce(
        &self,
        tx: &Transaction,
        identity: &Identity,
        email: Option<&EmailAddress>,
        device: &Device,
    ) -> Result<std::result::Result<User, Problem>> {
        let Some(email) = email else {
            return Ok(Err(Problem::UnverifiedEmail));
        };
        let user = match store::user::find_by_email(tx, email).await? {
            // The address was someone else's before, and the provider has given it to another.
            Some((user, _)) if store::identity::is_known(tx, &identity.issuer, user.id).await? => {
                return Ok(Err(Problem::UnknownPerson));
            }
            Some((user, None)) => user,
            Some((user, Some(_))) => {
                self.take_password(tx, &user, device).await?;
                user
            }
            None if store::invitation::list_by_email(tx, email, self.now()).await?.is_empty() => {
                return Ok(Err(Problem::UnknownPerson));
            }
            None => self.add_user(tx, email.clone(), None).await?,
        };
        store::identity::add(tx, &identity.issuer, &identity.subject, user.id, self.now()).await?;
        Ok(Ok(user))
    }

    async fn invitations_that_stand(
        &self,
        tx: &Transaction,
        email: &EmailAddress,
    ) -> Result<Vec<Invitation>> {
        let mut standing = Vec::new();
        for invitation in store::invitation::list_by_email(tx, email, self.now()).await? {
            if self.stands(tx, &invitation).await? {
                standing.push(invitation);
            }
        }
        Ok(standing)
    }

    /// Takes a person's password and sessions away, when a provider first says that an address is theirs: nobody had
    /// made sure before, so whoever has them may be someone else who took the address.
    async fn take_password(&self, tx: &Transaction, user: &User, device: &Device) -> Result<()> {
        store::user::update_password(tx, user.id, None).await?;
        store::session::remove_of_user(tx, user.id).await?;
        for team_id in store::membership::list_teams(tx, user.id).await? {
            let object = AuditObject {
                detail: Some(format!("removed at the first log-in by {HOW}")),
                ..super::member::person_object(user, None)
            };
            let action = AuditAction::UpdatePassword;
            let event = AuditEvent::by_person(user, team_id, self.now(), action, object, &device.address);
            self.record_event(tx, event).await?;
        }
        Ok(())
    }
}

fn provider_problem(error: &oidc::Error) -> Problem {
    tracing::warn!(%error, "a log-in through the provider failed");
    Problem::Provider
}
