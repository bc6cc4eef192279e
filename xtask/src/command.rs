//! One file per command: its arguments and a `run` function that reads as the list of its steps.
//!
//! Not here: anything that a second command needs. That moves to a module beside this one.

pub mod bench;
pub mod build;
pub mod fuzz;
pub mod lint;
pub mod page;
pub mod run;
pub mod schema;
pub mod setup;
pub mod test;
pub mod torture;
