//! The paths of the programs under test and of the tools that `cargo xtask setup` installs.

use std::env;
use std::path::PathBuf;

/// The program that `variable` names, or the one built beside these tests.
pub fn built(variable: &str, name: &str) -> PathBuf {
    existing(env::var_os(variable).map_or_else(
        || {
            let test = env::current_exe().expect("a test knows where it is");
            let deps = test.parent().expect("tests are built into a directory");
            deps.parent().expect("that is inside the profile's directory").join(name)
        },
        PathBuf::from,
    ))
}

/// The file that `variable` names, or the one in the cache of `cargo xtask`.
pub fn path(variable: &str, cached: &str) -> PathBuf {
    existing(place(variable, cached))
}

/// The same, but it may be missing.
pub fn place(variable: &str, cached: &str) -> PathBuf {
    env::var_os(variable).map_or_else(
        || {
            let cache = env::var_os("XDG_CACHE_HOME").map_or_else(
                || PathBuf::from(env::var_os("HOME").expect("people have a home")).join(".cache"),
                PathBuf::from,
            );
            cache.join("strongroom-tools").join(cached)
        },
        PathBuf::from,
    )
}

fn existing(path: PathBuf) -> PathBuf {
    assert!(path.is_file(), "{} is missing: run `cargo xtask test`", path.display());
    path
}
