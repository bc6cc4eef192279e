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
pub mod graphql;
pub mod http;
pub mod move_values;
pub mod oidc;
pub mod pool;
pub mod process;
pub mod rotate;
pub mod secret_file;
pub mod service;
pub mod settings;
pub mod store;
mod vault;
pub mod worker;
