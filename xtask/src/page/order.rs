//! Sorts the functions of a module so that similar ones are neighbours: the nearer a repetition is, the fewer bytes it
//! takes compressed. For the page, that is 4 %.
//!
//! wasm-opt moves the functions; here, they only get names that it sorts by.

use anyhow::{Context as _, Result, bail};

use super::section::{self, Section};

const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const CODE: u8 = 10;
/// In the section of names, the part with those of functions.
const FUNCTION_NAMES: u8 = 1;

/// How many functions that are a little longer, and a little shorter, are compared with one. More gain next to nothing.
const NEARBY: usize = 200;

/// Names the functions by their places in the best order.
pub fn name_functions(module: &[u8]) -> Result<Vec<u8>> {
    let mut sections = section::read(module)?;
    let content = |id| sections.iter().find(|section| section.id == id).map(|section| &*section.content);
    let imported = content(IMPORTS).map_or(Ok(0), imported_functions)?;
    let functions = bodies(content(CODE).context("it has no code")?).context("a function is cut off")?;

    let mut names = Vec::new();
    section::push_number(&mut names, functions.len());
    let mut places: Vec<_> = order(&functions).into_iter().zip(0..).collect();
    places.sort_unstable();
    for (function, place) in places {
        section::push_number(&mut names, imported + function);
        section::push_text(&mut names, &format!("{place:06}"));
    }
    let mut content = Vec::new();
    section::push_text(&mut content, "name");
    content.push(FUNCTION_NAMES);
    section::push_number(&mut content, names.len());
    content.extend(names);
    sections.push(Section { id: CUSTOM, content });
    Ok(section::write(&sections))
}

fn imported_functions(imports: &[u8]) -> Result<usize> {
    let (count, mut rest) = section::number(imports).context("the imports have no count")?;
    let mut functions = 0;
    for _ in 0..count {
        let after_names = section::text(rest).and_then(|(_, rest)| section::text(rest));
        let (kind, after) =
            after_names.and_then(|(_, rest)| rest.split_first()).context("an import is cut off")?;
        let after = match kind {
            0 => {
                functions += 1;
                section::number(after).map(|(_, rest)| rest)
            }
            1 => after.get(1..).and_then(after_limits),
            2 => after_limits(after),
            3 => after.get(2..),
            kind => bail!("an import is of the unknown kind {kind}"),
        };
        rest = after.context("an import is cut off")?;
    }
    Ok(functions)
}

/// Skips the sizes of a table or memory.
fn after_limits(bytes: &[u8]) -> Option<&[u8]> {
    let (flags, rest) = bytes.split_first()?;
    let (_, rest) = section::number(rest)?;
    if flags & 1 == 0 { Some(rest) } else { section::number(rest).map(|(_, rest)| rest) }
}

fn bodies(code: &[u8]) -> Option<Vec<&[u8]>> {
    let (count, mut rest) = section::number(code)?;
    let mut bodies = Vec::new();
    for _ in 0..count {
        let (length, after) = section::number(rest)?;
        let (body, after) = after.split_at_checked(length)?;
        bodies.push(body);
        rest = after;
    }
    Some(bodies)
}

/// The functions, each after the most similar one that is left.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let shingles: Vec<_> = bodies.iter().map(|body| shingles(body)).collect();
    let mut left: Vec<_> = (0..bodies.len()).collect();
    left.sort_by_key(|&function| usize::MAX - bodies[function].len());
    let mut order = Vec::new();
    let mut next = 0;
    while next < left.len() {
        let last = left.remove(next);
        order.push(last);
        let place = left.partition_point(|&function| bodies[function].len() > bodies[last].len());
        let near = place.saturating_sub(NEARBY)..left.len().min(place + NEARBY);
        let most_similar = near.max_by_key(|&place| similarity(&shingles[last], &shingles[left[place]]));
        next = most_similar.unwrap_or_default();
    }
    order
}

/// All sequences of four bytes, sorted.
fn shingles(body: &[u8]) -> Vec<u32> {
    let mut shingles: Vec<_> =
        body.windows(4).map(|bytes| bytes.iter().fold(0, |all, byte| all << 8 | u32::from(*byte))).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// The share of the sequences that two functions have in common, in millionths.
fn similarity(one: &[u32], other: &[u32]) -> usize {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        i += usize::from(a <= b);
        j += usize::from(b <= a);
        common += usize::from(a == b);
    }
    2_000_000 * common / (one.len() + other.len()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_functions_are_neighbours_and_named_by_their_places() {
        let long = [b"abcdefgh".repeat(3), b"long".to_vec()].concat();
        let functions = [&b"12345678"[..], &long, b"12345679xy", b"abcdefgh!"];
        assert_eq!(order(&functions), [1, 3, 0, 2]);

        let mut code = vec![4];
        for function in functions {
            code.push(u8::try_from(function.len()).unwrap());
            code.extend(function);
        }
        // A function, a memory, a table and a global.
        let imports =
            b"\x04\x01m\x01f\0\0\x01m\x01m\x02\0\x01\x01m\x01t\x01\x70\x01\x01\x02\x01m\x01g\x03\x7f\0";
        let sections =
            [Section { id: IMPORTS, content: imports.to_vec() }, Section { id: CODE, content: code }];
        let named = section::read(&name_functions(&section::write(&sections)).unwrap()).unwrap();
        let expected = b"\x04name\x01\x21\x04\x01\x06000002\x02\x06000000\x03\x06000003\x04\x06000001";
        assert_eq!(named[2].content, expected);
        assert_eq!(named[..2], sections);
    }
}
