//! API keys: made, listed, revoked.

use strongroom_shared::input::CreateApiKeyInput;
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{Permission, Role, Uuid};

use super::{Error, Result, Service};
use crate::crypto::Token;
use crate::domain::clock::parse_time;
use crate::domain::filter::{ApiKeyColumn, Listing};
use crate::domain::team::is_label;
use crate::domain::{
    Actor, ApiKey, ApiKeyId, AuditAction, AuditEvent, AuditObject, Principal, Slug, Team, TeamId, Time,
    UserId,
};
use crate::store::{self, Transaction};

impl Service {
    /// Makes a key for the one who asks.
    ///
    /// # Errors
    /// A rule is broken, or they may not.
    pub async fn create_api_key(&self, actor: &Actor, input: CreateApiKeyInput) -> Result<(ApiKeyId, Token)> {
        let expires = match &input.expires_at {
            None => None,
            Some(text) => Some(parse_time(&text.0).ok_or("`expires_at` is a time in the form of RFC 3339.")?),
        };
        let role = input.role.unwrap_or(actor.role);
        actor.require(Permission::CreateApiKey)?;
        if !actor.may_grant(role) {
            return Err(Error::BeyondOwnRole);
        }
        if input.user_id.is_some_and(|id| id != actor.user_id()) {
            return Err("A key is made for oneself: `user_id` is that of `auth_info`.".into());
        }
        let user_id = match &actor.principal {
            Principal::Person { user, .. } => Some(user.id),
            Principal::Key(key) => key.user_id,
        };
        let tx = self.store.begin().await?;
        let (key, token) = self
            .add_api_key(&tx, actor.team_id(), user_id, input.name, role, expires)
            .await?;
        self.record(&tx, actor, AuditAction::CreateApiKey, key_object(&key))
            .await?;
        tx.commit().await?;
        Ok((key.id, token))
    }

    /// Makes a key that belongs to nobody, on the server's command line.
    ///
    /// # Errors
    /// A rule is broken, or there is no such team.
    pub async fn create_program_key(
        &self,
        team: &Slug,
        name: String,
        role: Role,
        lifetime: Option<std::time::Duration>,
    ) -> Result<Token> {
        let expires = match lifetime {
            None => None,
            Some(lifetime) => Some(
                chrono::TimeDelta::from_std(lifetime)
                    .ok()
                    .and_then(|lifetime| self.now().checked_add_signed(lifetime))
                    .ok_or("A key's life is too long.")?,
            ),
        };
        let tx = self.store.begin().await?;
        let team: Team = self.find_team(&tx, team).await?;
        let (key, token) = self.add_api_key(&tx, team.id, None, name, role, expires).await?;
        let event = AuditEvent::by_system(team.id, self.now(), AuditAction::CreateApiKey, key_object(&key));
        self.record_event(&tx, event).await?;
        tx.commit().await?;
        Ok(token)
    }

    async fn add_api_key(
        &self,
        tx: &Transaction,
        team_id: TeamId,
        user_id: Option<UserId>,
        name: String,
        role: Role,
        expires: Option<Time>,
    ) -> Result<(ApiKey, Token)> {
        let now = self.now();
        if !is_label(&name) {
            return Err(
                "A key's name has 1 to 100 characters, no control characters, and no white space at its \
                        start or end."
                    .into(),
            );
        }
        if expires.is_some_and(|expires| expires <= now) {
            return Err("A key expires in the future.".into());
        }
        let id = ApiKeyId(self.new_id());
        let key = ApiKey {
            id,
            team_id,
            user_id,
            name,
            role,
            created: now,
            expires,
            last_used: None,
        };
        let token = Token::generate(&*self.entropy);
        store::api_key::add(tx, &key, &token.hash().0).await?;
        Ok((key, token))
    }

    /// Those of the team's keys that are asked for.
    ///
    /// # Errors
    /// They may not.
    pub async fn list_api_keys(&self, actor: &Actor, listing: &Listing<ApiKeyColumn>) -> Result<Vec<ApiKey>> {
        actor.require(Permission::ReadApiKey)?;
        Ok(store::api_key::list(&self.store, actor.team_id(), listing).await?)
    }

    /// Revokes a key of the team: it is refused from the next request on.
    ///
    /// # Errors
    /// They may not.
    pub async fn delete_api_key(&self, actor: &Actor, id: Uuid) -> Result<SuccessPayload> {
        let tx = self.store.begin().await?;
        actor.require(Permission::DeleteApiKey)?;
        let Some(key) = store::api_key::find(&tx, actor.team_id(), ApiKeyId(id)).await? else {
            return Ok(SuccessPayload::refused("There is no API key with that id."));
        };
        store::api_key::remove(&tx, key.id).await?;
        self.record(&tx, actor, AuditAction::DeleteApiKey, key_object(&key))
            .await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }
}

fn key_object(key: &ApiKey) -> AuditObject {
    AuditObject {
        id: Some(key.id.0),
        name: Some(key.name.clone()),
        detail: Some(key.role.to_string()),
    }
}
