//! One type per kind of id, so that a secret's id can't be taken for a team's.

use std::fmt;

use strongroom_shared::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

id! {
    TeamId;
    UserId;
    ApiKeyId;
    SessionId;
    /// A secret, through renames and versions; a secret made anew after a delete has another.
    SecretId;
    DataKeyId;
    VaultId;
    CustomRoleId;
    InvitationId;
}
