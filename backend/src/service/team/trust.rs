//! Trusts: list, set, test, remove. A trust is a key that nobody holds, so who may do what with keys may do it with trusts.

use strongroom_shared::error_code::CHANGED_MEANWHILE;
use strongroom_shared::input::{SetTrustInput, TestTrustInput};
use strongroom_shared::payload::TrustCheck;
use strongroom_shared::{BuiltInRole, Permission, Uuid, limit};

use crate::crypto::{Token, digest};
use crate::domain::clock::format_time;
use crate::domain::filter::Window;
use crate::domain::key::parse_patterns;
use crate::domain::team::is_label;
use crate::domain::trust::{IssuerKeys, OutsideIdentity, describe, parse_lifetime};
use crate::domain::{Actor, ApiKey, ApiKeyId, AuditAction, AuditObject, Login, Principal, Rule, Trust};
use crate::egress::Networks;
use crate::service::audit::object::key_object;
use crate::service::change::{Answer, Done, change, refused};
use crate::service::identity::issuers::{Issuers, Unverified};
use crate::service::team::role::find_role;
use crate::service::{Result, Service, list};
use crate::store;

const MISSING: &str = "There is no trust with that id.";
const TAKEN: &str = "There is already a trust with that name.";
const NAME_RULE: &str = "A trust's name must have 1 to 100 characters, no `/`, no control characters, and no white space or \
                         invisible characters at its start or end.";

impl Service {
    /// Sets the networks where issuers may be besides public addresses.
    #[must_use]
    pub fn with_issuer_networks(self, networks: Networks) -> Self {
        let _ = self.issuers.set(Issuers::new(networks));
        self
    }

    pub(in crate::service) fn issuers(&self) -> &Issuers {
        self.issuers.get_or_init(|| Issuers::new(Networks::new("issuer-networks", Vec::new())))
    }

    /// The team's trusts by name.
    pub async fn list_trusts(&self, actor: &Actor) -> Result<Vec<Trust>> {
        actor.require(Permission::ReadApiKey)?;
        let read = |window: Window| store::trust::list(&self.store, actor.team_id(), window.limit);
        list(actor, Window::default(), read).await
    }

    /// The last logins with a trust, newest first.
    pub async fn list_logins(&self, actor: &Actor, trust: &Trust) -> Result<Vec<Login>> {
        list(actor, Window::default(), |_| store::login::list_last(&self.store, trust.key.id)).await
    }

    /// Adds a trust, or changes one, which ends its logins.
    pub async fn set_trust(&self, actor: &Actor, input: SetTrustInput) -> Result<Answer<ApiKeyId>> {
        let identity = OutsideIdentity::parse(&input)?;
        let lifetime = parse_lifetime(input.lifetime)?;
        Rule::require(is_label(&input.name) && !input.name.contains('/'), NAME_RULE)?;
        let is_limited = input.secrets.as_ref().is_none_or(|secrets| !secrets.is_empty());
        Rule::require(is_limited, "A limited trust needs a name or prefix. Omit `secrets` for no limits.")?;
        let secrets = input.secrets.map(parse_patterns).transpose()?.flatten();
        self.issuers()
            .check(&identity)
            .map_err(|problem| Rule::new(format!("The issuer can't be trusted: {problem}.")))?;
        let expected = input.expected_updated.map(|expected| expected.0);
        let role_name = input.role.unwrap_or_else(|| BuiltInRole::Runner.into());
        change!(self, actor, |service, tx, actor| {
            let team = actor.team_id();
            let permission = match input.trust_id {
                None => Permission::CreateApiKey,
                Some(_) => Permission::UpdateApiKey,
            };
            actor.require(permission)?;
            actor.require_no_login()?;
            let is_lasting = !matches!(&actor.principal, Principal::Key(ApiKey { expires: Some(_), .. }));
            Rule::require(is_lasting, "A key that expires can't trust anybody: the trust would outlive it.")?;
            let role = find_role(tx, team, &role_name).await?;
            actor.require_holding(role.permissions)?;
            let others = store::trust::list(tx, team, None).await?;
            let is_other = |other: &&Trust| Some(other.key.id.0) != input.trust_id;
            if others.iter().filter(is_other).any(|other| other.key.name == input.name) {
                return refused(TAKEN);
            }
            let count = others.len();
            let before = input.trust_id.and_then(|id| others.into_iter().find(|other| other.key.id.0 == id));
            let key = match before {
                Some(before) => {
                    actor.require_holding(before.key.role.permissions)?;
                    if expected.is_some_and(|expected| expected != format_time(before.updated)) {
                        return refused(CHANGED_MEANWHILE);
                    }
                    if identity != before.identity {
                        actor.require(Permission::CreateApiKey)?;
                    }
                    let key =
                        ApiKey { name: input.name, role, secrets, user_id: actor.owner(), ..before.key };
                    store::api_key::update(tx, &key).await?;
                    store::login::end_all(tx, key.id, service.now()).await?;
                    key
                }
                None if input.trust_id.is_some() => return refused(MISSING),
                None => {
                    if count >= limit::TRUSTS {
                        return refused("A team can have at most 100 trusts.");
                    }
                    let key = ApiKey {
                        id: ApiKeyId(service.new_id()),
                        team_id: team,
                        user_id: actor.owner(),
                        name: input.name,
                        role,
                        secrets,
                        created: service.now(),
                        created_by: actor.name().to_owned(),
                        expires: None,
                        last_used: None,
                    };
                    // A key that nobody holds: its token is forgotten.
                    let token = Token::generate(&*service.entropy);
                    store::api_key::add(tx, &key, &token.hash().0).await?;
                    key
                }
            };
            let trust = Trust { key, identity, lifetime, updated: service.now() };
            store::trust::set(tx, &trust).await?;
            let action = match input.trust_id {
                None => AuditAction::CreateTrust,
                Some(_) => AuditAction::UpdateTrust,
            };
            let recorded = service.record(tx, &actor, action, trust_object(&trust)).await?;
            Ok(Done(Ok(trust.key.id), recorded))
        })
    }

    /// Removes a trust and ends its logins, from the next request on.
    pub async fn delete_trust(&self, actor: &Actor, id: Uuid) -> Result<Answer<()>> {
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::DeleteApiKey)?;
            let Some(trust) = store::trust::find(tx, actor.team_id(), ApiKeyId(id)).await? else {
                return refused(MISSING);
            };
            store::api_key::revoke(tx, trust.key.id, service.now()).await?;
            service.done(tx, &actor, AuditAction::DeleteTrust, trust_object(&trust)).await
        })
    }

    /// Checks a token against a trust without logging in.
    pub async fn test_trust(&self, actor: &Actor, input: TestTrustInput) -> Result<Answer<Vec<TrustCheck>>> {
        actor.require(Permission::UpdateApiKey)?;
        let id = ApiKeyId(input.trust_id);
        let Some(trust) = store::trust::find(&self.store, actor.team_id(), id).await? else {
            return Ok(Err(MISSING.into()));
        };
        let identity = &trust.identity;
        let signature = |check| describe("Signature".to_owned(), check, identity);
        Ok(match self.issuers().open(input.token.trim(), identity, actor.team_id()).await {
            Ok(claims) => {
                let checks = identity.check(&claims, self.now()).describe(identity);
                Ok([signature(Ok(()))].into_iter().chain(checks).collect())
            }
            Err(Unverified::Mismatch(mismatch)) => Ok(vec![signature(Err(mismatch))]),
            Err(Unverified::Unreachable(problem)) => {
                Err(Rule::new(format!("The keys of the issuer can't be fetched: {problem}.")))
            }
        })
    }
}

/// The object of an entry about a trust, with everything that it trusts.
fn trust_object(trust: &Trust) -> AuditObject {
    let object = key_object(&trust.key);
    let OutsideIdentity { issuer, keys, audiences, claims } = &trust.identity;
    let claims: Vec<_> = claims.iter().map(ToString::to_string).collect();
    let keys = match keys {
        IssuerKeys::Discovered => String::new(),
        IssuerKeys::At(url) => format!(", keys at {url}"),
        IssuerKeys::Given(keys) => format!(", pasted keys with the digest {}", digest::of_texts(&[keys])),
    };
    let detail = format!(
        "{}, for {} seconds with a token of {issuer} for {} with {}{keys}",
        object.detail.unwrap_or_default(),
        trust.lifetime.num_seconds(),
        audiences.join(" or "),
        claims.join(" and "),
    );
    AuditObject { detail: Some(detail), ..object }
}
