//! The interface of each installer for its tools.

use std::path::PathBuf;

use anyhow::Result;

use super::cache::Cache;
use super::log::Log;

pub trait Package: Sync {
    fn label(&self) -> String;

    /// Its path, if it is installed and works.
    fn find(&self, cache: &Cache) -> Option<PathBuf>;

    fn install(&self, cache: &Cache, log: &Log) -> Result<()>;
}
