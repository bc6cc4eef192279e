//! Pure rules and types: who acts, what may be done, what is recorded.
//!
//! Not here: anything that reads a clock, draws a random number, or touches a disk or a network. Time and randomness
//! arrive as arguments.

pub mod actor;
pub mod audit;
pub mod clock;
pub mod filter;
pub mod id;
pub mod key;
pub mod person;
pub mod secret;
pub mod team;

pub use actor::{Actor, Denied, Principal};
pub use audit::{AuditAction, AuditEntry, AuditEvent, AuditObject};
pub use clock::{Clock, Time};
pub use id::{ApiKeyId, DataKeyId, SecretId, SessionId, TeamId, UserId};
pub use key::ApiKey;
pub use person::{EmailAddress, User};
pub use secret::Secret;
pub use team::{Slug, Team, TeamName};
