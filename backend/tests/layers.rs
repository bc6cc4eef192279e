//! Architecture tests: which layer may use which, and no circular modules in any crate. They read the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

type List = &'static [&'static str];

/// A layer, the layers of this crate and the frameworks that it may use, and other crates and modules that it may not.
const LAYERS: [(&str, List, List, List); 11] = [
    ("command", &["domain", "graphql", "http", "oidc", "service", "settings", "egress"], &[], &[]),
    ("http", &["crypto", "domain", "graphql", "oidc", "service"], &["axum", "async_graphql"], &[]),
    ("settings", &["oidc", "service", "vault"], &[], &[]),
    ("oidc", &["crypto", "domain"], &[], &["tokio"]),
    ("graphql", &["domain", "service"], &["async_graphql"], &[]),
    ("service", &["crypto", "domain", "oidc", "store", "vault", "egress"], &[], &["reqwest"]),
    ("vault", &[], &[], &[]),
    ("egress", &[], &[], &[]),
    ("store", &["domain"], &["sea_orm", "sqlx"], &["chacha20poly1305", "argon2"]),
    ("crypto", &["domain"], &[], &["std::fs", "std::net", "tokio"]),
    ("domain", &[], &[], &["std::fs", "std::net", "tokio", "getrandom"]),
];

/// Only layers may use them, and no file beside them.
const FRAMEWORKS: [&str; 4] = ["sea_orm", "sqlx", "axum", "async_graphql"];

const CRATES: [&str; 9] =
    ["backend", "client", "formats", "frontend", "fuzz", "outbound", "shared", "tests", "xtask"];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a directory of sources") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The code of a file, without comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a source");
    let code = text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//"));
    code.collect()
}

/// Whether `code` names the crate or module `path`, and not another with a longer name.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(index, _)| {
        let before = code[..index].chars().next_back();
        let after = code[index + path.len()..].chars().next();
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_word(before) && before != Some('"') && !is_word(after)
    })
}

/// A module's path from the root of its crate.
type Module = Vec<String>;

/// The modules of a crate with their code, without their tests.
fn modules(source: &Path) -> BTreeMap<Module, String> {
    let mut modules = BTreeMap::<Module, String>::new();
    for file in rust_files(source) {
        let path = file.strip_prefix(source).expect("a file below").with_extension("");
        let mut module: Module = path.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        module.pop_if(|name| ["lib", "main", "mod"].contains(&name.as_str()));
        modules.entry(module).or_default().push_str(without_tests(&code(&file)));
    }
    modules
}

fn without_tests(code: &str) -> &str {
    let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub mod tests {"];
    let end = tests.iter().filter_map(|tests| code.find(tests)).min();
    &code[..end.unwrap_or(code.len())]
}

/// The paths of a `use`, each with its name: `a::{b, c as d}` has `b` and `d`.
fn imports(prefix: &str, tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some((start, rest)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = format!("{prefix}{path}");
        let path = path.strip_suffix("::self").unwrap_or(&path);
        let name = if name.is_empty() { path.rsplit("::").next().unwrap_or_default() } else { name };
        return vec![(name.to_owned(), path.to_owned())];
    };
    let prefix = format!("{prefix}{start}");
    let mut depth = 0;
    let parts = rest.trim_end_matches('}').split(|character| {
        depth += i32::from(character == '{') - i32::from(character == '}');
        character == ',' && depth == 0
    });
    parts.filter(|part| !part.trim().is_empty()).flat_map(|part| imports(&prefix, part)).collect()
}

/// The paths of this crate in `code`.
fn inline_paths(code: &str) -> impl Iterator<Item = &str> {
    let is_of_path = |character: char| character.is_alphanumeric() || "_:".contains(character);
    let starts = ["crate::", "self::", "super::"].into_iter().flat_map(|start| code.match_indices(start));
    starts.filter_map(move |(index, _)| {
        let path = code[index..].split(|character| !is_of_path(character)).next()?;
        (!code[..index].ends_with(is_of_path)).then(|| path.trim_end_matches(':'))
    })
}

/// A path in `module`, from the root of the crate; `None` for one to another crate.
fn absolute(module: &Module, path: &str, modules: &BTreeMap<Module, String>) -> Option<Module> {
    let mut steps = path.split("::").map(str::to_owned).peekable();
    let first = steps.peek()?.clone();
    let mut base = if first == "crate" { Module::new() } else { module.clone() };
    let is_child = modules.contains_key(&[module.as_slice(), slice::from_ref(&first)].concat());
    let is_own = is_child || ["crate", "self", "super"].contains(&first.as_str());
    while let Some(step) = steps.next_if(|step| ["crate", "self", "super"].contains(&step.as_str())) {
        if step == "super" {
            base.pop();
        }
    }
    is_own.then(|| base.into_iter().chain(steps).collect())
}

/// The imports of a module by name, and every path of its crate that it names.
struct Names {
    imported: BTreeMap<String, Module>,
    paths: Vec<Module>,
}

impl Names {
    fn of(module: &Module, code: &str, modules: &BTreeMap<Module, String>) -> Self {
        let uses = code.split(';').filter_map(|statement| statement.rsplit_once("use "));
        let imported: BTreeMap<_, _> = uses
            .flat_map(|(_, tree)| imports("", tree))
            .filter_map(|(name, path)| Some((name, absolute(module, &path, modules)?)))
            .collect();
        let inline = inline_paths(code).filter_map(|path| absolute(module, path, modules));
        Self { paths: imported.values().cloned().chain(inline).collect(), imported }
    }
}

/// The module that defines the item of a path, behind any re-exports.
fn defining(path: &Module, names: &BTreeMap<Module, Names>) -> Module {
    let mut path = path.clone();
    // Longer than any chain of re-exports. Two modules may import a name from each other that neither defines.
    for _ in 0..8 {
        let is_module = |length: &usize| names.contains_key(&path[..*length]);
        let (module, rest) = path.split_at((0..=path.len()).rev().find(is_module).unwrap_or(0));
        match rest.first().and_then(|name| names.get(module)?.imported.get(name)) {
            Some(import) => path = [&import[..], &rest[1..]].concat(),
            None => return module.to_vec(),
        }
    }
    path
}

/// The cycles of sibling modules, each with all its descendants. A parent and its children may use each other, because a
/// `mod.rs` has what its files share.
fn cycles(modules: &BTreeMap<Module, String>) -> BTreeSet<String> {
    let names = modules.iter().map(|(module, code)| (module.clone(), Names::of(module, code, modules)));
    let names: BTreeMap<_, _> = names.collect();
    let mut uses = BTreeMap::<&[String], BTreeSet<Module>>::new();
    for (module, named) in &names {
        for target in named.paths.iter().map(|path| defining(path, &names)) {
            let common = module.iter().zip(&target).take_while(|(one, two)| one == two).count();
            if common < module.len().min(target.len()) {
                uses.entry(&module[..=common]).or_default().insert(target[..=common].to_vec());
            }
        }
    }
    let reached = |from: &[String]| {
        let (mut found, mut open) = (BTreeSet::new(), vec![from.to_vec()]);
        while let Some(module) = open.pop() {
            let targets = uses.get(&module[..]).into_iter().flatten();
            open.extend(targets.filter(|target| found.insert(*target)).cloned());
        }
        found
    };
    let is_in_cycle = |module: &&&[String]| reached(module).iter().any(|found| found == *module);
    let cycle = |module: &[String]| {
        let found = reached(module);
        let members = found.iter().filter(|found| reached(found).iter().any(|back| *back == module));
        let members: Vec<_> = members.filter_map(|member| member.last().cloned()).collect();
        let place = module[..module.len() - 1].iter().fold(String::new(), |all, name| all + name + "::");
        format!("{place}{{{}}}", members.join(", "))
    };
    uses.keys().filter(is_in_cycle).map(|module| cycle(module)).collect()
}

#[test]
fn layer_uses_only_what_it_may() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut check = |file: &Path, never: &[String]| {
        let code = code(file);
        let named = never.iter().filter(|name| names(&code, name));
        wrong.extend(named.map(|name| format!("{} uses {name}", file.display())));
    };
    for (layer, may_use, frameworks, never) in LAYERS {
        let layers = LAYERS.iter().map(|(other, ..)| *other);
        let layers = layers.filter(|other| *other != layer && !may_use.contains(other));
        let frameworks = FRAMEWORKS.iter().filter(|name| !frameworks.contains(name));
        let others = frameworks.chain(never).map(|name| (*name).to_owned());
        let never: Vec<_> = layers.map(|other| format!("crate::{other}")).chain(others).collect();
        for file in rust_files(&source.join(layer)) {
            check(&file, &never);
        }
    }
    let beside = rust_files(&source).into_iter().filter(|file| file.parent() == Some(&source));
    beside.for_each(|file| check(&file, &FRAMEWORKS.map(str::to_owned)));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_directory_is_a_layer() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source).expect("the sources") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(!path.is_dir() || LAYERS.iter().any(|(layer, ..)| *layer == name), "{name} is no layer");
    }
}

#[test]
fn crates_depend_in_one_direction() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let may_use: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("shared", [].as_slice()),
        ("outbound", &[]),
        ("formats", &["strongroom-shared"]),
        ("backend", &["strongroom-outbound", "strongroom-shared"]),
        ("frontend", &["strongroom-formats", "strongroom-shared"]),
        ("client", &["strongroom-formats", "strongroom-outbound", "strongroom-shared"]),
        ("tests", &["strongroom"]),
        ("xtask", &[]),
    ]);
    for (folder, may_use) in may_use {
        let manifest = fs::read_to_string(root.join(folder).join("Cargo.toml")).expect("a manifest");
        for line in manifest.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let is_ours = name == "strongroom" || name.starts_with("strongroom-");
            assert!(!is_ours || may_use.contains(&name), "{folder} depends on {name}");
        }
    }
}

#[test]
fn modules_have_no_cycles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found: Vec<_> = CRATES
        .iter()
        .map(|name| (name, cycles(&modules(&root.join(name).join("src")))))
        .flat_map(|(name, cycles)| cycles.into_iter().map(move |cycle| format!("{name}: {cycle}")))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_kind_of_cycle_is_found_and_no_other() {
    let check = |case: &str, files: &[(&str, &str)], expected: &[&str]| {
        let path = |path: &str| path.split("::").filter(|step| !step.is_empty()).map(str::to_owned).collect();
        let modules = files.iter().map(|(module, code)| (path(module), (*code).to_owned())).collect();
        assert_eq!(cycles(&modules).into_iter().collect::<Vec<_>>(), expected, "{case}");
    };
    check("a pair", &[("a", "use crate::b::B;"), ("b", "fn f() { super::a::g() }")], &["{a, b}"]);
    check(
        "three, one of them a directory, and one outside the cycle",
        &[
            ("a", ""),
            ("a::x", "use crate::{c, b::{B as Other, D}};"),
            ("b", "pub use crate::c::C;"),
            ("c", "use crate::a::x;"),
            ("d", "use crate::a;"),
        ],
        &["{a, b, c}"],
    );
    check(
        "behind a re-export, inside a directory",
        &[("m", "pub use a::A; use self::b::B;"), ("m::a", "use super::B;"), ("m::b", "use crate::m::A;")],
        &["m::{a, b}"],
    );
    check("a parent and its child", &[("m", "use self::a::A; struct M;"), ("m::a", "use super::M;")], &[]);
    check("a line", &[("a", "use crate::b;"), ("b", "use crate::c;"), ("c", "use std::fs;")], &[]);
    check("another crate's modules", &[("a", "use b::B;"), ("b", "use crate::a::A;")], &[]);
    check("a longer name", &[("a", "use crate::bb::B;"), ("b", "use crate::a::A;"), ("bb", "")], &[]);
    assert_eq!(without_tests("use a;\n#[cfg(test)]\nmod tests {\n    use super::*;\n}"), "use a;\n");
}
