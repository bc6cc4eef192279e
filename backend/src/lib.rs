//! The Strongroom server: keeps a team's secrets encrypted, and returns values only to programs with a runner key.
//!
//! One direction: `command` → `http` → `graphql` → `service` → {`domain`, `store`, `crypto`, `oidc`, `vault`,
//! `egress`}, which `tests/layers.rs` checks. `ARCHITECTURE.md` describes the layers.

#![allow(missing_docs, clippy::missing_errors_doc, reason = "only its own tests see `internals`")]

#[cfg(not(unix))]
compile_error!("the server needs Unix, where it can make files private and flush directories");

/// Implements `Debug` for a type whose content no log may show.
macro_rules! hide_in_debug {
    ($type:ident) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }
    };
}

pub mod command;
mod crypto;
mod domain;
mod egress;
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

/// For the integration tests and the fuzz targets.
#[doc(hidden)]
pub mod internals {
    pub use crate::crypto::stream::CHUNK_BYTES;
    pub use crate::crypto::{Entropy, MasterKey, Sealer, Token};
    pub use crate::domain::clock::{format_time, parse_time};
    pub use crate::domain::filter::{Filter, Scalar, SecretColumn, Test};
    pub use crate::domain::key::parse_patterns;
    pub use crate::domain::role::{parse_permissions, parse_role_name, permission_texts};
    pub use crate::domain::{
        Actor, ApiKey, ApiKeyId, Clock, Device, EmailAddress, RoleId, Slug, TeamId, TeamName, Time,
    };
    pub use crate::graphql::{Schema, parse_audit_filter};
    pub use crate::http::{App, Intake, router};
    pub use crate::service::{
        Credential, KeySource, Location, Rules, Service, ValueSettings, check_backup, restore_backup,
    };
    pub use crate::system::SystemEntropy;
}
