//! The interface of each installer for its tools.

use std::path::PathBuf;

use anyhow::Result;

use super::cache::Cache;
use super::log::Log;

pub trait Package: Sync {
    fn label(&self) -> String;

    /// Whether it is a command that other programs look for on PATH.
    fn is_command(&self) -> bool {
        false
    }

    /// Its path, if it is installed and works.
    fn find(&self, cache: &Cache) -> Option<PathBuf>;

    fn install(&self, cache: &Cache, log: &Log) -> Result<()>;
}
