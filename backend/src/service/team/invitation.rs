//! Invitations: create, show, accept, withdraw.
//!
//! An invitation is for one email address. Its link is enough to create an account, but the owner of an existing account
//! has to enter their password or be logged in.

use strongroom_shared::input::{AcceptInvitationInput, InviteMemberInput};
use strongroom_shared::permission::grantable;
use strongroom_shared::{Permission, Uuid};

use super::member::ALREADY_MEMBER;
use crate::crypto::{Token, TokenHash};
use crate::domain::filter::Window;
use crate::domain::{
    Actor, AuditAction, AuditEvent, AuditObject, Device, EmailAddress, Invitation, InvitationId, Inviter,
    Principal, Rule, Team, User,
};
use crate::service::admission::permissions_of_key;
use crate::service::audit::object::{invitation_object, person_object};
use crate::service::change::{self, Answer, Done, change};
use crate::service::identity::session::{LogInOutcome, LoggedIn};
use crate::service::team::role::find_person_role;
use crate::service::{Error, Result, Service, list};
use crate::store::{self, Executor, Transaction};

const LINK_LIFETIME: chrono::TimeDelta = chrono::TimeDelta::days(7);
const INVALID_LINK: &str = "This invitation is invalid, expired or used. Ask for a new one.";
const WRONG: &str = "The password is wrong.";

/// An invitation as shown to the holder of its link.
#[derive(Debug)]
pub struct InvitationFor {
    pub team: Team,
    pub invitation: Invitation,
    pub has_password: bool,
}

impl Service {
    pub async fn invite_member(
        &self,
        actor: &Actor,
        input: InviteMemberInput,
    ) -> Result<(Invitation, Token)> {
        let email = EmailAddress::parse_new(&input.email)?;
        let team = actor.team_id();
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::CreateMember)?;
            actor.require_no_login()?;
            let role = find_person_role(tx, team, &input.role).await?;
            actor.require_holding(role.permissions)?;
            if let Some((user, _)) = store::user::find_by_email(tx, &email).await? {
                let membership = store::membership::find(tx, team, user.id).await?;
                Rule::require(membership.is_none(), ALREADY_MEMBER)?;
            }
            let now = service.now();
            for replaced in store::invitation::list_of_email(tx, team, &email).await? {
                store::invitation::remove(tx, replaced.id).await?;
                // Replacing an expired invitation changes nothing.
                if replaced.expires > now {
                    let detail = Some(format!("{}, replaced by a new one", replaced.role));
                    let object = AuditObject { detail, ..invitation_object(&replaced) };
                    service.record(tx, &actor, AuditAction::DeleteInvitation, object).await?;
                }
            }
            let invitation = Invitation {
                id: InvitationId(service.new_id()),
                team_id: team,
                email,
                role,
                created: now,
                created_by: actor.name().to_owned(),
                inviter: match &actor.principal {
                    Principal::Person { user, .. } => Inviter::Person(user.id),
                    Principal::Key(key) => Inviter::Key(key.id),
                },
                expires: now + LINK_LIFETIME,
            };
            let token = Token::generate(&*service.entropy);
            store::invitation::add(tx, &invitation, &token.hash().0).await?;
            let object = invitation_object(&invitation);
            let recorded = service.record(tx, &actor, AuditAction::CreateInvitation, object).await?;
            Ok(Done((invitation, token), recorded))
        })
    }

    pub async fn list_invitations(&self, actor: &Actor, window: Window) -> Result<Vec<Invitation>> {
        actor.require(Permission::CreateMember)?;
        let (team, now) = (actor.team_id(), self.now());
        list(actor, window, |window| store::invitation::list(&self.store, team, now, window)).await
    }

    pub async fn withdraw_invitation(&self, actor: &Actor, id: Uuid) -> Result<Answer<()>> {
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::CreateMember)?;
            let Some(invitation) = store::invitation::find(tx, actor.team_id(), InvitationId(id)).await?
            else {
                return change::refused("There is no invitation with that id.");
            };
            store::invitation::remove(tx, invitation.id).await?;
            let object = invitation_object(&invitation);
            service.done(tx, &actor, AuditAction::DeleteInvitation, object).await
        })
    }

    /// The invitation of a link; `None` if it is invalid, expired or used.
    pub async fn find_invitation(&self, token: &str) -> Result<Option<InvitationFor>> {
        let Some(token) = Token::parse(token) else { return Ok(None) };
        let Some(invitation) = self.find_working(&self.store, &token).await? else { return Ok(None) };
        let team = store::team::find(&self.store, invitation.team_id).await?;
        let team = team.ok_or(Error::Broken("an invitation has no team"))?;
        let known = store::user::find_by_email(&self.store, &invitation.email).await?;
        let has_password = known.is_some_and(|(_, hash)| hash.is_some());
        Ok(Some(InvitationFor { team, invitation, has_password }))
    }

    /// Adds the invited person to the team and logs them in, in place of the session `replaced`.
    pub async fn accept_invitation(
        &self,
        actor: Option<&Actor>,
        input: AcceptInvitationInput,
        device: &Device,
        replaced: Option<TokenHash>,
    ) -> Result<Answer<LoggedIn>> {
        let refused = |rule: &'static str| Ok(Err(Rule::new(rule)));
        let AcceptInvitationInput { token, password } = input;
        let Some(token) = Token::parse(&token) else { return refused(INVALID_LINK) };
        // Before the expensive hash, so that strangers can't make us compute one.
        let Some(invitation) = self.find_working(&self.store, &token).await? else {
            return refused(INVALID_LINK);
        };
        let is_themselves = actor.is_some_and(|actor| {
            matches!(&actor.principal, Principal::Person { user, .. } if user.email == invitation.email)
        });
        let known = store::user::find_by_email(&self.store, &invitation.email).await?;
        let (mut attempt, mut new_hash) = (None, None);
        match (&known, password) {
            (Some(_), _) if is_themselves => {}
            (Some((_, None)), _) => {
                return refused("Log in through your provider first, then follow the link again.");
            }
            (_, None) => return refused("A password is required."),
            (Some((user, Some(hash))), Some(password)) => {
                let (address, how) = (&device.address, "by an invitation");
                match self.attempt_password(user, hash, password, address, how, WRONG).await? {
                    Ok(begun) => attempt = Some(begun),
                    Err(rule) => return Ok(Err(rule)),
                }
            }
            (None, Some(password)) => new_hash = Some(self.hash_password(password).await?),
        }
        let device = device.clone();
        let accepted = change!(self, |service, tx| {
            // The link may have been used and the account changed while the password was hashed.
            let Some(invitation) = service.find_working(tx, &token).await? else {
                return change::refused(INVALID_LINK);
            };
            let now = store::user::find_by_email(tx, &invitation.email).await?;
            if now != known {
                return change::refused("The account has just been changed. Follow the link again.");
            }
            if let Some(attempt) = attempt {
                service.end_attempt(tx, attempt).await?;
            }
            let user = match known {
                Some((user, _)) => user,
                None => service.add_user(tx, invitation.email.clone(), new_hash.as_ref()).await?,
            };
            service.join(tx, &user, &invitation, &device.address).await?;
            store::user::update_last_team(tx, user.id, invitation.team_id).await?;
            let (logged_in, recorded) =
                service.start_session(tx, user, invitation.team_id, &device, replaced, None).await?;
            Ok(Done(Ok(logged_in), recorded))
        })?;
        if accepted.is_ok() {
            LogInOutcome::Ok.count(1);
        }
        Ok(accepted)
    }

    async fn find_working(&self, on: &impl Executor, token: &Token) -> Result<Option<Invitation>> {
        let found = store::invitation::find_by_token(on, &token.hash().0, self.now()).await?;
        match found {
            Some(invitation) if self.stands(on, &invitation).await? => Ok(Some(invitation)),
            _ => Ok(None),
        }
    }

    /// Whether the inviter may still invite to that role: a demoted member must not come back by their own invitation.
    pub(in crate::service) async fn stands(
        &self,
        on: &impl Executor,
        invitation: &Invitation,
    ) -> Result<bool> {
        let Invitation { team_id, role, .. } = invitation;
        let held = match invitation.inviter {
            Inviter::Person(id) => {
                store::membership::find(on, *team_id, id).await?.map(|role| role.permissions)
            }
            Inviter::Key(id) => match store::api_key::find(on, *team_id, id).await? {
                Some(key) if !key.has_expired(self.now()) => permissions_of_key(on, &key).await?,
                _ => None,
            },
        };
        Ok(held.is_some_and(|held| {
            held.contains(Permission::CreateMember) && grantable(held).is_superset(role.permissions)
        }))
    }

    /// Adds an invited person to the team. An existing member keeps their role.
    pub(in crate::service) async fn join(
        &self,
        tx: &Transaction,
        user: &User,
        invitation: &Invitation,
        address: &str,
    ) -> Result<()> {
        let Invitation { team_id, role, .. } = invitation;
        store::invitation::remove(tx, invitation.id).await?;
        if store::membership::find(tx, *team_id, user.id).await?.is_some() {
            return Ok(());
        }
        let now = self.now();
        store::membership::add(tx, *team_id, user.id, role.id, now).await?;
        let object = person_object(user, Some(format!("{role}, invited by {}", invitation.created_by)));
        let event = AuditEvent::by_person(user, *team_id, now, AuditAction::CreateMember, object, address);
        self.record_event(tx, event).await?;
        Ok(())
    }
}
