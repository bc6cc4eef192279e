//! The house's order: which room may use which. Reads the sources, so that a wrong `use` fails here and not in a
//! review.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, the rooms of this crate it may use, and crates that no file in it may name.
const ROOMS: [(&str, &[&str], &[&str]); 10] = [
    (
        "command",
        &["domain", "graphql", "http", "oidc", "service", "settings"],
        &["sea_orm", "sqlx", "axum", "async_graphql"],
    ),
    ("http", &["crypto", "domain", "graphql", "oidc", "service"], &["sea_orm", "sqlx"]),
    ("settings", &["oidc", "service", "vault"], &["sea_orm", "sqlx", "axum", "async_graphql"]),
    ("oidc", &["crypto", "domain"], &["sea_orm", "sqlx", "axum", "async_graphql", "tokio"]),
    ("graphql", &["domain", "service"], &["sea_orm", "sqlx", "axum"]),
    (
        "service",
        &["crypto", "domain", "oidc", "store", "vault"],
        &["sea_orm", "sqlx", "axum", "async_graphql", "reqwest"],
    ),
    ("vault", &[], &["sea_orm", "sqlx", "axum", "async_graphql"]),
    ("store", &["domain"], &["axum", "async_graphql", "chacha20poly1305", "argon2"]),
    ("crypto", &["domain"], &["sea_orm", "sqlx", "axum", "async_graphql", "std::fs", "std::net", "tokio"]),
    (
        "domain",
        &[],
        &["sea_orm", "sqlx", "axum", "async_graphql", "std::fs", "std::net", "tokio", "getrandom"],
    ),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The lines of code, without comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a source");
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |all, line| all + line + "\n")
}

/// Whether `code` names the crate or module `path`, and not something that merely ends like it.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(index, _)| {
        let before = code[..index].chars().next_back();
        let after = code[index + path.len()..].chars().next();
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_word(before) && before != Some('"') && !is_word(after)
    })
}

#[test]
fn no_room_names_what_it_may_not() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, may_use, never) in ROOMS {
        for file in rust_files(&source.join(room)) {
            let code = code(&file);
            for (other, ..) in ROOMS {
                let allowed = other == room || may_use.contains(&other);
                if !allowed && names(&code, &format!("crate::{other}")) {
                    wrong.push(format!("{} uses crate::{other}", file.display()));
                }
            }
            for name in never.iter().filter(|name| names(&code, name)) {
                wrong.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_folder_is_a_room_of_the_table() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source).expect("the sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(!path.is_dir() || ROOMS.iter().any(|(room, ..)| *room == name), "{name} is no room");
    }
}

#[test]
fn crates_depend_in_one_direction() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let may_use: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("shared", [].as_slice()),
        ("outbound", &[]),
        ("backend", &["strongroom-outbound", "strongroom-shared"]),
        ("frontend", &["strongroom-shared"]),
        ("client", &["strongroom-outbound", "strongroom-shared"]),
        ("tests", &["strongroom"]),
        ("xtask", &[]),
    ]);
    for (folder, may_use) in may_use {
        let manifest = fs::read_to_string(root.join(folder).join("Cargo.toml")).expect("a manifest");
        for line in manifest.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if name != "strongroom" && !name.starts_with("strongroom-") {
                continue;
            }
            assert!(may_use.contains(&name), "{folder} depends on {name}");
        }
    }
}
