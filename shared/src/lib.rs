//! The schema types of the server, the page and the command line.
//!
//! One Rust definition per type: with the feature `server` it derives async-graphql's traits, with `client` cynic's,
//! and cynic checks it against `schema.graphql`, which a test compares with the server's schema. So the two sides can't
//! drift apart. The features are additive; a workspace build enables both.
//!
//! To add an operation: give its input a struct in [`input`], add the field to the server, refresh the schema with
//! `cargo xtask schema`, and write the client's document in `operation`.

#[cfg(feature = "client")]
#[cynic::schema("strongroom")]
#[expect(missing_docs, reason = "generated from schema.graphql")]
pub mod schema {}

#[macro_use]
mod text_enum;

pub mod audit_action;
pub mod client_variable;
pub mod error_code;
#[macro_use]
pub mod input;
pub mod json;
pub mod limit;
#[cfg(feature = "client")]
#[expect(missing_docs, reason = "the fields are the schema's, which describes them")]
pub mod operation;
pub mod payload;
pub mod permission;
pub mod place;
pub mod relative_time;
pub mod scalar;
pub mod secret_file;
pub mod secret_listing;
pub mod secret_name;
pub mod secret_pattern;
pub mod slug;
pub mod visible;
pub mod webhook;

pub use audit_action::AuditAction;
pub use error_code::ErrorCode;
pub use json::{GivenJson, Json};
pub use permission::{BuiltInRole, Permission, Permissions};
pub use scalar::{DateTime, LongInt, RoleName};
pub use secret_listing::{SecretFilter, SecretSort};
pub use secret_name::{SecretName, SecretNameError};
pub use secret_pattern::SecretPattern;
pub use uuid::Uuid;
