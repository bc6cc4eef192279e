//! The files around the code: `index.html`, with everything that it links to put into `dist/`.
//!
//! It understands the `data-trunk` links of `frontend/index.html`, each on a line of its own, so that Trunk can build
//! the page as well. Unlike Trunk, it joins the style sheets.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::wasm::Code;
use crate::project::{self, Build};
use crate::tool::Toolbox;

const MARK: &str = "<link data-trunk ";

/// Writes `index.html` and its files into `dist/`.
pub fn build(code: &Code, build: Build, tools: &Toolbox) -> Result<()> {
    let folder = project::root().join("frontend");
    let mut page = String::new();
    let mut styles = Vec::new();
    let source = read(&folder.join("index.html"))?;
    for line in source.lines() {
        let Some((indent, link)) = line.split_once(MARK) else {
            page.extend([line, "\n"]);
            continue;
        };
        let attribute = |name| attribute(link, name).with_context(|| format!("{line} has no {name}"));
        let href = folder.join(attribute("href")?);
        let lines = match attribute("rel")? {
            "icon" => {
                let icon = keep("favicon.svg", read(&href)?.as_bytes())?;
                format!("<link rel=\"icon\" href=\"./{icon}\" type=\"{}\">", attribute("type")?)
            }
            "inline" => format!("<script>{}</script>", read(&href)?),
            "css" => {
                styles.push(href);
                continue;
            }
            "rust" => links(code, &join_styles(&styles, build, tools)?),
            other => bail!("{line}: xtask/src/page/html.rs knows no {other}"),
        };
        page.extend([indent, &lines, "\n"]);
    }
    write(&project::dist().join("index.html"), page.as_bytes())
}

fn join_styles(styles: &[PathBuf], build: Build, tools: &Toolbox) -> Result<String> {
    let imports: Vec<_> = styles.iter().map(|style| format!("@import \"{}\";", style.display())).collect();
    let folder = project::target()?.join("page");
    let (source, joined) = (folder.join("imports.css"), folder.join("style.css"));
    write(&source, imports.join("\n").as_bytes())?;
    super::join(&source, &joined, build, tools)?;
    keep("style.css", read(&joined)?.as_bytes())
}

/// The style sheet, and the code, whose files are requested at once.
fn links(code: &Code, style: &str) -> String {
    let (script, module) = (code.script(), code.main_module());
    format!(
        r#"<link rel="stylesheet" href="./{style}">
    <link rel="preload" href="./{module}" as="fetch" type="application/wasm" crossorigin>
    <script type="module" src="./{script}"></script>"#
    )
}

/// Writes a file into `dist/`, with a hash of its content in its name, so that browsers can keep it for ever.
fn keep(name: &str, content: &[u8]) -> Result<String> {
    let name = Path::new(name);
    let stem = name.file_stem().unwrap_or_default().display();
    let ending = name.extension().unwrap_or_default().display();
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    let kept = format!("{stem}-{:016x}.{ending}", hasher.finish());
    write(&project::dist().join(&kept), content)?;
    Ok(kept)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

fn attribute<'line>(link: &'line str, name: &str) -> Option<&'line str> {
    let (_, value) = link.split_once(&format!("{name}=\""))?;
    value.split('"').next()
}
