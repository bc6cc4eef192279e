//! `trust`: an object with a query of its own, the last logins.

use async_graphql::Result;
use strongroom_shared::{DateTime, RoleName, SecretPattern, Uuid};

use super::caller::{actor, service};
use super::object::{BoundClaimObject, TrustLoginObject, date_time, objects, wrapped};
use crate::domain::Trust;
use crate::domain::trust::IssuerKeys;

objects! {
    /// An outside identity that may log in.
    TrustObject(trust: Trust) as "trust" {
        id: Uuid = trust.key.id.0,
        /// Programs give it as the role to log in with.
        name: &str = &trust.key.name,
        role: RoleName = trust.key.role.name.clone(),
        /// The secrets that its logins are limited to: names, and prefixes such as `DB_*`; null if they have no limits.
        secrets: Option<Vec<&str>> = {
            let patterns = trust.key.secrets.as_ref()?;
            Some(patterns.iter().map(SecretPattern::as_str).collect())
        },
        /// The claim `iss` of its tokens.
        issuer: &str = &trust.identity.issuer,
        /// Where the issuer publishes its keys; null if its discovery document says that, or the keys were given.
        keys_url: Option<&str> = match &trust.identity.keys {
            IssuerKeys::At(url) => Some(url.as_str()),
            IssuerKeys::Discovered | IssuerKeys::Given(_) => None,
        },
        /// The issuer's keys, a JSON Web Key Set; null if the server fetches them.
        keys: Option<&str> = match &trust.identity.keys {
            IssuerKeys::Given(keys) => Some(keys),
            IssuerKeys::Discovered | IssuerKeys::At(_) => None,
        },
        /// The audiences, of which a token must have one.
        audiences: &[String] = &trust.identity.audiences,
        /// The claims, all of which a token must have.
        claims: Vec<BoundClaimObject> = wrapped(trust.identity.claims.clone(), BoundClaimObject),
        /// The lifetime of a login in seconds.
        lifetime: i64 = trust.lifetime.num_seconds(),
        created: DateTime = date_time(trust.key.created),
        created_by: &str = &trust.key.created_by,
        /// When it was last changed.
        updated: DateTime = date_time(trust.updated),
        /// The last ten logins within a week, newest first.
        logins(ctx): Result<Vec<TrustLoginObject>> = {
            let logins = service(ctx).list_logins(actor(ctx)?, trust).await?;
            Ok(wrapped(logins, TrustLoginObject))
        },
    }
}
