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
//! Every test has its own data folder and its own server on a port the system picks, so that all of them run at the
//! same time. Nothing is mocked, nothing sleeps for a fixed time: [`wait::until`] polls with a deadline. What a test
//! starts dies with it.
//!
//! Two promises are kept for every test without its asking: each GraphQL answer is checked against the rules of the
//! wire (see [`client::Answer`]), and when a server goes, its log and what the command line said on standard error are
//! searched for every key, password and value that the test has used.
//!
//! The load of `cargo xtask bench` (`performance/`) starts its servers with it, too.
//!
//! To add a test: find the binary (`api`, `postgres`, `command_line`, `prefect`, `crash`, `durability`, `keys`, `browser`, `oidc`,
//! `vault`) and in it the module that is about the subject.
#![expect(clippy::missing_panics_doc, reason = "a harness panics by design: that is how a test fails")]
#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "nobody publishes it, and most names say enough"
)]

pub mod browser;
pub mod client;
pub mod container;
pub mod dotenv;
pub mod durability;
pub mod http;
pub mod openbao;
pub mod page;
pub mod postgres;
mod process;
pub mod program;
pub mod provider;
pub mod proxy;
pub mod python;
mod scene;
pub mod server;
pub mod store;
pub mod team;
pub mod terminal;
mod tool;
pub mod wait;

use std::fs;
use std::path::{Path, PathBuf};

pub use client::{Answer, Client};
pub use program::Machine;
pub use scene::Scene;
pub use server::Server;
pub use store::{Store, write_private};
pub use team::{Person, Team};

#[track_caller]
pub fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}

impl Store {
    /// The files in the data folder, apart from what any opening of a database may leave beside it.
    pub fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(self.data_dir()).expect("the folder can be read");
        let paths = files.map(|entry| entry.expect("the folder can be read").path());
        let paths = paths.filter(|path| !path.ends_with("strongroom.db-wal"));
        let paths = paths.filter(|path| !path.ends_with("strongroom.db-shm"));
        let mut files: Vec<_> =
            paths.map(|path| (path.clone(), fs::read(path).expect("the file can be read"))).collect();
        files.sort();
        files
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}
