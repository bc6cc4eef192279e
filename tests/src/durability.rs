//! Breaks the server on purpose, and checks that it has kept its promises.
//!
//! The clients (`load`) request changes with exactly known effects (`model`). The `history` records each request and
//! its outcome, and the `checker` searches for an order of the operations that explains all of it. `audit` compares the
//! audit log with the same history. `strongroom` is the server with its clients and these checks, `kills` kills it
//! repeatedly, and `faults` are the other faults of a machine.
//!
//! To add a kind of operation: a variant of [`model::Action`] with its effect, the request for it, and its audit entries. A
//! command that must change nothing, even if it is killed, is a line of `Strongroom::run_commands`.

pub mod audit;
mod checker;
pub mod faults;
mod history;
mod kills;
pub mod load;
pub mod model;
mod strongroom;

pub use checker::{Checker, Kind};
pub use history::{Event, Outcome};
pub use kills::{Plan, Tally};
pub use model::{Action, Answer, Memory};
pub use strongroom::Strongroom;
