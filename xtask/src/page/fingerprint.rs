//! Whether `dist/` is up to date: a fingerprint of the page's sources and of the files in `dist/`, kept in the target
//! directory. As for cargo, names, sizes and modification times are enough.
//!
//! `dist/` is included because `trunk serve` and people change it, too.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::compress;
use crate::project::{self, Build};

/// The page's sources, including this program's, which decide how it is built.
const FOLDERS: [&str; 4] = ["formats", "frontend", "shared", "xtask"];
const FILES: [&str; 5] =
    ["Cargo.toml", "Cargo.lock", "Trunk.toml", "rust-toolchain.toml", ".cargo/config.toml"];

/// Taken before the build, so that a file that changes during the build counts as changed.
pub struct Sources(u64);

impl Sources {
    pub fn now(build: Build) -> Result<Self> {
        let root = project::root();
        let files = FILES.iter().map(|name| root.join(name)).filter(|path| path.exists());
        let mut paths: Vec<PathBuf> = files.collect();
        for folder in FOLDERS {
            paths.extend(compress::files(&root.join(folder))?);
        }
        Ok(Self(hash(build, &paths)?))
    }

    pub fn are_in_dist(&self) -> Result<bool> {
        if !project::dist().join("index.html").is_file() {
            return Ok(false);
        }
        let kept = fs::read_to_string(kept_in()?).unwrap_or_default();
        Ok(kept == self.with_dist()?)
    }

    pub fn keep(&self) -> Result<()> {
        let path = kept_in()?;
        fs::write(&path, self.with_dist()?).with_context(|| format!("writing {}", path.display()))
    }

    fn with_dist(&self) -> Result<String> {
        Ok(format!("{:016x}", hash(self.0, &compress::files(&project::dist())?)?))
    }
}

fn kept_in() -> Result<PathBuf> {
    Ok(project::target()?.join("page.fingerprint"))
}

fn hash(start: impl std::hash::Hash, paths: &[PathBuf]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    start.hash(&mut hasher);
    for path in paths {
        let metadata = fs::metadata(path).with_context(|| format!("reading {}", path.display()))?;
        let changed = metadata.modified().with_context(|| format!("reading {}", path.display()))?;
        (path, metadata.len(), changed).hash(&mut hasher);
    }
    Ok(hasher.finish())
}
