//! People: added to teams, and their passwords.

use std::sync::Arc;

use strongroom_shared::{Role, limit};

use super::{Error, Result, Service};
use crate::crypto::PasswordHash;
use crate::domain::{AuditAction, AuditEvent, AuditObject, EmailAddress, Slug, TeamId, User, UserId};
use crate::store::{self, Transaction};

impl Service {
    /// Adds a person to a team, on the server's command line. Someone who is in another team already keeps their
    /// password; `false` says so.
    ///
    /// # Errors
    /// A rule is broken, there is no such team, or they are in it already.
    pub async fn create_user(
        &self,
        team: &Slug,
        email: &EmailAddress,
        role: Role,
        password: String,
    ) -> Result<bool> {
        if !role.fits_person() {
            return Err("A runner is a program: make it a key with `admin create-key`.".into());
        }
        let hash = self.hash_password(password).await?;
        let tx = self.store.begin().await?;
        let team = self.find_team(&tx, team).await?;
        let known = store::user::find_by_email(&tx, email).await?;
        let is_new = known.is_none();
        let user = match known {
            Some((user, _)) if store::membership::find(&tx, team.id, user.id).await?.is_some() => {
                return Err("That person is a member of the team already.".into());
            }
            Some((user, _)) => user,
            None => self.add_user(&tx, email.clone(), &hash).await?,
        };
        let event = self.add_member(&tx, team.id, &user, role).await?;
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
        let (user, _) = store::user::find_by_email(&tx, email)
            .await?
            .ok_or("There is no person with that e-mail address.")?;
        store::user::update_password(&tx, user.id, hash.as_str()).await?;
        store::session::remove_of_user(&tx, user.id).await?;
        for team_id in store::membership::list(&tx, user.id).await? {
            let event = AuditEvent::by_system(
                team_id,
                self.now(),
                AuditAction::ResetPassword,
                person_object(&user, None),
            );
            self.record_event(&tx, event).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Adds a person to a change in the making.
    pub(super) async fn add_user(
        &self,
        tx: &Transaction,
        email: EmailAddress,
        hash: &PasswordHash,
    ) -> Result<User> {
        let user = User {
            id: UserId(self.new_id()),
            email,
            created: self.now(),
        };
        store::user::add(tx, &user, hash.as_str()).await?;
        Ok(user)
    }

    /// Adds a membership to a change in the making; the event is the caller's to record.
    pub(super) async fn add_member(
        &self,
        tx: &Transaction,
        team_id: TeamId,
        user: &User,
        role: Role,
    ) -> Result<AuditEvent> {
        store::membership::add(tx, team_id, user.id, role, self.now()).await?;
        Ok(AuditEvent::by_system(
            team_id,
            self.now(),
            AuditAction::CreateMember,
            person_object(user, Some(role)),
        ))
    }

    /// Hashes a password that fits the rules, without keeping others waiting.
    pub(super) async fn hash_password(&self, password: String) -> Result<PasswordHash> {
        if password.chars().count() < limit::PASSWORD_MIN_CHARS {
            return Err("A password has at least 12 characters.".into());
        }
        if password.len() > limit::PASSWORD_MAX_BYTES {
            return Err("A password has at most 1024 bytes.".into());
        }
        let entropy = Arc::clone(&self.entropy);
        self.with_hasher(password, move |hasher, password| hasher.hash(password, &*entropy))
            .await
    }

    /// Checks a password, without keeping others waiting.
    pub(super) async fn verify_password(&self, password: String, hash: Option<PasswordHash>) -> Result<bool> {
        self.with_hasher(password, move |hasher, password| {
            hasher.verify(password, hash.as_ref())
        })
        .await
    }

    async fn with_hasher<T: Send + 'static>(
        &self,
        password: String,
        work: impl FnOnce(&crate::crypto::PasswordHasher, &str) -> T + Send + 'static,
    ) -> Result<T> {
        let password = zeroize::Zeroizing::new(password);
        let hasher = Arc::clone(&self.passwords);
        let permit = Arc::clone(&self.hashing).acquire_owned().await;
        let permit = permit.map_err(|_| Error::Broken("the hashing queue is closed"))?;
        // The permit goes with the work, which goes on when the one who asked has gone away.
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work(&hasher, &password)
        })
        .await
        .map_err(|_| Error::Broken("hashing a password panicked"))
    }
}

fn person_object(user: &User, role: Option<Role>) -> AuditObject {
    AuditObject {
        id: Some(user.id.0),
        name: Some(user.email.as_str().to_owned()),
        detail: role.map(|role| role.to_string()),
    }
}
