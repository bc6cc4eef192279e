//! Warns about names of secrets that look alike.

use std::collections::HashMap;

use strongroom::Client;
use strongroom_shared::visible;
use unicode_normalization::UnicodeNormalization as _;

use super::{input, output};

/// Warns about each name just set that looks like another secret's. To keep scripts fast, it requests the names of all
/// secrets only for a non-ASCII name or at a terminal. A key that may not list names is not an error.
pub async fn warn<'names>(client: &Client, set: impl Iterator<Item = &'names str>) {
    let is_typed = input::is_terminal();
    let set: Vec<&str> = set.filter(|name| is_typed || !name.is_ascii()).collect();
    if set.is_empty() {
        return;
    }
    let Ok(there) = client.secret_names().await else { return };
    for (name, other) in pairs(&set, &there) {
        let (name, other) = (visible::spelt(name), visible::spelt(other));
        output::warn(&format!("{name} looks like {other}, which is another secret."));
    }
}

/// The displayed names of a list, without lookalikes.
pub fn drawn(names: &[&str]) -> Vec<String> {
    visible::drawn(names, nfkd)
}

fn nfkd(text: &str) -> String {
    text.nfkd().collect()
}

fn pairs<'names>(set: &[&'names str], there: &'names [String]) -> Vec<(&'names str, &'names str)> {
    let mut by_look: HashMap<String, Vec<&str>> = HashMap::with_capacity(there.len());
    for name in there {
        by_look.entry(visible::look(name, nfkd)).or_default().push(name);
    }
    let twin = |name: &'names str| {
        let is_twin = visible::twins_of(name, nfkd);
        let alike = by_look.get(&visible::look(name, nfkd))?;
        alike.iter().find(|other| is_twin(other)).map(|other| (name, *other))
    };
    set.iter().copied().filter_map(twin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalike_names_are_paired() {
        let there = ["DB_PASSWORD", "DB_PASS\u{ad}WORD", "Caf\u{e9}", "Cafe\u{301}", "KEY_1", "KEY_l"];
        let there = there.map(str::to_owned);
        for (set, expected) in [
            ("DB_PASS\u{ad}WORD", Some("DB_PASSWORD")),
            ("DB_PASSWORD", Some("DB_PASS\u{ad}WORD")),
            ("Cafe\u{301}", Some("Caf\u{e9}")),
            ("\u{24b9}B", None),
            ("KEY_1", None),
        ] {
            let found = pairs(&[set], &there);
            assert_eq!(found.first().map(|(_, other)| *other), expected, "{set:?}");
        }
    }
}
