//! API keys: create, list, limit, revoke.

use std::time::Duration;

use strongroom_shared::error_code::CHANGED_MEANWHILE;
use strongroom_shared::input::{CreateApiKeyInput, UpdateApiKeyInput};
use strongroom_shared::{DateTime, Permission, RoleName, Uuid};

use crate::crypto::Token;
use crate::domain::clock::parse_time;
use crate::domain::filter::{ApiKeyColumn, Listing};
use crate::domain::key::parse_patterns;
use crate::domain::team::is_label;
use crate::domain::{Actor, ApiKey, ApiKeyId, AuditAction, Principal, Rule, Slug};
use crate::service::audit::object::key_object;
use crate::service::change::{Answer, Done, change, refused};
use crate::service::team::role::find_role;
use crate::service::{Result, Service, after, list};
use crate::store::{self, Transaction};

const MISSING: &str = "There is no API key with that id.";
const NAME_RULE: &str = "A key's name must have 1 to 100 characters, no control characters, and no white space or \
                         invisible characters at its start or end.";

impl Service {
    pub async fn create_api_key(&self, actor: &Actor, input: CreateApiKeyInput) -> Result<(ApiKeyId, Token)> {
        let parse = |text: &DateTime| {
            parse_time(&text.0)
                .ok_or_else(|| Rule::new("`expires_at` must be a time in the form of RFC 3339."))
        };
        let expires = input.expires_at.as_ref().map(parse).transpose()?;
        let is_valid = input.secrets.as_ref().is_none_or(|secrets| !secrets.is_empty());
        Rule::require(is_valid, "A limited key needs a name or prefix. Omit `secrets` for no limits.")?;
        let secrets = input.secrets.map(parse_patterns).transpose()?.flatten();
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::CreateApiKey)?;
            actor.require_no_login()?;
            let role = match &input.role {
                None => actor.role.clone(),
                Some(name) => find_role(tx, actor.team_id(), name).await?,
            };
            actor.require_holding(role.permissions)?;
            if let Principal::Key(ApiKey { expires: Some(end), .. }) = &actor.principal {
                let is_within = expires.is_some_and(|expires| expires <= *end);
                Rule::require(is_within, "A key can't create one that outlives it: set `expires_at`.")?;
            }
            let is_own = input.user_id.is_none_or(|id| id == actor.user_id());
            Rule::require(is_own, "You can only create keys for yourself: omit `user_id`.")?;
            let key = ApiKey {
                id: ApiKeyId(service.new_id()),
                team_id: actor.team_id(),
                user_id: actor.owner(),
                name: input.name,
                role,
                secrets,
                created: service.now(),
                created_by: actor.name().to_owned(),
                expires,
                last_used: None,
            };
            let token = service.add_api_key(tx, &key).await?;
            let recorded = service.record(tx, &actor, AuditAction::CreateApiKey, key_object(&key)).await?;
            Ok(Done((key.id, token), recorded))
        })
    }

    /// Creates a key that the team owns; for the command line.
    pub async fn create_program_key(
        &self,
        team: &Slug,
        name: String,
        role: &RoleName,
        secrets: Vec<String>,
        lifetime: Option<Duration>,
    ) -> Result<Token> {
        let end =
            |lifetime| after(self.now(), lifetime).ok_or_else(|| Rule::new("A key's lifetime is too long."));
        let expires = lifetime.map(end).transpose()?;
        let secrets = parse_patterns(secrets)?;
        let (team, role) = (team.clone(), role.clone());
        change!(self, |service, tx| {
            let team = service.find_team(tx, &team).await?;
            let key = ApiKey {
                id: ApiKeyId(service.new_id()),
                team_id: team.id,
                user_id: None,
                name,
                role: find_role(tx, team.id, &role).await?,
                secrets,
                created: service.now(),
                created_by: "command line".to_owned(),
                expires,
                last_used: None,
            };
            let token = service.add_api_key(tx, &key).await?;
            let object = key_object(&key);
            let recorded = service.record_by_system(tx, team.id, AuditAction::CreateApiKey, object).await?;
            Ok(Done(token, recorded))
        })
    }

    async fn add_api_key(&self, tx: &Transaction, key: &ApiKey) -> Result<Token> {
        Rule::require(is_label(&key.name), NAME_RULE)?;
        Rule::require(!key.has_expired(self.now()), "A key's expiry must be in the future.")?;
        let token = Token::generate(&*self.entropy);
        store::api_key::add(tx, key, &token.hash().0).await?;
        Ok(token)
    }

    /// Renames a key, or limits it to other secrets, from its next request on.
    pub async fn update_api_key(&self, actor: &Actor, input: UpdateApiKeyInput) -> Result<Answer<()>> {
        Rule::require(input.name.as_deref().is_none_or(is_label), NAME_RULE)?;
        let secrets = input.secrets.map(parse_patterns).transpose()?;
        let expected = input.expected_secrets.map(parse_patterns).transpose()?;
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::UpdateApiKey)?;
            let Some(mut key) =
                store::api_key::find_held(tx, actor.team_id(), ApiKeyId(input.key_id)).await?
            else {
                return refused(MISSING);
            };
            actor.require_holding(key.role.permissions)?;
            if expected.is_some_and(|expected| expected != key.secrets) {
                return refused(CHANGED_MEANWHILE);
            }
            let before = key_object(&key);
            key.name = input.name.unwrap_or(key.name);
            key.secrets = secrets.unwrap_or(key.secrets);
            store::api_key::update(tx, &key).await?;
            let renamed = (before.name.as_deref() != Some(&key.name)).then_some(before.name).flatten();
            let mut object = key_object(&key);
            if let Some(name) = renamed {
                object.detail = Some(format!("{}, was {name}", object.detail.unwrap_or_default()));
            }
            service.done(tx, &actor, AuditAction::UpdateApiKey, object).await
        })
    }

    pub async fn list_api_keys(&self, actor: &Actor, listing: Listing<ApiKeyColumn>) -> Result<Vec<ApiKey>> {
        actor.require(Permission::ReadApiKey)?;
        let window = listing.window;
        let read = |window| async move {
            store::api_key::list_held(&self.store, actor.team_id(), &Listing { window, ..listing }).await
        };
        list(actor, window, read).await
    }

    /// Revokes a key, from the next request on.
    pub async fn delete_api_key(&self, actor: &Actor, id: Uuid) -> Result<Answer<()>> {
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::DeleteApiKey)?;
            let Some(key) = store::api_key::find_held(tx, actor.team_id(), ApiKeyId(id)).await? else {
                return refused(MISSING);
            };
            store::api_key::revoke(tx, key.id, service.now()).await?;
            service.done(tx, &actor, AuditAction::DeleteApiKey, key_object(&key)).await
        })
    }
}
