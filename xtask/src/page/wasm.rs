//! Compiles the page, and splits it into the modules that `frontend/src/component/lazy.rs` names.
//!
//! The splitter needs the linker's output, which Trunk passes to wasm-bindgen at once; hence these steps are here.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::compress;
use crate::project::{self, Build};
use crate::tool::{Tool, Toolbox};

const PACKAGE: &str = "strongroom-page";
const TARGET: &str = "wasm32-unknown-unknown";

/// The name of the main module, and of the script that wasm-bindgen writes for it.
const NAME: &str = "strongroom";

/// Our own script, into which the others are joined.
const START: &str = "start.js";
const SCRIPT: &str = "import start from \"./strongroom.js\";\nstart();\n";

/// What the compiler may use, which is less than wasm-opt knows.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The page's code, still outside `dist/`.
pub struct Code {
    result: PathBuf,
    /// Its directory in `dist/`.
    folder: String,
}

/// Named after its content, so that browsers can keep it for ever, and the files can refer to each other.
pub fn build(build: Build, tools: &Toolbox) -> Result<Code> {
    let compiled = compile(build, tools)?;
    let scratch = project::target()?.join("page");
    let parts = fresh(&scratch.join("parts"))?;
    let result = fresh(&scratch.join("result"))?;

    let mut split = tools.program(tools.path(Tool::WasmSplit)?);
    project::check(split.arg(&compiled).arg(&parts).args(["--out-name", NAME]))?;
    let main = parts.join(NAME).with_extension("wasm");
    let mut bindgen = tools.program(tools.path(Tool::WasmBindgen)?);
    bindgen.arg(&main).arg("--out-dir").arg(&parts).args(["--out-name", NAME, "--target", "web"]);
    project::check(bindgen.args(["--keep-lld-exports", "--no-typescript", "--remove-name-section"]))?;
    fs::remove_file(&main).with_context(|| format!("deleting {}", main.display()))?;

    // The scripts refer to the modules by their place, so all are in one directory, before and after.
    let start = parts.join(START);
    fs::write(&start, SCRIPT).with_context(|| format!("writing {}", start.display()))?;
    super::join(&start, &result.join(START), build, tools)?;

    let mut hasher = DefaultHasher::new();
    for module in compress::files(&parts)? {
        if module.extension().is_some_and(|ending| ending == "wasm") {
            without_linker_sections(&module)?;
            let place = result.join(module.file_name().unwrap_or_default());
            if build == Build::Release {
                let mut optimise = tools.program(tools.path(Tool::WasmOpt)?);
                // `-Os` leaves more than `-Oz`, and less once compressed.
                project::check(optimise.arg("-Os").args(FEATURES).arg(&module).arg("-o").arg(&place))?;
            } else {
                fs::copy(&module, &place).with_context(|| format!("copying {}", module.display()))?;
            }
        }
    }
    for file in compress::files(&result)? {
        hasher.write(&fs::read(&file).with_context(|| format!("reading {}", file.display()))?);
    }
    Ok(Code { result, folder: format!("page-{:016x}", hasher.finish()) })
}

impl Code {
    pub fn copy_into(&self, dist: &Path) -> Result<()> {
        let folder = fresh(&dist.join(&self.folder))?;
        for file in compress::files(&self.result)? {
            let copy = folder.join(file.file_name().unwrap_or_default());
            fs::copy(&file, &copy).with_context(|| format!("copying {}", file.display()))?;
        }
        Ok(())
    }

    pub fn script(&self) -> String {
        format!("{}/{START}", self.folder)
    }

    pub fn main_module(&self) -> String {
        format!("{}/{NAME}_bg.wasm", self.folder)
    }
}

fn compile(build: Build, tools: &Toolbox) -> Result<PathBuf> {
    let mut cargo = tools.cargo();
    let profile = match build {
        Build::Dev => super::DEV_PROFILE,
        Build::Release => {
            cargo.env(super::EXTRA_FLAGS, super::without_local_paths());
            super::RELEASE_PROFILE
        }
    };
    cargo.args(["rustc", "--package", PACKAGE, "--target", TARGET, "--profile", profile]);
    project::check(cargo.args(["--features", "split", "--", "-Clink-args=--emit-relocs"]))?;
    Ok(project::target()?.join(TARGET).join(profile).join(PACKAGE).with_extension("wasm"))
}

/// An empty directory at this path.
pub fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("deleting {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder.to_owned())
}

/// Removes the sections that only the splitter reads. They are large, and wasm-opt would misread them.
fn without_linker_sections(path: &Path) -> Result<()> {
    let module = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let kept = keep_sections(&module, |name| name == b"target_features")
        .with_context(|| format!("{} is not a WebAssembly module", path.display()))?;
    fs::write(path, kept).with_context(|| format!("writing {}", path.display()))
}

/// Copies a module without its custom sections, except those that `keep` names.
fn keep_sections(module: &[u8], keep: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    const CUSTOM: u8 = 0;
    ensure!(module.starts_with(b"\0asm") && module.len() >= HEADER, "it has no header");
    let (header, mut rest) = module.split_at(HEADER);
    let mut kept = header.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let (length, content) = number(after).context("a section has no length")?;
        ensure!(length <= content.len(), "a section is cut off");
        let (section, next) = rest.split_at(rest.len() - content.len() + length);
        rest = next;
        let is_kept = id != CUSTOM || {
            let (length, name) = number(content).context("a section has no name")?;
            name.get(..length).is_some_and(&keep)
        };
        if is_kept {
            kept.extend_from_slice(section);
        }
    }
    Ok(kept)
}

/// The number that the bytes begin with, in LEB128, and the bytes after it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let length = bytes.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let (digits, rest) = bytes.split_at(length);
    let number = digits.iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f));
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_custom_sections_are_kept() {
        let header = b"\0asm\x01\0\0\0";
        let types = [1, 1, 0];
        let long = [&[0, 0x83, 0x01, 4][..], b"long", &[7; 126]].concat();
        let kept = [&[0, 5, 4][..], b"kept"].concat();
        let module = [&header[..], &long, &types, &kept].concat();
        let expected = [&header[..], &types, &kept].concat();
        assert_eq!(keep_sections(&module, |name| name == b"kept").unwrap(), expected);
        assert!(keep_sections(&module[..module.len() - 1], |_| true).is_err());
    }
}
