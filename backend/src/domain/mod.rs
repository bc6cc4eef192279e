//! Pure rules and types: who acts, what may be done, what is recorded.
//!
//! Not here: anything that reads a clock, draws a random number, or touches a disk or a network. Time and randomness
//! arrive as arguments.

pub mod actor;
pub mod audit;
pub mod backup;
pub mod budget;
pub mod clock;
pub mod filter;
pub mod id;
pub mod key;
pub mod password;
pub mod person;
pub mod refusal;
pub mod role;
pub mod secret;
pub mod session;
pub mod team;
pub mod throttle;

pub use actor::{Actor, Denied, Principal};
pub use audit::{AuditEntry, AuditEvent, AuditLine, AuditObject, Checkpoint};
pub use budget::Budget;
pub use clock::{Clock, Time};
pub use id::{ApiKeyId, CustomRoleId, DataKeyId, InvitationId, SecretId, SessionId, TeamId, UserId, VaultId};
pub use key::{ApiKey, RevokedKey};
pub use person::{EmailAddress, Invitation, Inviter, Member, User};
pub use role::{Role, RoleId};
pub use secret::{Secret, SecretVersion};
pub use session::{Device, Session};
pub use strongroom_shared::AuditAction;
pub use team::{Slug, Team, TeamName};
