//! The harness of the end-to-end tests: the real server and command line, real HTTP, a real browser, the real Prefect
//! client, a real OpenID Connect provider, a real proxy.
//!
//! A test tells a story:
//!
//! ```ignore
//! let server = Server::start().await;
//! let team = server.team("acme").await;
//! let admin = team.key("administrator").await;
//! let runner = team.key("runner").await;
//!
//! admin.set("MY_SECRET", json!("hunter2")).await;
//! assert_eq!(runner.value("MY_SECRET").await, json!("hunter2"));
//! ```
//!
//! Every test has its own data directory and its own server on a free port, so that all tests can run at the same time.
//! Nothing is mocked, nothing sleeps for a fixed time: [`wait::until`] polls with a deadline. All processes end with their
//! test.
//!
//! Every test checks two things automatically: each GraphQL response against the rules of the wire (see
//! [`client::Answer`]); and, when a server ends, its log and the standard error of the command line for every key, password
//! and value that the test has used.
//!
//! `cargo xtask bench` (`performance/`) also starts its servers with it.
//!
//! To add a test, find the binary (`api`, `postgres`, `command_line`, `prefect`, `crash`, `durability`, `keys`, `browser`, `oidc`,
//! `vault`, `kv`, `clients`) and in it the module for the subject.
#![expect(clippy::missing_panics_doc, reason = "a harness panics by design: that is how a test fails")]
#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "it is not published, and most names say enough"
)]

mod answer;
pub mod browser;
pub mod client;
pub mod container;
pub mod dotenv;
pub mod durability;
mod events;
pub mod files;
pub mod http;
pub mod issuer;
mod node;
pub mod openbao;
pub mod page;
pub mod postgres;
mod process;
pub mod program;
pub mod provider;
pub mod proxy;
pub mod python;
pub mod receiver;
pub mod relay;
pub mod server;
pub mod store;
pub mod team;
pub mod terminal;
mod tool;
pub mod wait;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

pub use client::{Answer, Client, Reply, aliased, aliases, the_one_done};
pub use durability::Strongroom;
pub use events::Events;
pub use files::{holds, mode, paths, set_mode, write_private};
pub use program::Machine;
pub use server::{SERVE, Scene, Server, free_address, signal};
pub use store::Store;
pub use team::{Person, Team};

#[track_caller]
pub fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}

/// Checks some of an object's fields.
#[track_caller]
pub fn assert_fields(found: &Value, expected: Value) {
    let Value::Object(expected) = expected else { panic!("not an object: {expected}") };
    for (name, value) in expected {
        assert_eq!(found[&name], value, "{name} of {found}");
    }
}

/// A time so long from now, in RFC 3339.
#[expect(clippy::disallowed_methods, reason = "servers have the real clock, too")]
pub fn from_now(period: Duration) -> String {
    humantime::format_rfc3339_seconds(SystemTime::now() + period).to_string()
}

/// Vault's usual client for Node.
pub fn node_vault() -> PathBuf {
    tool::path("STRONGROOM_NODE_VAULT", "node-vault-0.12.0/node_modules/node-vault/src/index.js")
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}
