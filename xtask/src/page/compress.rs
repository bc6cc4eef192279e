//! Compressed copies of the page's files, `NAME.br` and `NAME.gz` beside `NAME`, made once instead of for each request.
//! Skips copies that would not be smaller, and types that are already compressed.

use std::cmp::Reverse;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::project::Build;

const BROTLI: &str = "br";
const GZIP: &str = "gz";

const COMPRESSED_TYPES: [&str; 9] = [BROTLI, GZIP, "png", "jpg", "jpeg", "webp", "avif", "gif", "woff2"];

/// Brotli's largest window, as a power of two.
const BROTLI_WINDOW: i32 = 22;

pub struct FileSize {
    /// The file's path below the page's directory.
    pub name: String,
    pub raw: u64,
    pub brotli: u64,
}

pub fn compress_folder(folder: &Path, build: Build) -> Result<()> {
    for path in files(folder)? {
        if path.extension().is_some_and(|ending| COMPRESSED_TYPES.iter().any(|known| ending == *known)) {
            continue;
        }
        let raw = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let (brotli_level, gzip_level) = match build {
            Build::Dev => (5, Compression::new(6)),
            Build::Release => (11, Compression::best()),
        };
        write_if_smaller(&path, BROTLI, &raw, &brotli(&raw, brotli_level)?)?;
        write_if_smaller(&path, GZIP, &raw, &gzip(&raw, gzip_level)?)?;
    }
    Ok(())
}

/// The sizes of a page's files, the largest first.
pub fn sizes(folder: &Path) -> Result<Vec<FileSize>> {
    let mut sizes = Vec::new();
    for path in files(folder)? {
        if path.extension().is_some_and(|ending| ending == BROTLI || ending == GZIP) {
            continue;
        }
        let raw = fs::metadata(&path).with_context(|| format!("reading {}", path.display()))?.len();
        let brotli = fs::metadata(path.with_added_extension(BROTLI)).map_or(raw, |copy| copy.len());
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        sizes.push(FileSize { name, raw, brotli });
    }
    sizes.sort_by_key(|size| Reverse(size.raw));
    Ok(sizes)
}

/// Every file below a directory, in a fixed order.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("reading {}", folder.display()))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn write_if_smaller(path: &Path, ending: &str, raw: &[u8], compressed: &[u8]) -> Result<()> {
    if compressed.len() >= raw.len() {
        return Ok(());
    }
    let copy = path.with_added_extension(ending);
    fs::write(&copy, compressed).with_context(|| format!("writing {}", copy.display()))
}

fn brotli(raw: &[u8], quality: i32) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: BROTLI_WINDOW,
        size_hint: raw.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &raw[..], &mut compressed, &parameters).context("compressing with Brotli")?;
    Ok(compressed)
}

fn gzip(raw: &[u8], level: Compression) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(raw).and_then(|()| encoder.finish()).context("compressing with gzip")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use tempfile::TempDir;

    use super::*;

    fn folder_with(files: &[(&str, &[u8])]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn a_copy_holds_what_the_file_holds() {
        let text = b"a secret is set, a secret is read; ".repeat(100);
        let folder = folder_with(&[("app.js", &text)]);
        compress_folder(folder.path(), Build::Release).unwrap();
        let copy =
            |ending: &str| fs::read(folder.path().join("app.js").with_added_extension(ending)).unwrap();

        let mut from_brotli = Vec::new();
        brotli::BrotliDecompress(&mut copy(BROTLI).as_slice(), &mut from_brotli).unwrap();
        assert_eq!(from_brotli, text);

        let mut from_gzip = Vec::new();
        flate2::read::GzDecoder::new(copy(GZIP).as_slice()).read_to_end(&mut from_gzip).unwrap();
        assert_eq!(from_gzip, text);
    }

    #[test]
    fn only_files_that_become_smaller_have_copies_and_sizes_count_a_file_once() {
        let folder = folder_with(&[
            ("app.js", &[b'x'; 1000]),
            ("deep/empty.txt", b""),
            ("icon.png", &[0; 900]),
            ("tiny.txt", b"a"),
        ]);
        compress_folder(folder.path(), Build::Dev).unwrap();
        let found = files(folder.path()).unwrap();
        let names = found.iter().map(|path| path.strip_prefix(&folder).unwrap().to_str().unwrap());
        let expected = ["app.js", "app.js.br", "app.js.gz", "deep/empty.txt", "icon.png", "tiny.txt"];
        assert_eq!(names.collect::<Vec<_>>(), expected);

        let sizes = sizes(folder.path()).unwrap();
        let names: Vec<_> = sizes.iter().map(|size| size.name.as_str()).collect();
        assert_eq!(names, ["app.js", "icon.png", "tiny.txt", "deep/empty.txt"]);
        assert!(sizes[0].brotli < sizes[0].raw);
        assert!(sizes[1..].iter().all(|size| size.brotli == size.raw));
    }
}
