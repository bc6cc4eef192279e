//! Where the tools are that `cargo xtask setup` installs.

use std::env;
use std::path::PathBuf;

/// The file that `variable` names, or the one in the cache of `cargo xtask`.
pub fn path(variable: &str, cached: &str) -> PathBuf {
    let path = env::var_os(variable).map_or_else(
        || {
            let cache = env::var_os("XDG_CACHE_HOME").map_or_else(
                || PathBuf::from(env::var_os("HOME").expect("people have a home")).join(".cache"),
                PathBuf::from,
            );
            cache.join("strongroom-tools").join(cached)
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "{} is missing: run `cargo xtask test`",
        path.display()
    );
    path
}
