//! `trust`: an object with a query of its own, the last logins.

use async_graphql::{Context, Object, Result};
use strongroom_shared::{DateTime, RoleName, SecretPattern, Uuid};

use super::caller::{actor, service};
use super::object::{BoundClaimObject, TrustLoginObject, date_time};
use crate::domain::Trust;
use crate::domain::trust::IssuerKeys;

pub struct TrustObject(pub Trust);

/// An outside identity that may log in.
#[Object(name = "trust", rename_fields = "snake_case")]
impl TrustObject {
    async fn id(&self) -> Uuid {
        self.0.key.id.0
    }

    /// Programs give it as the role to log in with.
    async fn name(&self) -> &str {
        &self.0.key.name
    }

    async fn role(&self) -> RoleName {
        self.0.key.role.name.clone()
    }

    /// The secrets that its logins are limited to: names, and prefixes such as `DB_*`; null if they have no limits.
    async fn secrets(&self) -> Option<Vec<&str>> {
        Some(self.0.key.secrets.as_ref()?.iter().map(SecretPattern::as_str).collect())
    }

    /// The claim `iss` of its tokens.
    async fn issuer(&self) -> &str {
        &self.0.identity.issuer
    }

    /// Where the issuer publishes its keys; null if its discovery document says that, or the keys were given.
    async fn keys_url(&self) -> Option<&str> {
        if let IssuerKeys::At(url) = &self.0.identity.keys { Some(url.as_str()) } else { None }
    }

    /// The issuer's keys, a JSON Web Key Set; null if the server fetches them.
    async fn keys(&self) -> Option<&str> {
        if let IssuerKeys::Given(keys) = &self.0.identity.keys { Some(keys) } else { None }
    }

    /// The audiences, of which a token must have one.
    async fn audiences(&self) -> &[String] {
        &self.0.identity.audiences
    }

    /// The claims, all of which a token must have.
    async fn claims(&self) -> Vec<BoundClaimObject> {
        self.0.identity.claims.iter().cloned().map(BoundClaimObject).collect()
    }

    /// The lifetime of a login in seconds.
    async fn lifetime(&self) -> i64 {
        self.0.lifetime.num_seconds()
    }

    async fn created(&self) -> DateTime {
        date_time(self.0.key.created)
    }

    async fn created_by(&self) -> &str {
        &self.0.key.created_by
    }

    /// When it was last changed.
    async fn updated(&self) -> DateTime {
        date_time(self.0.updated)
    }

    /// The last ten logins within a week, newest first.
    async fn logins(&self, ctx: &Context<'_>) -> Result<Vec<TrustLoginObject>> {
        let logins = service(ctx).list_logins(actor(ctx)?, &self.0).await?;
        Ok(logins.into_iter().map(TrustLoginObject).collect())
    }
}
