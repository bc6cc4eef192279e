//! The systems under load: servers with the same names and values, which get requests from the same generator.
//!
//! To add one: a file in `contender/` with a [`Dialect`] and a function that starts it and fills it, its line in
//! [`crate::measure`], and its description in `page.md`.

pub mod bare;
pub mod openbao;
pub mod strongroom;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{self, Prepared};
use crate::load::{Cell, Mix, Requests, Round};
use crate::machine;
use crate::value::{NAMES, Size, Values};

/// The requests that a contender takes, and its answers.
pub trait Dialect {
    /// The text before the value in the answer to a read; a quotation mark follows the value.
    const BEFORE_VALUE: &'static str;
    /// How the answer to a write begins.
    const WRITTEN: &'static str = "";

    fn read(&self, name: &str) -> Prepared;

    fn write(&self, _name: &str, _value: &str) -> Option<Prepared> {
        None
    }

    /// The request that lists the first fifty names, in order.
    fn first_page(&self) -> Option<Prepared> {
        None
    }
}

/// A server with the names and values in it, and its figures.
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
    pub loaded_memory: u64,
    /// The median of the rounds in each cell.
    pub cells: Vec<(Cell, Round)>,
    /// For small values, then for large ones.
    requests: [Arc<Requests>; 2],
    /// The server's processes, whose descendants count as well.
    roots: Vec<u32>,
    /// The running server, which stops when this is dropped.
    alive: Option<Box<dyn Any>>,
}

impl Contender {
    fn new(
        name: &str,
        address: &str,
        started: Duration,
        requests: [Arc<Requests>; 2],
        roots: Vec<u32>,
        alive: impl Any,
    ) -> Self {
        Self {
            name: name.to_owned(),
            address: address.to_owned(),
            started,
            started_again: None,
            idle_memory: 0,
            loaded_memory: 0,
            cells: Vec::new(),
            requests,
            roots,
            alive: Some(Box::new(alive)),
        }
    }

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

    pub fn note_memory(&mut self) {
        let now = machine::resident(&self.processes());
        self.loaded_memory = now.max(self.loaded_memory);
    }

    pub fn stop(&mut self) {
        drop(self.alive.take());
    }

    pub fn cell(&self, mix: Mix, size: Size, connections: usize) -> Option<&Round> {
        let wanted = Cell { mix, size, connections };
        self.cells.iter().find_map(|(cell, round)| (*cell == wanted).then_some(round))
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

fn graphql(headers: &[(&str, &str)], document: &str, variables: &Value) -> Prepared {
    let body = json!({"query": document, "variables": variables});
    http::request("POST", "/graphql", headers, body.to_string())
}
