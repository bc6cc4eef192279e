//! Pure rules and types. Time and randomness are arguments; nothing here does I/O.

pub(crate) mod actor;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod budget;
pub(crate) mod clock;
pub(crate) mod filter;
pub(crate) mod id;
pub(crate) mod key;
pub(crate) mod password;
pub(crate) mod person;
pub(crate) mod refusal;
pub(crate) mod role;
pub(crate) mod rule;
pub(crate) mod secret;
pub(crate) mod session;
pub(crate) mod team;
pub(crate) mod throttle;

pub use actor::{Actor, Principal};
pub use clock::{Clock, Time};
pub use id::{ApiKeyId, TeamId};
pub use key::ApiKey;
pub use person::EmailAddress;
pub use role::RoleId;
pub use rule::Rule;
pub use session::Device;
pub use team::{Slug, Team, TeamName};

pub(crate) use actor::Denied;
pub(crate) use audit::{AuditEntry, AuditEvent, AuditObject, Checkpoint};
pub(crate) use budget::Budget;
pub(crate) use id::{
    CustomRoleId, DataKeyId, Generation, InvitationId, SecretId, SessionId, UserId, VaultId,
};
pub(crate) use key::{RevokedKey, WrappedDataKey};
pub(crate) use person::{Invitation, Inviter, Member, User};
pub(crate) use role::Role;
pub(crate) use secret::{Secret, SecretVersion, VersionKey};
pub(crate) use session::Session;
pub(crate) use strongroom_shared::AuditAction;
