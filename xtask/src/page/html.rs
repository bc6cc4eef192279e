//! The files around the code: `index.html`, with everything that it links to put into `dist/`.
//!
//! It understands the `data-trunk` links of `frontend/index.html`, each on a line of its own, so that Trunk can build
//! the page as well. Unlike Trunk, it joins the style sheets, and does not load all of them at once.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::wasm::Code;
use crate::project::{self, Build};
use crate::tool::Toolbox;

const MARK: &str = "<link data-trunk ";
/// Marks a style sheet that the first page does not need.
const LATER: &str = " data-later";

/// Writes `index.html` and its files into `dist/`.
pub fn build(code: &Code, build: Build, tools: &Toolbox) -> Result<()> {
    let folder = project::root().join("frontend");
    let mut page = String::new();
    let (mut styles, mut later) = (Vec::new(), Vec::new());
    let source = read(&folder.join("index.html"))?;
    for line in without_comments(&source).lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some(link) = line.strip_prefix(MARK) else {
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
            "inline" => format!("<script>{}</script>", inline_script(&href, build, tools)?),
            "css" => {
                if link.contains(LATER) { &mut later } else { &mut styles }.push(href);
                continue;
            }
            "rust" => {
                let style = join_styles("style.css", &styles, build, tools)?;
                let later = join_styles("later.css", &later, build, tools)?;
                links(code, &style, &later)
            }
            other => bail!("{line}: xtask/src/page/html.rs knows no {other}"),
        };
        page.extend([&lines, "\n"]);
    }
    write(&project::dist().join("index.html"), page.as_bytes())
}

fn inline_script(source: &Path, build: Build, tools: &Toolbox) -> Result<String> {
    let joined = project::target()?.join("page/inline.js");
    super::join(source, &joined, build, tools)?;
    Ok(read(&joined)?.trim_end().to_owned())
}

fn join_styles(name: &str, styles: &[PathBuf], build: Build, tools: &Toolbox) -> Result<String> {
    let imports: Vec<_> = styles.iter().map(|style| format!("@import \"{}\";", style.display())).collect();
    let folder = project::target()?.join("page");
    let (source, joined) = (folder.join("imports.css"), folder.join(name));
    write(&source, imports.join("\n").as_bytes())?;
    super::join(&source, &joined, build, tools)?;
    keep(name, read(&joined)?.as_bytes())
}

/// The style sheets, and the code. Browsers request the files at once, except a disabled style sheet.
fn links(code: &Code, style: &str, later: &str) -> String {
    let (script, module) = (code.script(), code.main_module());
    format!(
        "<link rel=\"stylesheet\" href=\"./{style}\">\n\
         <link rel=\"stylesheet\" href=\"./{later}\" disabled>\n\
         <link rel=\"preload\" href=\"./{module}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
         <script type=\"module\" src=\"./{script}\"></script>"
    )
}

fn without_comments(page: &str) -> String {
    let mut parts = page.split("<!--");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once("-->").map_or("", |(_, after)| after));
    std::iter::once(first).chain(rest).collect()
}

/// Writes a file into `dist/`, with a hash of its content in its name, so that browsers can keep it forever.
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
