//! What is measured: servers that hold the same names and values and are asked by the same generator.
//!
//! To add one: a file in `contender/` with a [`Dialect`] and a function that starts it and fills it, its line in
//! [`crate::measure`], and what it does and does not do in `page.md`.

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

pub trait Dialect {
    fn read(&self, name: &str) -> Vec<u8>;
    /// What stands before the value in the answer; a quotation mark stands after it.
    fn before_value(&self) -> &'static str;
    fn write(&self, name: &str, value: &str) -> Option<Vec<u8>>;
    fn written(&self) -> (u16, &'static str);
    /// The request that lists the first fifty names, in order.
    fn first_page(&self) -> Option<Vec<u8>> {
        None
    }
}

/// A server that answers, with the names and values in it. Gone when dropped.
pub struct Contender {
    pub name: String,
    /// `HOST:PORT`.
    pub address: String,
    /// From nothing to ready.
    pub started: Duration,
    /// Resident memory before anything was asked, in bytes.
    pub idle_memory: u64,
    /// The most resident memory that was seen after a round, in bytes.
    loaded_memory: Cell<u64>,
    small: Arc<Requests>,
    large: Arc<Requests>,
    roots: Vec<u32>,
    _alive: Box<dyn Any>,
}

pub struct Started {
    pub name: String,
    pub address: String,
    /// From nothing to ready.
    pub took: Duration,
    /// The processes that everything it needs runs in, or below.
    pub roots: Vec<u32>,
    pub alive: Box<dyn Any>,
}

impl Started {
    pub async fn idle_memory(&self) -> u64 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        machine::resident(&machine::tree(&self.roots))
    }

    pub fn filled(self, dialect: &dyn Dialect, idle_memory: u64, values: &[Arc<Values>; 2]) -> Contender {
        let [small, large] = values;
        Contender {
            name: self.name,
            address: self.address,
            started: self.took,
            idle_memory,
            loaded_memory: Cell::new(0),
            small: Arc::new(Requests::prepare(dialect, small)),
            large: Arc::new(Requests::prepare(dialect, large)),
            roots: self.roots,
            _alive: self.alive,
        }
    }
}

impl Contender {
    pub const fn requests(&self, size: Size) -> &Arc<Requests> {
        match size {
            Size::Small => &self.small,
            Size::Large => &self.large,
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

/// The names and values that the load is over, the small ones first.
pub fn values() -> [Arc<Values>; 2] {
    Size::ALL.map(|size| Arc::new(Values::of(size, NAMES, NAMES)))
}

/// A GraphQL request with text for variables, which has to need no escapes.
fn graphql(headers: &[(&str, &str)], path: &str, document: &str, variables: &[(&str, &str)]) -> Vec<u8> {
    let variables: Vec<String> =
        variables.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    let body = format!("{{\"query\":\"{document}\",\"variables\":{{{}}}}}", variables.join(","));
    crate::http::request("POST", path, headers, &body)
}
