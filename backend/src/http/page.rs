//! The page as built by `cargo xtask`, embedded in the binary. A debug build reads the files from `dist/` on each
//! request, so that the page can be rebuilt without the server. Compressed siblings (`x.js.br`, `x.js.gz`) are made when
//! the page is built.
//!
//! One build works below any path: its URLs are relative to the `<base>` in `index.html`, from which scripts read the
//! path.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
/// The `<base>` element in the built `index.html`.
const BASE: &str = "<base href=\"/\">";
/// For files whose names contain a hash of their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For other files, which are cached but revalidated.
const ASK: &str = "no-cache";

/// Serves a file of the page, or `index.html` for any other path. `base` is the page's path in browsers, such as `/`.
pub fn serve(request: &Request, base: &str) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let headers = request.headers();
    let is_sibling = ENCODINGS.iter().any(|(_, suffix)| path.ends_with(suffix));
    if path != INDEX
        && !is_sibling
        && let Some(file) = Dist::get(path)
    {
        respond(path, Content::of(file), headers)
    } else if accepts_html(headers) {
        match Dist::get(INDEX) {
            Some(file) => respond(INDEX, Content::of(file).below(base), headers),
            None => super::error(StatusCode::NOT_FOUND, "The page is not built. Run `cargo xtask run`."),
        }
    } else {
        super::error(StatusCode::NOT_FOUND, "There is nothing here.")
    }
}

struct Content {
    data: Cow<'static, [u8]>,
    hash: [u8; 32],
    kind: String,
    /// Whether the compressed siblings match this content.
    has_siblings: bool,
}

impl Content {
    fn of(file: EmbeddedFile) -> Self {
        let EmbeddedFile { data, metadata } = file;
        let kind = metadata.mimetype();
        let charset = if kind.starts_with("text/") { "; charset=utf-8" } else { "" };
        Self { data, hash: metadata.sha256_hash(), kind: format!("{kind}{charset}"), has_siblings: true }
    }

    fn below(self, base: &str) -> Self {
        if base == "/" {
            return self;
        }
        // `settings` accepts no path that would need escaping here.
        let text = String::from_utf8_lossy(&self.data).replacen(BASE, &format!("<base href=\"{base}\">"), 1);
        let hash = Sha256::digest(text.as_bytes()).into();
        Self { data: text.into_bytes().into(), hash, has_siblings: false, ..self }
    }
}

fn respond(path: &str, content: Content, headers: &HeaderMap) -> Response {
    // Weak, because it is the same for each encoding.
    let etag = format!("W/\"{}\"", hex::encode(&content.hash[..16]));
    let policy =
        (path == INDEX).then(|| [(header::CONTENT_SECURITY_POLICY, content_security_policy(&content.data))]);
    let response = if is_same(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let encoded = ENCODINGS
            .into_iter()
            .filter(|(name, _)| content.has_siblings && accepts_encoding(headers, name))
            .find_map(|(name, suffix)| Some((name, Dist::get(&format!("{path}{suffix}"))?)));
        match encoded {
            Some((name, smaller)) => ([(header::CONTENT_ENCODING, name)], smaller.data).into_response(),
            None => content.data.into_response(),
        }
    };
    let cache = if has_hashed_name(path) { FOR_EVER } else { ASK };
    let set = [
        (header::CONTENT_TYPE, content.kind),
        (header::ETAG, etag),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::VARY, "accept-encoding".to_owned()),
    ];
    (policy, set, response).into_response()
}

/// Allows the page its own files, server and inline script. `wasm-unsafe-eval` only allows to compile WebAssembly.
fn content_security_policy(index: &[u8]) -> String {
    let hash = |script: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script)));
    let mut scripts = vec!["'self' 'wasm-unsafe-eval'".to_owned()];
    scripts.extend(inline_scripts(&String::from_utf8_lossy(index)).into_iter().map(hash));
    let scripts = scripts.join(" ");
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// The inline scripts of a page. Only parses our own `index.html`.
fn inline_scripts(html: &str) -> Vec<&str> {
    html.split("<script")
        .skip(1)
        .filter_map(|rest| {
            let (attributes, rest) = rest.split_once('>')?;
            let (text, _) = rest.split_once("</script>")?;
            (!attributes.contains("src=") && !text.is_empty()).then_some(text)
        })
        .collect()
}

/// The encodings of siblings and their suffixes, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

pub fn accepts_encoding(headers: &HeaderMap, name: &str) -> bool {
    list(headers, header::ACCEPT_ENCODING).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next().is_some_and(|found| found.eq_ignore_ascii_case(name))
            && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn accepts_html(headers: &HeaderMap) -> bool {
    list(headers, header::ACCEPT).any(|item| item.to_ascii_lowercase().starts_with("text/html"))
}

fn is_same(headers: &HeaderMap, etag: &str) -> bool {
    list(headers, header::IF_NONE_MATCH).any(|item| item == etag)
}

fn list(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|item| str::from_utf8(item).ok())
        .map(str::trim)
}

/// Whether the name or its directory has a hash: `style-0123456789abcdef.css`, `page-0123456789abcdef/strongroom.js`.
fn has_hashed_name(path: &str) -> bool {
    // Up to 16 digits: Trunk, which builds the page with live reload, omits leading zeros.
    path.split(['-', '_', '.', '/'])
        .any(|part| (12..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashed_names_are_recognised() {
        for name in [
            "page-0123456789abcdef/strongroom.js",
            "page-0123456789abcdef_bg.wasm",
            "base-295be3216bf4373.css",
        ] {
            assert!(has_hashed_name(name), "{name}");
        }
        assert!(!has_hashed_name("index.html") && !has_hashed_name("page-abc.js"));
    }

    #[test]
    fn page_below_a_path_has_its_own_base_and_hash() {
        let built = Content {
            data: Cow::Borrowed(b"<head><base href=\"/\"><script src=\"./x.js\">"),
            hash: [0; 32],
            kind: String::new(),
            has_siblings: true,
        };
        let below = built.below("/strongroom/");
        let expected = "<head><base href=\"/strongroom/\"><script src=\"./x.js\">";
        assert_eq!(String::from_utf8_lossy(&below.data), expected);
        assert_eq!(below.hash[..], Sha256::digest(expected)[..]);
        assert!(!below.has_siblings);
    }

    #[test]
    fn only_inline_scripts_are_hashed() {
        let html =
            "<script type=\"module\">\nstart()\n</script><script src=\"x.js\"></script><script>b</script>";
        assert_eq!(inline_scripts(html), ["\nstart()\n", "b"]);
        // The hash of "b" by another program: printf b | openssl dgst -sha256 -binary | base64
        let policy = content_security_policy(b"<script>b</script>");
        assert!(policy.contains("'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }
}
