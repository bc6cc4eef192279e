//! The Strongroom server: keeps a team's secrets, sealed, and hands values to nobody but programs with a runner key.
//!
//! One direction: `command` → `http` → `graphql` → `service` → {`domain`, `store`, `crypto`, `oidc`, `vault`}. A test reads
//! the `use` lines and fails when a room names what it may not. `ARCHITECTURE.md` says what lives in each room.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "this is a program; only its own tests see `internals`"
)]

pub mod command;
mod crypto;
mod domain;
mod folder;
mod graphql;
mod http;
mod oidc;
mod pool;
mod secret_file;
mod service;
mod settings;
mod store;
mod system;
mod vault;
mod worker;

/// What the integration tests and the fuzz targets use.
#[doc(hidden)]
pub mod internals {
    pub use crate::crypto::stream::CHUNK_BYTES;
    pub use crate::crypto::{Entropy, MasterKey, Sealer, Token};
    pub use crate::domain::clock::{format_time, parse_time};
    pub use crate::domain::filter::{Filter, Scalar, SecretColumn, Test};
    pub use crate::domain::key::parse_patterns;
    pub use crate::domain::role::{parse_permissions, parse_role_name, permission_texts};
    pub use crate::domain::{
        Actor, ApiKey, ApiKeyId, Clock, Device, EmailAddress, Principal, RoleId, Slug, Team, TeamId,
        TeamName, Time,
    };
    pub use crate::graphql::{Schema, parse_audit_filter};
    pub use crate::http::{App, router};
    pub use crate::service::{
        Credential, KeySource, Location, Rules, Service, ValueSettings, check_backup, restore_backup,
    };
}
