//! `cargo xtask build`: the server as shipped, with the page embedded, and the command line.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::page::{self, FileSize};
use crate::programs;
use crate::project;
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

pub fn run() -> Result<ExitCode> {
    let mut steps = Steps::default();
    let tools = steps.run("tools", || Toolbox::with(Tool::RELEASE))?;
    let [server, command_line] = programs::build_release(&mut steps, &tools)?;

    steps.print_times();
    println!("==> sizes");
    let files = page::sizes()?;
    print_sizes(&files, &[&server, &command_line])?;
    page::check_sizes(&files)?;
    Ok(ExitCode::SUCCESS)
}

fn print_sizes(files: &[FileSize], programs: &[&Path]) -> Result<()> {
    let row = |name: &str, raw: &str, brotli: &str| println!("    {name:<52} {raw:>12} {brotli:>12}");
    row("the page", "raw", "brotli");
    for file in files {
        row(&file.name, &kilobytes(file.raw), &kilobytes(file.brotli));
    }
    let raw = files.iter().map(|file| file.raw).sum();
    let brotli = files.iter().map(|file| file.brotli).sum();
    row("all", &kilobytes(raw), &kilobytes(brotli));
    row("first load", "", &kilobytes(page::first_load(files)));

    for program in programs {
        let size = fs::metadata(program).with_context(|| format!("reading {}", program.display()))?.len();
        let shown = program.strip_prefix(project::root()).unwrap_or(program);
        row(&shown.display().to_string(), &kilobytes(size), "");
    }
    Ok(())
}

/// Kilobytes of 1,000 bytes, rounded to a tenth.
fn kilobytes(bytes: u64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{}.{} kB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilobytes_are_rounded() {
        assert_eq!(kilobytes(0), "0.0 kB");
        assert_eq!(kilobytes(1_049), "1.0 kB");
        assert_eq!(kilobytes(1_050), "1.1 kB");
        assert_eq!(kilobytes(12_345_678), "12345.7 kB");
    }
}
