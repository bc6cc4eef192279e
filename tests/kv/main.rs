//! Vault's KV API: the same requests, and the same clients, at OpenBao, which is the reference, and at Strongroom. The rest
//! are rules of our own.
//!
//! To add a request: a row in `requests`, which says how OpenBao answers if that is different.

mod capabilities;
mod clients;
mod deletions;
mod difference;
mod logins;
mod reference;
mod requests;
mod rules;
