//! Login through a provider.
//!
//! Users are identified by the provider's id for them. At their first login, a verified or trusted email address links
//! that id to a member or an invitation; nobody joins without an invitation.

use strongroom_shared::text_enum;
use url::Url;

use crate::crypto::TokenHash;
use crate::domain::{AuditAction, AuditEvent, Device, EmailAddress, User};
use crate::oidc::{self, Identity, Pending, Provider};
use crate::service::audit::object::person_object;
use crate::service::change::{Done, Refused, change};
use crate::service::identity::session::{LogInOutcome, LoggedIn};
use crate::service::{Result, Service};
use crate::store::{self, Transaction};

pub const SINGLE_SIGN_ON_PATH: &str = "/log-in/oidc";
/// The redirect URI's path.
pub const SINGLE_SIGN_ON_CALLBACK: &str = "/log-in/oidc/callback";

const HOW: &str = "single sign-on";

text_enum! {
    /// Why a login through the provider failed, as in the page's URL. The page has a text for each.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Problem {
        /// Neither a member nor invited.
        UnknownPerson = "unknown-person";
        UnverifiedEmail = "unverified-email";
        Provider = "provider";
        /// By the user or the provider.
        Cancelled = "cancelled";
        /// The login was started elsewhere or too long ago, or is completed.
        Expired = "expired";
    }
}

/// A refusal: the message for the user, and the reason for the log.
struct Refusal {
    problem: Problem,
    why: String,
}

impl Refusal {
    fn new(problem: Problem, why: &str) -> Self {
        Self { problem, why: why.to_owned() }
    }

    /// Logs it, without the email address or the provider's id for the user.
    fn log(self, address: &str) -> Problem {
        let Self { problem, why } = self;
        tracing::warn!(reason = problem.as_str(), why, address, "single sign-on refused");
        LogInOutcome::SingleSignOnRefused.count(1);
        problem
    }
}

impl From<oidc::Error> for Refusal {
    fn from(error: oidc::Error) -> Self {
        Self { problem: Problem::Provider, why: error.to_string() }
    }
}

/// Refuses a login from `address` that returned without a usable code.
pub fn refuse_single_sign_on(problem: Problem, why: &str, address: &str) -> Problem {
    Refusal::new(problem, why).log(address)
}

/// An outcome other than a failure of the store.
type Outcome<T> = std::result::Result<T, Refusal>;

impl Service {
    #[must_use]
    pub fn with_provider(self, provider: Provider) -> Self {
        let _ = self.provider.set(provider);
        self
    }

    pub fn single_sign_on_name(&self) -> Option<&str> {
        self.provider.get().map(Provider::name)
    }

    /// The redirect to the provider, and the state for the browser; `None` if there is no provider.
    pub async fn begin_single_sign_on(
        &self,
        address: &str,
    ) -> Option<std::result::Result<(Url, Pending), Problem>> {
        let begun = self.provider.get()?.begin(&*self.entropy, self.now()).await;
        Some(begun.map_err(|error| Refusal::from(error).log(address)))
    }

    /// Completes a login with the provider's code, in place of the session `replaced`.
    pub async fn finish_single_sign_on(
        &self,
        code: String,
        pending: Pending,
        device: &Device,
        replaced: Option<TokenHash>,
    ) -> Result<std::result::Result<LoggedIn, Problem>> {
        let outcome = self.try_single_sign_on(code, pending, device, replaced).await?;
        if outcome.is_ok() {
            LogInOutcome::SingleSignOn.count(1);
        }
        Ok(outcome.map_err(|refusal| refusal.log(&device.address)))
    }

    async fn try_single_sign_on(
        &self,
        code: String,
        pending: Pending,
        device: &Device,
        replaced: Option<TokenHash>,
    ) -> Result<Outcome<LoggedIn>> {
        let Some(provider) = self.provider.get() else {
            return Ok(Err(Refusal::new(Problem::Expired, "no provider is configured any more")));
        };
        let identity = match provider.finish(code, pending, self.now()).await {
            Ok(identity) => identity,
            Err(error) => return Ok(Err(error.into())),
        };
        let email = identity.email.as_deref().map_err(ToString::to_string);
        let email = email.and_then(|email| {
            EmailAddress::parse(email).map_err(|_| "the provider's email address is invalid".to_owned())
        });
        let device = device.clone();
        change!(self, |service, tx| {
            let user = match store::identity::find(tx, &identity.issuer, &identity.subject).await? {
                Some(user) => user,
                None => match service.introduce(tx, &identity, email.as_ref(), &device).await? {
                    Ok(user) => user,
                    Err(refusal) => return Ok(Refused(Err(refusal))),
                },
            };
            if email.as_ref() == Ok(&user.email) {
                for invitation in store::invitation::list_by_email(tx, &user.email, service.now()).await? {
                    if service.stands(tx, &invitation).await? {
                        service.join(tx, &user, &invitation, &device.address).await?;
                    }
                }
            }
            let Some(team_id) = store::user::find_home_team(tx, user.id).await? else {
                let why = "the person is no longer a member of any team";
                return Ok(Refused(Err(Refusal::new(Problem::UnknownPerson, why))));
            };
            let (logged_in, recorded) =
                service.start_session(tx, user, team_id, &device, replaced, Some(HOW)).await?;
            Ok(Done(Ok(logged_in), recorded))
        })
    }

    /// Links a provider's subject to the member or the invitation with that email address.
    async fn introduce(
        &self,
        tx: &Transaction,
        identity: &Identity,
        email: std::result::Result<&EmailAddress, &String>,
        device: &Device,
    ) -> Result<Outcome<User>> {
        let unknown = |why: &str| Ok(Err(Refusal::new(Problem::UnknownPerson, why)));
        let email = match email {
            Ok(email) => email,
            Err(why) => return Ok(Err(Refusal::new(Problem::UnverifiedEmail, why))),
        };
        let user = match store::user::find_by_email(tx, email).await? {
            // The provider has reassigned the address.
            Some((user, _)) if store::identity::is_known(tx, &identity.issuer, user.id).await? => {
                return unknown("the provider knows the member with this email address by another id");
            }
            Some((user, None)) => user,
            Some((user, Some(_))) => {
                self.take_password(tx, &user, device).await?;
                user
            }
            None if store::invitation::list_by_email(tx, email, self.now()).await?.is_empty() => {
                return unknown("no member or invitation has this email address");
            }
            None => self.add_user(tx, email.clone(), None).await?,
        };
        store::identity::add(tx, &identity.issuer, &identity.subject, user.id, self.now()).await?;
        Ok(Ok(user))
    }

    /// Removes a person's password and sessions, perhaps of an impostor, when a provider first confirms their address.
    async fn take_password(&self, tx: &Transaction, user: &User, device: &Device) -> Result<()> {
        store::user::update_password(tx, user.id, None).await?;
        store::session::remove_of_user(tx, user.id).await?;
        for team_id in store::membership::list_teams(tx, user.id).await? {
            let object = person_object(user, Some(format!("removed at the first login by {HOW}")));
            let action = AuditAction::UpdatePassword;
            let event = AuditEvent::by_person(user, team_id, self.now(), action, object, &device.address);
            self.record_event(tx, event).await?;
        }
        Ok(())
    }
}
