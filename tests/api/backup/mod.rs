//! Backup and restore.

mod content;
mod damage;
mod migration;
mod refusal;
