//! What each installer knows about a tool of its own.

use std::path::PathBuf;

use anyhow::Result;

use super::cache::Cache;
use super::log::Log;

pub trait Package: Sync {
    fn label(&self) -> String;

    /// Whether it is a command, to be found on PATH by other programs.
    fn is_command(&self) -> bool {
        false
    }

    /// Where it is, when it is there and answers.
    fn find(&self, cache: &Cache) -> Option<PathBuf>;

    fn install(&self, cache: &Cache, log: &Log) -> Result<()>;
}
