//! What lists of secrets are sorted, grouped, searched and filtered by.
//!
//! The store keeps [`Keys`] beside each secret, so that a page of a long list is one query of an index. A change
//! of how a key is made needs a migration that makes all of them again.
//!
//! To add a filter: a row in `strongroom_shared::SecretFilter`, its name in `frontend/asset/start.js`, and its condition here.

use sha2::{Digest as _, Sha256};
use strongroom_shared::{SecretFilter, visible};
use unicode_normalization::UnicodeNormalization as _;

use super::clock::Time;
use super::filter::{Filter, Scalar, SecretColumn, Test};
use super::rule::Rule;
use super::secret::EXPIRY_NOTICE;

/// The separators between the words of a name.
const SEPARATORS: [char; 3] = ['_', '-', '.'];
/// The most words of a search.
const WORDS: usize = 20;
/// The longest search, in Unicode scalar values.
const SEARCH_CHARS: usize = 1000;
/// How long a secret goes unread before it counts as unused.
const UNUSED: chrono::TimeDelta = chrono::TimeDelta::days(90);
/// Bytes of a digest, enough that no two looks ever share one.
const LOOK_BYTES: usize = 16;

/// The derived columns of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Its place in the order of names: see [`sort_key`].
    pub sort: Vec<u8>,
    /// The place of its group, see [`group_of`]; its own place if its name has no prefix.
    pub group: Vec<u8>,
    /// See [`look_key`].
    pub look: Vec<u8>,
}

impl Keys {
    pub fn of(name: &str) -> Self {
        let group = group_of(name).map_or_else(|| sort_key(name), sort_key);
        Self { sort: sort_key(name), group, look: look_key(name) }
    }
}

/// The text that words are searched in. No word contains the line break between name and description.
pub fn search_text(name: &str, description: Option<&str>) -> String {
    format!("{}\n{}", lowered(name), lowered(description.unwrap_or_default()))
}

/// In lower case, each character by itself: in a word, a `Σ` at its end would become another letter than elsewhere.
fn lowered(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

/// Sorts names as bytes: numbers by size, then words regardless of case, then by their exact text. Names have no NUL.
pub fn sort_key(name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(2 * name.len() + 8);
    match Number::parse(name) {
        // All numbers before all words, because "2" < "10" < "1a" < "2" is no order.
        Some(number) => number.write(&mut key),
        None => key.push(3),
    }
    key.extend(name.to_lowercase().bytes());
    key.push(0);
    key.extend(name.bytes());
    key
}

/// The text that a [`sort_key`] was made of.
pub fn text_of_key(key: &[u8]) -> String {
    let text = key.rsplit(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// The prefix of a name: up to the last slash, or else the first underscore, hyphen or dot. Numbers have none.
pub fn group_of(name: &str) -> Option<&str> {
    if Number::parse(name).is_some() {
        return None;
    }
    let end = name.rfind('/').filter(|slash| *slash > 0).or_else(|| {
        let start = name.find(|c| !"_-.".contains(c))?;
        Some(start + name[start..].find(['_', '-', '.'])?)
    })?;
    Some(&name[..=end])
}

/// A digest of a name's [look](visible::look): a look itself may be long.
pub fn look_key(name: &str) -> Vec<u8> {
    Sha256::digest(visible::look(name, nfkd))[..LOOK_BYTES].to_vec()
}

/// Tests whether other names look like this one but differ.
pub fn twins_of(name: &str) -> impl Fn(&str) -> bool {
    visible::twins_of(name, nfkd)
}

fn nfkd(text: &str) -> String {
    text.nfkd().collect()
}

/// The condition that name and description have all words of a search, ignoring case. In a word, `_`, `-` and `.` stand for
/// each other.
pub fn found_by(search: &str) -> Result<Filter<SecretColumn>, Rule> {
    let is_short = search.chars().count() <= SEARCH_CHARS;
    Rule::require(is_short, "A search can have at most 1000 characters.")?;
    let search = lowered(search);
    let words = search.split_whitespace();
    let parts = words.clone().flat_map(|word| word.split(SEPARATORS)).count();
    Rule::require(parts <= WORDS, "A search can have at most 20 words.")?;
    Ok(Filter::All(words.map(has_word).collect()))
}

fn has_word(word: &str) -> Filter<SecretColumn> {
    let literal = |part: &str| part.replace('\\', "\\\\").replace('%', "\\%");
    let parts: Vec<_> = word.split(SEPARATORS).map(literal).collect();
    let has = |pattern: String| Filter::Column(SecretColumn::Search, Test::Like(format!("%{pattern}%")));
    // A plain `_` stands for any character. Each pair of parts must have a separator between them.
    let pair = |pair: &[String]| Filter::Any(["\\_", "-", "."].map(|it| has(pair.join(it))).into());
    Filter::All([has(parts.join("_"))].into_iter().chain(parts.windows(2).map(pair)).collect())
}

/// The condition of a filter, for a caller of this name.
pub fn condition(filter: SecretFilter, me: &str, now: Time) -> Filter<SecretColumn> {
    let is = Filter::Column;
    let never_read = || is(SecretColumn::LastRead, Test::IsNull(true));
    match filter {
        SecretFilter::NeverRead => never_read(),
        SecretFilter::Unused => {
            let since = now.checked_sub_signed(UNUSED).unwrap_or(Time::UNIX_EPOCH);
            let before = |column| is(column, Test::Less(Scalar::Time(since)));
            let never = Filter::All(vec![never_read(), before(SecretColumn::Created)]);
            Filter::Any(vec![before(SecretColumn::LastRead), never])
        }
        SecretFilter::ChangedByMe => is(SecretColumn::UpdatedBy, Test::Equal(Scalar::Text(me.to_owned()))),
        SecretFilter::NoDescription => is(SecretColumn::Description, Test::IsNull(true)),
        SecretFilter::Expiring => {
            let soon = now.checked_add_signed(EXPIRY_NOTICE).unwrap_or(now);
            is(SecretColumn::ExpiresAt, Test::LessOrEqual(Scalar::Time(soon)))
        }
    }
}

/// A plain decimal number, in digits.
struct Number<'a> {
    is_negative: bool,
    /// Without zeros at the start.
    whole: &'a str,
    /// Without zeros at the end.
    fraction: &'a str,
}

impl<'a> Number<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_plain = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        is_plain.then(|| Self {
            is_negative: digits.len() < text.len(),
            whole: whole.trim_start_matches('0'),
            fraction: fraction.trim_end_matches('0'),
        })
    }

    /// The sign, the number of digits, the digits and an end, which sort as bytes; those of negative numbers are inverted.
    fn write(&self, key: &mut Vec<u8>) {
        key.push(if self.is_negative { 1 } else { 2 });
        let length = u16::try_from(self.whole.len()).unwrap_or(u16::MAX).to_be_bytes();
        let size = length.into_iter().chain(self.whole.bytes()).chain(self.fraction.bytes()).chain([0]);
        key.extend(size.map(|byte| if self.is_negative { !byte } else { byte }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_number_then_regardless_of_case() {
        for expected in [
            ["A", "a", "B", "b"].as_slice(),
            &["-10", "-3", "-0.55", "-0.5", "1.5", "02", "2", "10", "1.2.3", "1a", "v2"],
            &["0", "1e3", "inf", "nan"],
            &["a", "aa", "ab", "\u{e9}", "\u{44f}"],
        ] {
            let mut names = expected.to_vec();
            names.sort_unstable();
            names.sort_by_key(|name| sort_key(name));
            assert_eq!(names, expected);
            assert!(names.iter().all(|name| text_of_key(&sort_key(name)) == **name), "{names:?}");
        }
    }

    #[test]
    fn longest_name_fits_into_an_index_of_postgresql() {
        for letter in ["\u{1f600}", "\u{10400}", "\u{130}", "\u{fdfa}"] {
            let keys = Keys::of(&letter.repeat(255));
            assert!(keys.sort.len() + keys.look.len() < 2500, "{}", keys.sort.len());
        }
    }

    #[test]
    fn group_is_the_path_or_the_first_word() {
        for (name, expected) in [
            ("DB_URL", Some("DB_")),
            ("DB_URL_OLD", Some("DB_")),
            ("db.url", Some("db.")),
            ("aws-key_id", Some("aws-")),
            ("apps/web/DB_URL", Some("apps/web/")),
            ("apps/web", Some("apps/")),
            ("_private_key", Some("_private_")),
            ("/key", None),
            ("TOKEN", None),
            ("1.5", None),
            ("1.5.2", Some("1.")),
            ("__", None),
            ("SECRET 01", None),
        ] {
            assert_eq!(group_of(name), expected, "{name}");
        }
    }

    #[test]
    fn names_of_one_look_have_one_key() {
        for (one, other, is_same) in [
            ("DB_PASSWORD", "DB_PASS\u{200b}WORD", true),
            ("Caf\u{e9}", "Cafe\u{301}", true),
            ("K\u{395}Y", "KEY", true),
            ("KEY", "key", false),
        ] {
            assert_eq!(look_key(one) == look_key(other), is_same, "{one:?} {other:?}");
        }
    }

    #[test]
    fn search_is_bounded() {
        assert!(found_by(&"a ".repeat(21)).is_err());
        assert!(found_by(&"a".repeat(1001)).is_err());
        assert!(found_by(&"_".repeat(20)).is_err());
        assert_eq!(found_by("  "), Ok(Filter::All(Vec::new())));
    }
}
