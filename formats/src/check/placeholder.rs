//! Texts that stand for a value that somebody forgot to put in.

use super::Subject;

const WORDS: [&str; 7] = ["changeme", "changeit", "replaceme", "placeholder", "todo", "fixme", "tbd"];

/// The longest placeholder, in bytes.
const LONGEST: usize = 80;

pub(super) fn placeholder(Subject { text, .. }: Subject<'_>) -> Option<String> {
    let text = text.trim();
    let is_so = text.len() <= LONGEST && (is_word(text) || is_filled(text) || is_in_brackets(text));
    is_so.then(|| "looks like a placeholder".to_owned())
}

/// `changeme`, `Change-Me!`, `TODO: ask Ada`.
fn is_word(text: &str) -> bool {
    let word: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let first = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let is_task = |word: &str| word.eq_ignore_ascii_case("todo") || word.eq_ignore_ascii_case("fixme");
    is_task(first) || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// `xxx`, `****`.
fn is_filled(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    let is_filler = first.is_some_and(|first| "xX*.•…?".contains(first));
    is_filler && characters.clone().count() >= 2 && characters.all(|other| Some(other) == first)
}

/// `<token>`, `<your API key>`.
fn is_in_brackets(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    inner.is_some_and(|inner| {
        inner.starts_with(char::is_alphabetic)
            && inner.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.'))
    })
}
