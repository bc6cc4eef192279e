//! Fuzz targets for the code that parses requests and files. `cargo xtask fuzz` runs them.
//!
//! Each module has a function `run`, which takes any bytes and panics if the code under test breaks a promise. The programs
//! in `targets/` pass it to libFuzzer; `tests/corpus.rs` replays the corpus without. An input that fails becomes a test
//! beside the code that failed, and stays in the corpus.
//!
//! To add a target: a module, a file in `targets/` with its `[[bin]]`, seeds in `corpus/NAME/`, a line in `tests/corpus.rs`,
//! and one in `xtask/src/command/fuzz.rs`.

#![expect(clippy::missing_panics_doc, reason = "targets panic on failure")]

pub mod backup;
pub mod endpoint;
pub mod env;
mod grammar;
pub mod literals;
pub mod names;
mod world;

/// The first byte and the rest.
fn split(data: &[u8]) -> (usize, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest))
}
