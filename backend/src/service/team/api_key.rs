//! API keys: made, listed, limited, revoked.

use strongroom_shared::input::{CreateApiKeyInput, UpdateApiKeyInput};
use strongroom_shared::{Permission, RoleName, SecretPattern, Uuid};

use crate::crypto::Token;
use crate::domain::clock::parse_time;
use crate::domain::filter::{ApiKeyColumn, Listing};
use crate::domain::key::parse_patterns;
use crate::domain::rule::Rule;
use crate::domain::team::is_label;
use crate::domain::{
    Actor, ApiKey, ApiKeyId, AuditAction, AuditEvent, AuditObject, Principal, Role, Slug, TeamId, Time,
    UserId,
};
use crate::service::audit::object::key_object;
use crate::service::change::{Answer, Done, change, refused};
use crate::service::team::role::find_role;
use crate::service::{Result, Service};
use crate::store::{self, Transaction};

const MISSING: &str = "There is no API key with that id.";
const NAME_RULE: &str = "A key's name has 1 to 100 characters, no control characters, and no white space or invisible \
                         characters at its start or end.";

struct NewKey {
    team_id: TeamId,
    user_id: Option<UserId>,
    name: String,
    role: Role,
    secrets: Option<Vec<SecretPattern>>,
    expires: Option<Time>,
    created_by: String,
}

impl Service {
    pub async fn create_api_key(&self, actor: &Actor, input: CreateApiKeyInput) -> Result<(ApiKeyId, Token)> {
        let expires = match &input.expires_at {
            None => None,
            Some(text) => Some(
                parse_time(&text.0)
                    .ok_or_else(|| Rule::new("`expires_at` is a time in the form of RFC 3339."))?,
            ),
        };
        let secrets = match input.secrets {
            None => None,
            Some(texts) if texts.is_empty() => {
                return Err(Rule::new(
                    "A limited key has at least one name or prefix. Leave `secrets` out for all.",
                )
                .into());
            }
            Some(texts) => parse_patterns(texts)?,
        };
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::CreateApiKey)?;
            let role = match &input.role {
                None => actor.role.clone(),
                Some(name) => find_role(tx, actor.team_id(), name).await?,
            };
            actor.require_holding(role.permissions)?;
            if let Principal::Key(ApiKey { expires: Some(end), .. }) = &actor.principal
                && expires.is_none_or(|expires| expires > *end)
            {
                return Err(Rule::new("A key makes none that outlives it: give `expires_at`.").into());
            }
            if input.user_id.is_some_and(|id| id != actor.user_id()) {
                return Err(Rule::new("A key is made for oneself: `user_id` is that of `auth_info`.").into());
            }
            let new = NewKey {
                team_id: actor.team_id(),
                user_id: match &actor.principal {
                    Principal::Person { user, .. } => Some(user.id),
                    Principal::Key(key) => key.user_id,
                },
                name: input.name,
                role,
                secrets,
                expires,
                created_by: actor.name().to_owned(),
            };
            let (key, token) = service.add_api_key(tx, new).await?;
            let recorded = service.record(tx, &actor, AuditAction::CreateApiKey, key_object(&key)).await?;
            Ok(Done((key.id, token), recorded))
        })
    }

    /// Makes a key that is the team's own, on the server's command line.
    pub async fn create_program_key(
        &self,
        team: &Slug,
        name: String,
        role: &RoleName,
        secrets: Vec<String>,
        lifetime: Option<std::time::Duration>,
    ) -> Result<Token> {
        let expires = match lifetime {
            None => None,
            Some(lifetime) => Some(
                chrono::TimeDelta::from_std(lifetime)
                    .ok()
                    .and_then(|lifetime| self.now().checked_add_signed(lifetime))
                    .ok_or_else(|| Rule::new("A key's life is too long."))?,
            ),
        };
        let secrets = parse_patterns(secrets)?;
        let (team, role) = (team.clone(), role.clone());
        change!(self, |service, tx| {
            let team = service.find_team(tx, &team).await?;
            let new = NewKey {
                team_id: team.id,
                user_id: None,
                name,
                role: find_role(tx, team.id, &role).await?,
                secrets,
                expires,
                created_by: "command line".to_owned(),
            };
            let (key, token) = service.add_api_key(tx, new).await?;
            let event =
                AuditEvent::by_system(team.id, service.now(), AuditAction::CreateApiKey, key_object(&key));
            let recorded = service.record_event(tx, event).await?;
            Ok(Done(token, recorded))
        })
    }

    async fn add_api_key(&self, tx: &Transaction, new: NewKey) -> Result<(ApiKey, Token)> {
        let now = self.now();
        if !is_label(&new.name) {
            return Err(Rule::new(NAME_RULE).into());
        }
        if new.expires.is_some_and(|expires| expires <= now) {
            return Err(Rule::new("A key expires in the future.").into());
        }
        let key = ApiKey {
            id: ApiKeyId(self.new_id()),
            team_id: new.team_id,
            user_id: new.user_id,
            name: new.name,
            role: new.role,
            secrets: new.secrets,
            created: now,
            created_by: new.created_by,
            expires: new.expires,
            last_used: None,
        };
        let token = Token::generate(&*self.entropy);
        store::api_key::add(tx, &key, &token.hash().0).await?;
        Ok((key, token))
    }

    /// Renames a key of the team, or limits it to other secrets: it counts at the key's next request.
    pub async fn update_api_key(&self, actor: &Actor, input: UpdateApiKeyInput) -> Result<Answer<()>> {
        if input.name.as_deref().is_some_and(|name| !is_label(name)) {
            return Err(Rule::new(NAME_RULE).into());
        }
        let secrets = input.secrets.map(parse_patterns).transpose()?;
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::UpdateApiKey)?;
            let Some(mut key) = store::api_key::find(tx, actor.team_id(), ApiKeyId(input.key_id)).await?
            else {
                return refused(MISSING);
            };
            actor.require_holding(key.role.permissions)?;
            let before = key_object(&key);
            if let Some(name) = input.name {
                key.name = name;
            }
            if let Some(secrets) = secrets {
                key.secrets = secrets;
            }
            store::api_key::update(tx, &key).await?;
            let renamed = (before.name.as_deref() != Some(&key.name)).then_some(before.name).flatten();
            let object = key_object(&key);
            let object = AuditObject {
                detail: match (object.detail, renamed) {
                    (detail, None) => detail,
                    (detail, Some(name)) => Some(format!("{}, was {name}", detail.unwrap_or_default())),
                },
                ..object
            };
            service.done(tx, &actor, AuditAction::UpdateApiKey, object).await
        })
    }

    pub async fn list_api_keys(
        &self,
        actor: &Actor,
        mut listing: Listing<ApiKeyColumn>,
    ) -> Result<Vec<ApiKey>> {
        actor.require(Permission::ReadApiKey)?;
        let part = listing.window;
        let read = |window| async move {
            listing.window = window;
            Ok(store::api_key::list(&self.store, actor.team_id(), &listing).await?)
        };
        actor.budget.list(part, read).await
    }

    /// Revokes a key of the team: it is refused from the next request on.
    pub async fn delete_api_key(&self, actor: &Actor, id: Uuid) -> Result<Answer<()>> {
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::DeleteApiKey)?;
            let Some(key) = store::api_key::find(tx, actor.team_id(), ApiKeyId(id)).await? else {
                return refused(MISSING);
            };
            store::api_key::revoke(tx, key.id, service.now()).await?;
            service.done(tx, &actor, AuditAction::DeleteApiKey, key_object(&key)).await
        })
    }
}
