//! Shortens the names by which the main module and its script call each other's functions. wasm-bindgen puts
//! hashes into them, which no compression makes smaller.

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};

use super::section::{self, Section};

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// The kind of an import or export that is a function.
const FUNCTION: u8 = 0;

const HASH_DIGITS: usize = 16;

/// Gives the names with a hash short ones, in the module and in the script.
pub fn shorten(module: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut short_names = HashMap::new();
    let mut rename = |name: &str| {
        if !has_hash(name) {
            return name.to_owned();
        }
        let count = short_names.len();
        short_names.entry(name.to_owned()).or_insert_with(|| format!("_{count}")).clone()
    };
    let mut sections = section::read(module)?;
    for Section { id, content } in &mut sections {
        match *id {
            IMPORTS => *content = renamed(content, 2, &mut rename)?,
            EXPORTS => *content = renamed(content, 1, &mut rename)?,
            _ => {}
        }
    }
    let words = script.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let words = words.map(|word| {
        let end = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).len();
        let (name, rest) = word.split_at(end);
        short_names.get(name).map_or_else(|| word.to_owned(), |short| format!("{short}{rest}"))
    });
    let script = words.collect();
    Ok((section::write(&sections), script))
}

/// Copies the entries of a section, each of which begins with a number of texts, and renames the last of these.
fn renamed(content: &[u8], texts: usize, rename: &mut impl FnMut(&str) -> String) -> Result<Vec<u8>> {
    let mut renamed = Vec::new();
    let (entries, mut rest) = section::number(content).context("a section has no count")?;
    section::push_number(&mut renamed, entries);
    for _ in 0..entries {
        for place in 1..=texts {
            let (text, after) = section::text(rest).context("a name is cut off")?;
            rest = after;
            let new = if place == texts { rename(text) } else { text.to_owned() };
            section::push_text(&mut renamed, &new);
        }
        let (&kind, after) = rest.split_first().context("an entry is cut off")?;
        // Others are described at length if they are imported, and the main module imports none.
        ensure!(texts == 1 || kind == FUNCTION, "the module imports something else than functions");
        let (index, after) = section::number(after).context("an entry is cut off")?;
        rest = after;
        renamed.push(kind);
        section::push_number(&mut renamed, index);
    }
    Ok(renamed)
}

fn has_hash(name: &str) -> bool {
    name.split('_').any(|part| {
        let part = part.strip_prefix('h').unwrap_or(part);
        part.len() == HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_become_short_in_the_module_and_the_script() {
        let import = |name: &str| {
            [&[1, b'm', u8::try_from(name.len()).unwrap()], name.as_bytes(), &[0, 0x85, 1]].concat()
        };
        let module = |first: &str, second: &str| {
            let imports = [&[2][..], &import(first), &import(second)].concat();
            section::write(&[
                Section { id: 1, content: vec![0] },
                Section { id: IMPORTS, content: imports },
                Section { id: EXPORTS, content: [&[1, 6][..], b"memory", &[2, 0]].concat() },
            ])
        };
        // wasm-bindgen numbers a name that it has used already.
        let (one, other) = ("__wbg_now_0123456789abcdef", "__wbg_now_0123456789abcdef_2");
        let script = |one: &str, other: &str| format!("{{ {one}: () => 0, {other}: 1, __wbg_start: 2 }}");
        let shortened = shorten(&module(one, other), &script(one, other)).unwrap();
        assert_eq!(shortened, (module("_0", "_1"), script("_0", "_1")));
        assert_eq!(shorten(&module("a", "__wbg_b"), "a").unwrap(), (module("a", "__wbg_b"), "a".to_owned()));
    }
}
