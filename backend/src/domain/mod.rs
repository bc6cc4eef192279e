//! Pure rules and types. Time and randomness are arguments; nothing here does I/O.

pub mod actor;
pub mod audit;
pub mod backup;
pub mod budget;
pub mod clock;
pub mod filter;
pub mod grouping;
pub mod id;
pub mod key;
pub mod kv;
pub mod login;
pub mod password;
pub mod person;
pub mod reader;
pub mod refusal;
pub mod role;
pub mod rule;
pub mod secret;
pub mod secret_listing;
pub mod session;
pub mod team;
pub mod throttle;
pub mod trust;
pub mod webhook;

pub use actor::{Actor, Denied, Principal};
pub use audit::{AuditEntry, AuditEvent, AuditObject, Checkpoint};
pub use budget::Budget;
pub use clock::{Clock, Time};
pub use id::{
    ApiKeyId, CustomRoleId, DataKeyId, DeliveryId, Generation, InvitationId, LoginId, SecretId, SessionId,
    TeamId, UserId, VaultId, WebhookId,
};
pub use key::{ApiKey, RevokedKey, WrappedDataKey};
pub use login::Login;
pub use person::{EmailAddress, Invitation, Inviter, Member, User};
pub use role::{Role, RoleId};
pub use rule::Rule;
pub use secret::{ExpiryNotice, Secret, SecretVersion, VersionKey};
pub use session::{Device, Session};
pub use strongroom_shared::AuditAction;
pub use team::{Slug, Team, TeamName};
pub use trust::Trust;
pub use webhook::{Delivery, DeliveryState, Event, Webhook};
