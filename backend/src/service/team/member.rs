//! Members: add, change, remove.

use strongroom_shared::error_code::CHANGED_MEANWHILE;
use strongroom_shared::input::{EndMemberSessionsInput, RemoveMemberInput, UpdateMemberInput};
use strongroom_shared::permission::READING;
use strongroom_shared::{Permission, RoleName};

use crate::crypto::PasswordHash;
use crate::domain::filter::Window;
use crate::domain::password::check_password;
use crate::domain::{
    Actor, ApiKey, AuditAction, AuditEvent, EmailAddress, Member, Principal, Rule, Slug, TeamId, User, UserId,
};
use crate::service::audit::object::{invitation_object, key_object, person_object};
use crate::service::change::{Answer, Done, Recorded, change, refused};
use crate::service::team::role::find_person_role;
use crate::service::{Error, Result, Service, list};
use crate::store::{self, Transaction};

const MISSING: &str = "There is no member with that id.";
pub(in crate::service) const ALREADY_MEMBER: &str = "That person is already a member of the team.";
const OTHER_PASSWORD: &str = "That person has an account with another password. Enter theirs, or give them a new one with \
                              `admin reset-password`.";
const KEYS_ARE_REVOKED: &str =
    "Your keys are revoked when you leave. To keep them, have someone else remove you.";
const LAST_ADMINISTRATOR: &str = "The team needs an administrator. Make someone else an administrator first.";

impl Service {
    /// Adds a person to a team. `false` if they already have an account, whose password must match, because another person
    /// may have taken the address.
    pub async fn create_user(
        &self,
        team: &Slug,
        email: &EmailAddress,
        role: &RoleName,
        password: String,
    ) -> Result<bool> {
        let before = store::user::find_by_email(&self.store, email).await?;
        if before.is_none() {
            EmailAddress::parse_new(email.as_str())?;
            check_password(&password)?;
        }
        if let Some((user, _)) = &before {
            let team = self.find_team(&self.store, team).await?;
            let membership = store::membership::find(&self.store, team.id, user.id).await?;
            Rule::require(membership.is_none(), ALREADY_MEMBER)?;
        }
        let hash = match &before {
            None => self.hash_password(password).await?,
            Some((_, hash)) => {
                let hash = hash.clone().map(PasswordHash::from_text);
                let place = self.take_hashing_place().ok_or(Error::Busy)?;
                let verified = self.verify_password(place, password, hash.clone()).await?;
                Rule::require(verified.is_right(), OTHER_PASSWORD)?;
                hash.ok_or_else(|| Rule::new(OTHER_PASSWORD))?
            }
        };
        let (team, email, role) = (team.clone(), email.clone(), role.clone());
        change!(self, |service, tx| {
            let team = service.find_team(tx, &team).await?;
            let role = find_person_role(tx, team.id, &role).await?;
            let known = store::user::find_by_email(tx, &email).await?;
            Rule::require(known == before, "The account has just been changed. Try again.")?;
            let is_new = known.is_none();
            let user = match known {
                Some((user, _)) => user,
                None => service.add_user(tx, email, Some(&hash)).await?,
            };
            let membership = store::membership::find(tx, team.id, user.id).await?;
            Rule::require(membership.is_none(), ALREADY_MEMBER)?;
            store::membership::add(tx, team.id, user.id, role.id, service.now()).await?;
            let object = person_object(&user, Some(role.to_string()));
            let recorded = service.record_by_system(tx, team.id, AuditAction::CreateMember, object).await?;
            Ok(Done(is_new, recorded))
        })
    }

    /// Gives a person a new password and ends their sessions; for the command line.
    pub async fn reset_password(&self, email: &EmailAddress, password: String) -> Result<()> {
        let hash = self.hash_password(password).await?;
        let email = email.clone();
        change!(self, |service, tx| {
            let (user, recorded) = service.end_sessions_of(tx, &email, AuditAction::UpdatePassword).await?;
            store::user::update_password(tx, user.id, Some(hash.as_str())).await?;
            Ok(Done((), recorded))
        })
    }

    /// Ends a person's sessions; for the command line.
    pub async fn end_sessions(&self, email: &EmailAddress) -> Result<()> {
        let email = email.clone();
        change!(self, |service, tx| {
            let (_, recorded) = service.end_sessions_of(tx, &email, AuditAction::EndMemberSessions).await?;
            Ok(Done((), recorded))
        })
    }

    /// Ends a person's sessions, and records the action in the log of each of their teams.
    async fn end_sessions_of(
        &self,
        tx: &Transaction,
        email: &EmailAddress,
        action: AuditAction,
    ) -> Result<(User, Recorded)> {
        let (user, _) = store::user::find_by_email(tx, email)
            .await?
            .ok_or_else(|| Rule::new("There is no person with that email address."))?;
        store::session::remove_of_user(tx, user.id).await?;
        let teams = store::membership::list_teams(tx, user.id).await?.into_iter();
        let event = |team| AuditEvent::by_system(team, self.now(), action, person_object(&user, None));
        let recorded = Recorded::events(tx, teams.map(event).collect()).await?;
        Ok((user, recorded))
    }

    pub async fn list_members(&self, actor: &Actor, window: Window) -> Result<Vec<Member>> {
        actor.require(Permission::ReadMember)?;
        list(actor, window, |window| store::membership::list(&self.store, actor.team_id(), window)).await
    }

    /// Changes a member's role, from their next request on.
    pub async fn update_member(&self, actor: &Actor, input: UpdateMemberInput) -> Result<Answer<()>> {
        let (team, user_id) = (actor.team_id(), UserId(input.user_id));
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::UpdateMember)?;
            let role = find_person_role(tx, team, &input.role).await?;
            let Some(before) = store::membership::find(tx, team, user_id).await? else {
                return refused(MISSING);
            };
            actor.require_holding(before.permissions | role.permissions)?;
            if input.expected_role.is_some_and(|expected| expected != before.name) {
                return refused(CHANGED_MEANWHILE);
            }
            if before.is_administrator()
                && !role.is_administrator()
                && service.is_last_administrator(tx, team).await?
            {
                return refused(LAST_ADMINISTRATOR);
            }
            store::membership::update(tx, team, user_id, role.id).await?;
            let user = find_user(tx, user_id).await?;
            let object = person_object(&user, Some(format!("{role}, was {before}")));
            service.done(tx, &actor, AuditAction::UpdateMember, object).await
        })
    }

    /// Ends all sessions of a member, in other teams too, because each can switch to this one.
    pub async fn end_member_sessions(
        &self,
        actor: &Actor,
        input: EndMemberSessionsInput,
    ) -> Result<Answer<()>> {
        let user_id = UserId(input.user_id);
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::UpdateMember)?;
            let Some(role) = store::membership::find(tx, actor.team_id(), user_id).await? else {
                return refused(MISSING);
            };
            actor.require_holding(role.permissions)?;
            store::session::remove_of_user(tx, user_id).await?;
            let object = person_object(&find_user(tx, user_id).await?, None);
            service.done(tx, &actor, AuditAction::EndMemberSessions, object).await
        })
    }

    /// Removes a member from the team, with their sessions, keys and invitations there. Members may remove themselves.
    pub async fn remove_member(&self, actor: &Actor, input: RemoveMemberInput) -> Result<Answer<()>> {
        let (team, user_id) = (actor.team_id(), UserId(input.user_id));
        let keep_api_keys = input.keep_api_keys == Some(true);
        let leaves = matches!(&actor.principal, Principal::Person { user, .. } if user.id == user_id);
        change!(self, actor, |service, tx, actor| {
            if !leaves {
                actor.require(Permission::DeleteMember)?;
            }
            if keep_api_keys {
                Rule::require(!leaves, KEYS_ARE_REVOKED)?;
                actor.require(Permission::UpdateApiKey)?;
            }
            let Some(role) = store::membership::find(tx, team, user_id).await? else {
                return refused(MISSING);
            };
            if !leaves {
                actor.require_holding(role.permissions)?;
            }
            if role.is_administrator() && service.is_last_administrator(tx, team).await? {
                return refused(LAST_ADMINISTRATOR);
            }
            let user = find_user(tx, user_id).await?;
            for key in store::api_key::list_of_user(tx, team, user_id).await? {
                // A key that can change anything is never kept.
                if keep_api_keys && READING.is_superset(key.role.permissions) {
                    let key = ApiKey { user_id: None, ..key };
                    store::api_key::update(tx, &key).await?;
                    service.record(tx, &actor, AuditAction::UpdateApiKey, key_object(&key)).await?;
                } else {
                    store::api_key::revoke(tx, key.id, service.now()).await?;
                    service.record(tx, &actor, AuditAction::DeleteApiKey, key_object(&key)).await?;
                }
            }
            for invitation in store::invitation::list_made_by(tx, team, user_id).await? {
                store::invitation::remove(tx, invitation.id).await?;
                let object = invitation_object(&invitation);
                service.record(tx, &actor, AuditAction::DeleteInvitation, object).await?;
            }
            store::membership::remove(tx, team, user_id).await?;
            match store::membership::list_teams(tx, user_id).await?.first() {
                Some(other) => store::session::move_to_team(tx, user_id, team, *other).await?,
                None => store::session::remove_of_user(tx, user_id).await?,
            }
            let object = person_object(&user, Some(role.to_string()));
            service.done(tx, &actor, AuditAction::DeleteMember, object).await
        })
    }

    async fn is_last_administrator(&self, tx: &Transaction, team: TeamId) -> Result<bool> {
        Ok(store::membership::count_administrators(tx, team).await? <= 1)
    }

    pub(in crate::service) async fn add_user(
        &self,
        tx: &Transaction,
        email: EmailAddress,
        hash: Option<&PasswordHash>,
    ) -> Result<User> {
        let user = User { id: UserId(self.new_id()), email, created: self.now() };
        store::user::add(tx, &user, hash.map(PasswordHash::as_str)).await?;
        Ok(user)
    }
}

async fn find_user(tx: &Transaction, id: UserId) -> Result<User> {
    store::user::find(tx, id).await?.ok_or(Error::Broken("a member has no user"))
}
