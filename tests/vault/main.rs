//! Values in Vault: everything people and programs do, with whatever goes wrong there.
//!
//! Against the real `rvault`, which has KV version 1, where `cargo xtask setup --rvault` has installed it; otherwise a notice
//! is printed. For KV version 2 against a server of our own, `contract`, of which `hvac`, the client that Python programs
//! use, says whether it speaks as Vault does.

mod contract;
mod faults;
mod hvac;
mod leaving;
mod life;
mod moving;
mod place;
mod settings;
