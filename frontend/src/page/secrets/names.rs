//! The names on the Secrets page: put in order once, searched with every key stroke.

use std::cmp::Ordering;
use std::sync::Arc;

/// Which end comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From small to large.
    #[default]
    Ascending,
    /// From large to small.
    Descending,
}

impl Direction {
    /// The other way round.
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }

    /// What `aria-sort` says.
    pub const fn as_aria(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// The names of a team's secrets, in ascending order.
#[derive(Debug, Default, PartialEq)]
pub struct Names(Vec<Name>);

#[derive(Debug, PartialEq)]
struct Name {
    text: Arc<str>,
    folded: String,
    number: Option<f64>,
}

impl Names {
    /// Puts names in order: numbers by size, then words regardless of case. Names that only differ in case are
    /// ordered by their exact text, so that the order is always the same.
    pub fn new(names: Vec<String>) -> Self {
        let mut names: Vec<_> = names.into_iter().map(Name::new).collect();
        names.sort_by(Name::order);
        Self(names)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether exactly this name is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| &*known.text == name)
    }

    /// The names that contain what is searched for, regardless of case and of white space around it.
    pub fn find(&self, search: &str, direction: Direction) -> Vec<Arc<str>> {
        let wanted = search.trim().to_lowercase();
        let found = self
            .0
            .iter()
            .filter(|name| name.folded.contains(&wanted))
            .map(|name| Arc::clone(&name.text));
        match direction {
            Direction::Ascending => found.collect(),
            Direction::Descending => found.rev().collect(),
        }
    }
}

impl Name {
    fn new(text: String) -> Self {
        Self {
            folded: text.to_lowercase(),
            number: number(&text),
            text: text.into(),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        // Numbers as a group before all words: compared one by one, "2" < "10" < "1a" < "2" would go in a circle.
        let by_number = match (self.number, other.number) {
            (Some(one), Some(two)) => one.total_cmp(&two),
            (one, two) => two.is_some().cmp(&one.is_some()),
        };
        by_number
            .then_with(|| self.folded.cmp(&other.folded))
            .then_with(|| self.text.cmp(&other.text))
    }
}

/// The number that a name is, if it is one as people write them.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits
            .chars()
            .all(|character| character.is_ascii_digit() || character == '.');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], search: &str, direction: Direction, expected: &[&str]) {
        let names = Names::new(names.iter().map(ToString::to_string).collect());
        let found = names.find(search, direction);
        assert_eq!(found.iter().map(|name| &**name).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn case_does_not_count_until_nothing_else_is_left() {
        check(
            &["b", "A", "a", "B"],
            "",
            Direction::Ascending,
            &["A", "a", "B", "b"],
        );
        check(
            &["b", "A", "a", "B"],
            "",
            Direction::Descending,
            &["b", "B", "a", "A"],
        );
    }

    #[test]
    fn numbers_are_ordered_by_size_and_come_before_words() {
        check(
            &["1a", "10", "2", "-3", "1.5", "02", "v2", "1.2.3"],
            "",
            Direction::Ascending,
            &["-3", "1.5", "02", "2", "10", "1.2.3", "1a", "v2"],
        );
    }

    #[test]
    fn words_that_rust_reads_as_numbers_stay_words() {
        check(
            &["nan", "inf", "1e3", "0"],
            "",
            Direction::Ascending,
            &["0", "1e3", "inf", "nan"],
        );
    }

    #[test]
    fn search_ignores_case_and_outer_space_and_takes_nothing_as_a_pattern() {
        let names = ["AWS_KEY", "aws secret", "a.*", "ключ", "<b>"];
        check(&names, "  aws ", Direction::Ascending, &["aws secret", "AWS_KEY"]);
        check(&names, ".*", Direction::Ascending, &["a.*"]);
        check(&names, "КЛЮЧ", Direction::Ascending, &["ключ"]);
        check(&names, "<B", Direction::Ascending, &["<b>"]);
        check(&names, "zzz", Direction::Ascending, &[]);
    }

    #[test]
    fn contains_means_exactly() {
        let names = Names::new(vec!["Key".into()]);
        assert!(names.contains("Key"));
        assert!(!names.contains("key"));
        assert_eq!(names.len(), 1);
    }
}
