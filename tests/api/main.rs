//! The API over plain HTTP: what any client may rely on, and what nobody gets.
//!
//! One module per subject. `permissions` is the table of who may do what; the rest are stories.

mod admin;
mod at_rest;
mod attacks;
mod audit;
mod backup;
mod budgets;
mod configuration;
mod connections;
mod credentials;
mod cross_site;
mod errors;
mod handshake;
mod history;
mod import;
mod keys;
mod limited_keys;
mod listing;
mod members;
mod names;
mod old_clients;
mod operations;
mod page;
mod permissions;
mod roles;
mod secrets;
mod sessions;
mod set_up;
mod tamper;
mod teams;
mod tenancy;
mod throttle;
mod upgrade;
mod values;
mod wire;
