//! The systems under load: servers with the same names and values, which get requests from the same generator.
//!
//! To add one: a file in `contender/` with a [`Dialect`] and a function that starts it and fills it, its line in
//! [`crate::measure`], and its description in `page.md`.

pub mod bare;
pub mod openbao;
pub mod strongroom;

use std::any::Any;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use crate::load::Requests;
use crate::machine;
use crate::value::{NAMES, Size, Values};

/// The requests that a contender takes, and its answers.
pub trait Dialect {
    /// The text before the value in the answer to a read; a quotation mark follows the value.
    const BEFORE_VALUE: &'static str;
    /// How the answer to a write begins.
    const WRITTEN: &'static str = "";

    fn read(&self, name: &str) -> Vec<u8>;

    fn write(&self, _name: &str, _value: &str) -> Option<Vec<u8>> {
        None
    }

    /// The request that lists the first fifty names, in order.
    fn first_page(&self) -> Option<Vec<u8>> {
        None
    }
}

/// A running server with the names and values in it. Stopped when dropped.
pub struct Contender {
    pub name: String,
    /// `HOST:PORT`.
    pub address: String,
    /// From nothing to ready.
    pub started: Duration,
    /// From a filled store to ready.
    pub started_again: Option<Duration>,
    /// Resident memory before the first request, in bytes.
    pub idle_memory: u64,
    /// The largest resident memory seen after a round, in bytes.
    loaded_memory: Cell<u64>,
    /// For small values, then for large ones.
    requests: [Arc<Requests>; 2],
    /// The server's processes, whose descendants count as well.
    roots: Vec<u32>,
    _alive: Box<dyn Any>,
}

impl Contender {
    pub const fn requests(&self, size: Size) -> &Arc<Requests> {
        let [small, large] = &self.requests;
        match size {
            Size::Small => small,
            Size::Large => large,
        }
    }

    pub fn processes(&self) -> Vec<u32> {
        machine::tree(&self.roots)
    }

    pub fn note_memory(&self) {
        let now = machine::resident(&self.processes());
        self.loaded_memory.set(now.max(self.loaded_memory.get()));
    }

    pub const fn loaded_memory(&self) -> u64 {
        self.loaded_memory.get()
    }
}

/// The names and values of the load, the small ones first.
pub fn values() -> [Arc<Values>; 2] {
    Size::ALL.map(|size| Arc::new(Values::of(size, NAMES, NAMES)))
}

fn requests(dialect: &impl Dialect, values: &[Arc<Values>; 2]) -> [Arc<Requests>; 2] {
    values.each_ref().map(|values| Arc::new(Requests::prepare(dialect, values)))
}

async fn idle_memory(roots: &[u32]) -> u64 {
    tokio::time::sleep(Duration::from_secs(1)).await;
    machine::resident(&machine::tree(roots))
}

/// A GraphQL request with string variables that need no escapes.
fn graphql(headers: &[(&str, &str)], document: &str, variables: &[(&str, &str)]) -> Vec<u8> {
    let variables: Vec<String> =
        variables.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    let body = format!("{{\"query\":\"{document}\",\"variables\":{{{}}}}}", variables.join(","));
    crate::http::request("POST", "/graphql", headers, &body)
}
