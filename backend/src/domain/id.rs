//! A type per kind of id, so that a secret's id can't pass for a team's.

use std::fmt;

use serde::{Deserialize, Serialize};
use strongroom_shared::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

/// How many changes the store has seen, reads of values not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub i64);

id! {
    TeamId;
    UserId;
    ApiKeyId;
    SessionId;
    /// Stable through renames and versions; a secret created again after its deletion has another.
    SecretId;
    DataKeyId;
    VaultId;
    CustomRoleId;
    InvitationId;
    LoginId;
    WebhookId;
    /// Also that of the event, by which receivers recognise a repetition.
    DeliveryId;
}
