//! People: added to teams, changed, removed, and their passwords.

use std::sync::Arc;

use strongroom_shared::input::{EndMemberSessionsInput, RemoveMemberInput, UpdateMemberInput};
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::permission::READING;
use strongroom_shared::{Permission, RoleName};
use tokio::sync::OwnedSemaphorePermit;

use super::api_key::key_object;
use super::role::find_role;
use super::session::{LogInOutcome, count_log_in};
use super::{Error, Result, Service};
use crate::crypto::{PasswordHash, Verified};
use crate::domain::filter::Window;
use crate::domain::password::check_password;
use crate::domain::{
    Actor, ApiKey, AuditAction, AuditEvent, AuditObject, EmailAddress, Member, Principal, Role, Slug, TeamId,
    User, UserId,
};
use crate::store::{self, Transaction};

const MISSING: &str = "There is no member with that id.";
pub(super) const ALREADY_MEMBER: &str = "That person is a member of the team already.";
const OTHER_PASSWORD: &str = "That person has an account, with another password. Give theirs, or give them a new one with \
                              `admin reset-password`.";
const LAST_ADMINISTRATOR: &str = "The team needs an administrator: make someone else one first.";
/// What a person may be told who wants to give people a role that reads values.
pub(super) const NOT_FOR_PEOPLE: &str = "That role reads values, which only API keys do: make a key with it.";

/// A place in the queue of passwords to be hashed, held until that is done.
pub(super) type HashingPlace = OwnedSemaphorePermit;

impl Service {
    /// Adds a person to a team, on the server's command line. Someone who has an account already keeps it, if the password is
    /// theirs; `false` says so.
    ///
    /// # Errors
    /// A rule is broken, there is no such team, or they are in it already. Or they have an account with another password:
    /// whoever has it may have taken the address before its owner could.
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
            if store::membership::find(&self.store, team.id, user.id).await?.is_some() {
                return Err(ALREADY_MEMBER.into());
            }
        }
        let hash = match &before {
            None => self.hash_password(password).await?,
            Some((_, hash)) => {
                let hash = hash.clone().map(PasswordHash::from_text);
                let place = self.take_hashing_place().ok_or(Error::Busy)?;
                if !self.verify_password(place, password, hash.clone()).await?.is_right() {
                    return Err(OTHER_PASSWORD.into());
                }
                hash.ok_or(OTHER_PASSWORD)?
            }
        };
        let tx = self.store.begin().await?;
        let team = self.find_team(&tx, team).await?;
        let role = find_role(&tx, team.id, role).await?;
        if !role.fits_person() {
            return Err("A runner is a program: make it a key with `admin create-key`.".into());
        }
        let known = store::user::find_by_email(&tx, email).await?;
        if known != before {
            return Err("The account has just been changed. Try again.".into());
        }
        let is_new = known.is_none();
        let user = match known {
            Some((user, _)) if store::membership::find(&tx, team.id, user.id).await?.is_some() => {
                return Err(ALREADY_MEMBER.into());
            }
            Some((user, _)) => user,
            None => self.add_user(&tx, email.clone(), Some(&hash)).await?,
        };
        store::membership::add(&tx, team.id, user.id, role.id, self.now()).await?;
        let object = person_object(&user, Some(&role));
        let event = AuditEvent::by_system(team.id, self.now(), AuditAction::CreateMember, object);
        self.record_event(&tx, event).await?;
        tx.commit().await?;
        Ok(is_new)
    }

    /// Gives a person a new password and ends their sessions, on the server's command line.
    ///
    /// # Errors
    /// A rule is broken, or there is no such person.
    pub async fn reset_password(&self, email: &EmailAddress, password: String) -> Result<()> {
        let hash = self.hash_password(password).await?;
        let tx = self.store.begin().await?;
        let user = self.end_sessions_of(&tx, email, AuditAction::UpdatePassword).await?;
        store::user::update_password(&tx, user.id, Some(hash.as_str())).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a person's sessions, on the server's command line.
    ///
    /// # Errors
    /// There is no such person.
    pub async fn end_sessions(&self, email: &EmailAddress) -> Result<()> {
        let tx = self.store.begin().await?;
        self.end_sessions_of(&tx, email, AuditAction::EndMemberSessions).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a person's sessions in a transaction, and records the action in the log of each of their teams.
    async fn end_sessions_of(
        &self,
        tx: &Transaction,
        email: &EmailAddress,
        action: AuditAction,
    ) -> Result<User> {
        let (user, _) = store::user::find_by_email(tx, email)
            .await?
            .ok_or("There is no person with that e-mail address.")?;
        store::session::remove_of_user(tx, user.id).await?;
        for team_id in store::membership::list_teams(tx, user.id).await? {
            let event = AuditEvent::by_system(team_id, self.now(), action, person_object(&user, None));
            self.record_event(tx, event).await?;
        }
        Ok(user)
    }

    /// The people in the team, by address.
    ///
    /// # Errors
    /// They may not.
    pub async fn list_members(&self, actor: &Actor, window: Window) -> Result<Vec<Member>> {
        actor.require(Permission::ReadMember)?;
        let team = actor.team_id();
        let read = |window| async move { Ok(store::membership::list(&self.store, team, window).await?) };
        actor.budget.list(window, read).await
    }

    /// Changes what a person is in the team: it counts at their next request.
    ///
    /// # Errors
    /// A rule is broken, or they may not.
    pub async fn update_member(&self, actor: &Actor, input: UpdateMemberInput) -> Result<SuccessPayload> {
        let (team, user_id) = (actor.team_id(), UserId(input.user_id));
        let (tx, actor) = self.begin(actor).await?;
        actor.require(Permission::UpdateMember)?;
        let role = find_role(&tx, team, &input.role).await?;
        if !role.fits_person() {
            return Err(NOT_FOR_PEOPLE.into());
        }
        let Some(before) = store::membership::find(&tx, team, user_id).await? else {
            return Ok(SuccessPayload::refused(MISSING));
        };
        actor.require_holding(before.permissions | role.permissions)?;
        if before.is_administrator()
            && !role.is_administrator()
            && self.is_last_administrator(&tx, team).await?
        {
            return Ok(SuccessPayload::refused(LAST_ADMINISTRATOR));
        }
        store::membership::update(&tx, team, user_id, role.id).await?;
        let user = store::user::find(&tx, user_id).await?;
        let user = user.ok_or(Error::Broken("a member is nobody"))?;
        let object =
            AuditObject { detail: Some(format!("{role}, was {before}")), ..person_object(&user, None) };
        self.record(&tx, &actor, AuditAction::UpdateMember, object).await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// Ends all sessions of a member, including those that act in another team, because each can switch to this one.
    ///
    /// # Errors
    /// They may not.
    pub async fn end_member_sessions(
        &self,
        actor: &Actor,
        input: EndMemberSessionsInput,
    ) -> Result<SuccessPayload> {
        let user_id = UserId(input.user_id);
        let (tx, actor) = self.begin(actor).await?;
        actor.require(Permission::UpdateMember)?;
        let Some(role) = store::membership::find(&tx, actor.team_id(), user_id).await? else {
            return Ok(SuccessPayload::refused(MISSING));
        };
        actor.require_holding(role.permissions)?;
        store::session::remove_of_user(&tx, user_id).await?;
        let user = store::user::find(&tx, user_id).await?;
        let object = person_object(&user.ok_or(Error::Broken("a member is nobody"))?, None);
        self.record(&tx, &actor, AuditAction::EndMemberSessions, object).await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// Takes a person out of the team, with what they have there: sessions, keys, invitations they made. Anybody may
    /// leave themselves.
    ///
    /// # Errors
    /// They may not.
    pub async fn remove_member(&self, actor: &Actor, input: RemoveMemberInput) -> Result<SuccessPayload> {
        let (team, user_id) = (actor.team_id(), UserId(input.user_id));
        let keep_api_keys = input.keep_api_keys == Some(true);
        let leaves = matches!(&actor.principal, Principal::Person { user, .. } if user.id == user_id);
        let (tx, actor) = self.begin(actor).await?;
        if !leaves {
            actor.require(Permission::DeleteMember)?;
        }
        if keep_api_keys {
            if leaves {
                return Err(
                    "Whoever leaves leaves without their keys. Someone else can keep them by removing you."
                        .into(),
                );
            }
            actor.require(Permission::UpdateApiKey)?;
        }
        let Some(role) = store::membership::find(&tx, team, user_id).await? else {
            return Ok(SuccessPayload::refused(MISSING));
        };
        if !leaves {
            actor.require_holding(role.permissions)?;
        }
        if role.is_administrator() && self.is_last_administrator(&tx, team).await? {
            return Ok(SuccessPayload::refused(LAST_ADMINISTRATOR));
        }
        let user = store::user::find(&tx, user_id).await?;
        let user = user.ok_or(Error::Broken("a member is nobody"))?;
        for key in store::api_key::list_of_user(&tx, team, user_id).await? {
            // What changes anything is never kept.
            if keep_api_keys && READING.is_superset(key.role.permissions) {
                let key = ApiKey { user_id: None, ..key };
                store::api_key::update(&tx, &key).await?;
                self.record(&tx, &actor, AuditAction::UpdateApiKey, key_object(&key)).await?;
            } else {
                store::api_key::revoke(&tx, key.id, self.now()).await?;
                self.record(&tx, &actor, AuditAction::DeleteApiKey, key_object(&key)).await?;
            }
        }
        for invitation in store::invitation::list_made_by(&tx, team, user_id).await? {
            store::invitation::remove(&tx, invitation.id).await?;
            let object = super::invitation::invitation_object(&invitation);
            self.record(&tx, &actor, AuditAction::DeleteInvitation, object).await?;
        }
        store::membership::remove(&tx, team, user_id).await?;
        match store::membership::list_teams(&tx, user_id).await?.first() {
            Some(other) => store::session::move_to_team(&tx, user_id, team, *other).await?,
            None => store::session::remove_of_user(&tx, user_id).await?,
        }
        let object = person_object(&user, Some(&role));
        self.record(&tx, &actor, AuditAction::DeleteMember, object).await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    async fn is_last_administrator(&self, tx: &Transaction, team: TeamId) -> Result<bool> {
        Ok(store::membership::count_administrators(tx, team).await? <= 1)
    }

    /// Adds a person to a change in the making.
    pub(super) async fn add_user(
        &self,
        tx: &Transaction,
        email: EmailAddress,
        hash: Option<&PasswordHash>,
    ) -> Result<User> {
        let user = User { id: UserId(self.new_id()), email, created: self.now() };
        store::user::add(tx, &user, hash.map(PasswordHash::as_str)).await?;
        Ok(user)
    }

    /// Hashes a password that fits the rules, without keeping others waiting.
    pub(super) async fn hash_password(&self, password: String) -> Result<PasswordHash> {
        check_password(&password)?;
        let place = self.take_hashing_place().ok_or(Error::Busy)?;
        self.hash_in_place(place, password).await
    }

    /// Hashes a password that has been checked, without keeping others waiting.
    pub(super) async fn hash_in_place(&self, place: HashingPlace, password: String) -> Result<PasswordHash> {
        let entropy = Arc::clone(&self.entropy);
        self.with_hasher(place, password, move |hasher, password| hasher.hash(password, &*entropy)).await
    }

    /// Checks a password, without keeping others waiting.
    pub(super) async fn verify_password(
        &self,
        place: HashingPlace,
        password: String,
        hash: Option<PasswordHash>,
    ) -> Result<Verified> {
        let entropy = Arc::clone(&self.entropy);
        self.with_hasher(place, password, move |hasher, password| {
            hasher.verify(password, hash.as_ref(), &*entropy)
        })
        .await
    }

    /// Takes a place in the hashing queue; `None` if it is full, which is counted.
    pub(super) fn take_hashing_place(&self) -> Option<HashingPlace> {
        let place = Arc::clone(&self.hashing_queue).try_acquire_owned().ok();
        if place.is_none() {
            count_log_in(LogInOutcome::Busy);
        }
        place
    }

    async fn with_hasher<T: Send + 'static>(
        &self,
        place: HashingPlace,
        password: String,
        work: impl FnOnce(&crate::crypto::PasswordHasher, &str) -> T + Send + 'static,
    ) -> Result<T> {
        let password = zeroize::Zeroizing::new(password);
        let hasher = Arc::clone(&self.passwords);
        let permit = Arc::clone(&self.hashing).acquire_owned().await;
        let permit = permit.map_err(|_| Error::Broken("the hashing queue is closed"))?;
        // The permit goes with the work, which goes on when the one who asked has gone away.
        tokio::task::spawn_blocking(move || {
            let _places = (place, permit);
            work(&hasher, &password)
        })
        .await
        .map_err(|_| Error::Broken("hashing a password panicked"))
    }
}

/// What the log says of a person, and of what they are.
pub(super) fn person_object(user: &User, role: Option<&Role>) -> AuditObject {
    AuditObject {
        id: Some(user.id.0),
        name: Some(user.email.as_str().to_owned()),
        detail: role.map(Role::to_string),
    }
}
