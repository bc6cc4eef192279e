//! One module per page, named after its URL.
//!
//! A page sets the tab's title, talks to the server through [`crate::api`], and is made of components. To add one, see
//! the crate's own documentation.

pub mod account;
pub mod api_keys;
pub mod audit_log;
pub mod join;
pub mod log_in;
pub mod members;
pub mod not_found;
pub mod roles;
pub mod secrets;
pub mod set_up;
pub mod team;
pub mod trusted_workloads;
