//! One file per command: its arguments and a `run` function that reads as the list of what it does.
//!
//! Not here: how a thing is done, once a second command needs it. That moves to a module beside this one.

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
