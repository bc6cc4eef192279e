//! The one who asks, in both casings.

use async_graphql::SimpleObject;
use strongroom_shared::{DateTime, Json, RoleName, SecretPattern, Uuid};

use super::date_time;
use crate::domain::role::permission_texts;
use crate::domain::{Actor, Principal};

macro_rules! auth_info {
    ($(#[$doc:meta])* $name:ident($graphql:literal, $rename:literal)) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        #[graphql(name = $graphql, rename_fields = $rename)]
        pub struct $name {
            /// The team they act in.
            tenant_id: Uuid,
            /// Their id; a program's key is its own.
            user_id: Uuid,
            /// Their address; a key has none.
            email: Option<String>,
            /// Their address, or what the key is called.
            name: String,
            /// What they are in the team.
            role: RoleName,
            /// The same again, as Prefect's page asks for it.
            role_id: String,
            /// What they may do.
            permissions: Vec<String>,
            /// The secrets a key is limited to: names, and prefixes such as `DB_*`; null: all of the team's.
            secrets: Option<Vec<String>>,
            /// When a key stops working; null: never, or it is a session.
            expires_at: Option<DateTime>,
            /// Always null: there is nothing to license. Prefect's page asks for it.
            license: Option<Json>,
        }

        impl From<&Actor> for $name {
            fn from(actor: &Actor) -> Self {
                let (email, key) = match &actor.principal {
                    Principal::Person { user, .. } => (Some(user.email.as_str().to_owned()), None),
                    Principal::Key(key) => (None, Some(key)),
                };
                let texts = |patterns: &Vec<SecretPattern>| {
                    patterns.iter().map(SecretPattern::to_string).collect()
                };
                Self {
                    tenant_id: actor.team_id().0,
                    user_id: actor.user_id(),
                    email,
                    name: actor.name().to_owned(),
                    role: actor.role.name.clone(),
                    role_id: actor.role.name.0.clone(),
                    permissions: permission_texts(actor.permissions),
                    secrets: key.and_then(|key| key.secrets.as_ref()).map(texts),
                    expires_at: key.and_then(|key| key.expires).map(date_time),
                    license: None,
                }
            }
        }
    };
}

auth_info! {
    /// The one who asks.
    AuthInfoObject("auth_info", "snake_case")
}

auth_info! {
    /// The one who asks, for clients up to 0.9.
    CamelAuthInfoObject("authInfo", "camelCase")
}
