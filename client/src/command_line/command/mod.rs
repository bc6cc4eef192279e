//! The commands, one file each.

pub mod completions;
pub mod delete;
pub mod doctor;
pub mod exists;
pub mod export;
pub mod get;
pub mod import;
pub mod list;
pub mod login;
pub mod restore;
pub mod run;
pub mod set;
pub mod whoami;
