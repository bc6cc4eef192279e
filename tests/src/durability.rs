//! Breaking the server on purpose, and finding out whether it has kept its word.
//!
//! Clients ask for changes whose effects are known exactly ([`model`]). What each was asked and told, and when, is written
//! down ([`history`]), and a checker decides whether some order of the operations explains all of it: of those that were
//! answered, each where it lies between question and answer; of those that were not, with or without their effect
//! ([`checker`]). The audit log is compared with the same history ([`audit`]).
//!
//! [`load`] is the clients, [`kills`] kills the server under them again and again, [`target`] is what is killed:
//! [`strongroom`]. [`faults`] are the other things that happen to servers.
//!
//! Not here: what the tests expect of a fault; that is in the tests.
//!
//! To add a kind of operation: a variant of [`model::Action`] with its effect, how it is asked for, and its audit
//! entries. A command that has to leave everything as it was, at any moment and killed at any moment, is a line of
//! `Strongroom::beside`.

pub mod audit;
pub mod checker;
pub mod faults;
pub mod history;
pub mod kills;
pub mod load;
pub mod model;
pub mod strongroom;
pub mod target;
pub mod value;
