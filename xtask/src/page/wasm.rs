//! Compiles the page, and splits it into the modules that `frontend/src/component/lazy.rs` names.
//!
//! The splitter needs the linker's output, which Trunk passes to wasm-bindgen at once; hence these steps are here.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{compress, names, order, section};
use crate::project::{self, Build};
use crate::tool::{Tool, Toolbox};

const PACKAGE: &str = "strongroom-page";
const TARGET: &str = "wasm32-unknown-unknown";

/// The name of the main module, and of the script that wasm-bindgen writes for it.
const NAME: &str = "strongroom";
const MAIN_MODULE: &str = "strongroom_bg.wasm";

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

/// What leaves least once it is compressed: less than `-Oz`, and expressions that repeat rather than variables for them.
/// The first kilobyte of memory is the far end of the stack.
const SMALLEST: [&str; 3] = ["-Os", "--low-memory-unused", "--skip-pass=local-cse"];

/// The page's code, still outside `dist/`.
pub struct Code {
    result: PathBuf,
    /// Its directory in `dist/`.
    folder: String,
}

/// Named after its content, so that browsers can keep it forever, and the files can refer to each other.
pub fn build(build: Build, tools: &Toolbox) -> Result<Code> {
    let compiled = compile(build, tools)?;
    let scratch = project::target()?.join("page");
    let parts = fresh(&scratch.join("parts"))?;
    let result = fresh(&scratch.join("result"))?;

    let mut split = tools.program(tools.path(Tool::WasmSplit)?);
    // Without its warnings of data that stays in the main module.
    split.env("RUST_LOG", "error");
    project::check(split.arg(&compiled).arg(&parts).args(["--out-name", NAME]))?;
    let main = parts.join(NAME).with_extension("wasm");
    let mut bindgen = tools.program(tools.path(Tool::WasmBindgen)?);
    bindgen.arg(&main).arg("--out-dir").arg(&parts).args(["--out-name", NAME, "--target", "web"]);
    project::check(bindgen.args(["--keep-lld-exports", "--no-typescript", "--remove-name-section"]))?;
    fs::remove_file(&main).with_context(|| format!("deleting {}", main.display()))?;
    shorten_names(&parts)?;

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
                optimise(&module, &place, &SMALLEST, tools)?;
                let named = order::name_functions(&read(&place)?);
                let named = named.with_context(|| format!("reading {}", place.display()))?;
                fs::write(&module, named).with_context(|| format!("writing {}", module.display()))?;
                optimise(&module, &place, &["--reorder-functions-by-name"], tools)?;
            } else {
                fs::copy(&module, &place).with_context(|| format!("copying {}", module.display()))?;
            }
        }
    }
    for file in compress::files(&result)? {
        hasher.write(&read(&file)?);
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
        format!("{}/{MAIN_MODULE}", self.folder)
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

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// An empty directory at this path.
pub fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("deleting {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder.to_owned())
}

fn shorten_names(parts: &Path) -> Result<()> {
    let (module, script) = (parts.join(MAIN_MODULE), parts.join(NAME).with_extension("js"));
    let text = String::from_utf8(read(&script)?).context("the script is text")?;
    let (short_module, short_script) =
        names::shorten(&read(&module)?, &text).with_context(|| format!("reading {}", module.display()))?;
    fs::write(&module, short_module).with_context(|| format!("writing {}", module.display()))?;
    fs::write(&script, short_script).with_context(|| format!("writing {}", script.display()))
}

fn optimise(module: &Path, result: &Path, passes: &[&str], tools: &Toolbox) -> Result<()> {
    let mut optimise = tools.program(tools.path(Tool::WasmOpt)?);
    project::check(optimise.args(passes).args(FEATURES).arg(module).arg("-o").arg(result))
}

/// Removes the sections that only the splitter reads. They are large, and wasm-opt would misread them.
fn without_linker_sections(path: &Path) -> Result<()> {
    let mut sections = section::read(&read(path)?).with_context(|| format!("reading {}", path.display()))?;
    sections.retain(|section| section.custom_name().is_none_or(|name| name == "target_features"));
    fs::write(path, section::write(&sections)).with_context(|| format!("writing {}", path.display()))
}
