//! The directory outside the repository for installed tools, with a subdirectory for each tool and version.
//!
//! All checkouts of the project share it. Deleting it is harmless: the next command fills it again.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use etcetera::{BaseStrategy as _, choose_base_strategy};

pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache directory: `strongroom-tools` in `$XDG_CACHE_HOME` or `~/.cache`.
    pub fn open() -> Result<Self> {
        let folder = choose_base_strategy().context("finding the home directory")?.cache_dir();
        let folder = folder.join("strongroom-tools");
        ensure!(
            env::join_paths([&folder]).is_ok(),
            "the cache directory {} can't be put on PATH; set XDG_CACHE_HOME to another",
            folder.display()
        );
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn tool(&self, name: &str, version: &str) -> PathBuf {
        self.folder.join(format!("{name}-{version}"))
    }

    /// The build directory of `cargo install`: shared by all tools, and deleted once they are installed, because no
    /// other build can use its gigabytes.
    pub fn build(&self) -> PathBuf {
        self.folder.join("build")
    }

    /// Creates a tool's directory atomically: `fill` gets an empty directory, which is then moved to its place.
    pub fn fill(folder: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let unfinished = folder.with_added_extension("unfinished");
        delete(folder)?;
        delete(&unfinished)?;
        fs::create_dir_all(&unfinished).with_context(|| format!("creating {}", unfinished.display()))?;
        fill(&unfinished)?;
        fs::rename(&unfinished, folder).with_context(|| format!("moving {}", unfinished.display()))
    }

    pub fn log(&self, label: &str) -> Result<PathBuf> {
        let folder = self.folder.join("log");
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        Ok(folder.join(format!("{}.log", label.replace(' ', "-"))))
    }

    /// Waits until no other process is installing. The lock lasts until the returned file is dropped.
    pub fn wait_for_turn(&self) -> Result<File> {
        fs::create_dir_all(&self.folder).with_context(|| format!("creating {}", self.folder.display()))?;
        let path = self.folder.join("lock");
        let file = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                println!("    another setup is running in {}; waiting for it", self.folder.display());
                file.lock().with_context(|| format!("locking {}", path.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", path.display()));
            }
        }
        Ok(file)
    }
}

pub fn delete(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("deleting {}", folder.display()))?;
    }
    Ok(())
}
