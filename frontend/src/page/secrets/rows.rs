//! The rows of the Secrets page: put in order by name once, searched and sorted with every key stroke.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use strongroom_shared::operation::Secret;
use strongroom_shared::{Uuid, visible};

use super::facts::{Direction, Fact};
use crate::text;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// The column; `None` is the name.
    pub by: Option<Fact>,
    pub direction: Direction,
}

impl Sort {
    /// Reverses the sort, or sorts by another column in its first direction.
    pub fn pressed(self, column: Option<Fact>) -> Self {
        let direction = if self.by == column {
            self.direction.reversed()
        } else {
            column.map_or(Direction::Ascending, Fact::first_direction)
        };
        Self { by: column, direction }
    }

    /// Which way a column is sorted, if the rows are sorted by it.
    pub fn of(self, column: Option<Fact>) -> Option<Direction> {
        (self.by == column).then_some(self.direction)
    }
}

/// A team's secrets, in ascending order of their names.
#[derive(Debug, Default, PartialEq)]
pub struct SecretRows {
    rows: Vec<Row>,
    places: HashMap<Uuid, usize>,
}

#[derive(Debug, PartialEq)]
struct Row {
    secret: Arc<Secret>,
    folded: String,
    folded_description: String,
    number: Option<f64>,
    drawn: String,
}

impl SecretRows {
    /// Puts secrets in order: numbers by size, then words regardless of case. Names that only differ in case are
    /// ordered by their exact text, so that the order is always the same. See [`visible::look`] for `nfkd`.
    pub fn new(secrets: Vec<Secret>, nfkd: impl Fn(&str) -> String) -> Self {
        let mut rows: Vec<_> = secrets.into_iter().map(Row::new).collect();
        rows.sort_by(Row::order);
        let names: Vec<_> = rows.iter().map(|row| row.secret.name.as_str()).collect();
        let drawn = visible::drawn(&names, nfkd);
        for (row, drawn) in rows.iter_mut().zip(drawn) {
            row.drawn = drawn;
        }
        let places = rows.iter().enumerate();
        Self { places: places.map(|(place, row)| (row.secret.id, place)).collect(), rows }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn named(&self, name: &str) -> Option<&Arc<Secret>> {
        let mut secrets = self.rows.iter().map(|row| &row.secret);
        secrets.find(|secret| secret.name == name)
    }

    pub fn lookalike(&self, name: &str) -> Option<Arc<Secret>> {
        let is_twin = visible::twins_of(name, text::nfkd);
        let row = self.rows.iter().find(|row| is_twin(&row.secret.name))?;
        Some(Arc::clone(&row.secret))
    }

    pub fn get(&self, id: Uuid) -> Option<Arc<Secret>> {
        let row = self.rows.get(*self.places.get(&id)?)?;
        Some(Arc::clone(&row.secret))
    }

    /// The displayed name of a secret; no two look alike.
    pub fn drawn(&self, id: Uuid) -> Option<String> {
        Some(self.rows.get(*self.places.get(&id)?)?.drawn.clone())
    }

    /// Searches names and descriptions, ignoring case and surrounding white space.
    pub fn find(&self, search: &str, sort: Sort) -> Vec<Arc<Secret>> {
        let wanted = search.trim().to_lowercase();
        let found = self
            .rows
            .iter()
            .filter(|row| row.folded.contains(&wanted) || row.folded_description.contains(&wanted))
            .map(|row| Arc::clone(&row.secret));
        let mut found: Vec<_> = match (sort.by, sort.direction) {
            (None, Direction::Descending) => found.rev().collect(),
            (_, _) => found.collect(),
        };
        // The sort is stable: where the column says nothing, the names do.
        if let Some(fact) = sort.by {
            found.sort_by(|one, two| match sort.direction {
                Direction::Ascending => fact.order(one, two),
                Direction::Descending => fact.order(two, one),
            });
        }
        found
    }
}

impl Row {
    fn new(secret: Secret) -> Self {
        Self {
            folded: secret.name.to_lowercase(),
            folded_description: secret.description.as_deref().unwrap_or_default().to_lowercase(),
            number: number(&secret.name),
            drawn: String::new(),
            secret: Arc::new(secret),
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
            .then_with(|| self.secret.name.cmp(&other.secret.name))
    }
}

/// The number that a name is, if it is one as people write them.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|character| character.is_ascii_digit() || character == '.');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::DateTime;

    use super::super::facts::tests::secret;
    use super::*;

    fn rows(secrets: Vec<Secret>) -> SecretRows {
        SecretRows::new(secrets, str::to_owned)
    }

    fn check(names: &[&str], search: &str, direction: Direction, expected: &[&str]) {
        let rows = rows(names.iter().map(|name| secret(name)).collect());
        check_found(&rows, search, Sort { by: None, direction }, expected);
    }

    fn check_found(rows: &SecretRows, search: &str, sort: Sort, expected: &[&str]) {
        let found = rows.find(search, sort);
        assert_eq!(found.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn case_does_not_count_until_nothing_else_is_left() {
        check(&["b", "A", "a", "B"], "", Direction::Ascending, &["A", "a", "B", "b"]);
        check(&["b", "A", "a", "B"], "", Direction::Descending, &["b", "B", "a", "A"]);
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
        check(&["nan", "inf", "1e3", "0"], "", Direction::Ascending, &["0", "1e3", "inf", "nan"]);
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
    fn search_finds_descriptions_too() {
        let rows = rows(vec![
            Secret { description: Some("The Warehouse of the data team".into()), ..secret("DB_URL") },
            secret("OTHER"),
        ]);
        check_found(&rows, " warehouse", Sort::default(), &["DB_URL"]);
    }

    #[test]
    fn columns_sort_and_the_names_decide_where_they_say_nothing() {
        let read = |name, last_read: Option<&str>| Secret {
            last_read: last_read.map(|time| DateTime(time.into())),
            ..secret(name)
        };
        let rows = rows(vec![
            read("b", None),
            read("a", None),
            read("c", Some("2026-11-20T10:00:00Z")),
            read("d", Some("2026-11-21T10:00:00Z")),
        ]);
        let sort = Sort::default().pressed(Some(Fact::LastRead));
        check_found(&rows, "", sort, &["d", "c", "a", "b"]);
        let sort = sort.pressed(Some(Fact::LastRead));
        check_found(&rows, "", sort, &["a", "b", "c", "d"]);
        check_found(&rows, "", sort.pressed(None), &["a", "b", "c", "d"]);
    }

    #[test]
    fn a_secret_is_found_by_exactly_its_name() {
        let rows = rows(vec![secret("Key")]);
        assert!(rows.named("Key").is_some());
        assert!(rows.named("key").is_none());
        assert_eq!(rows.len(), 1);
    }

    #[test]
    fn a_secret_is_found_by_its_id() {
        let one = Secret { id: Uuid::from_u128(7), ..secret("Z") };
        let rows = rows(vec![one, secret("A")]);
        assert_eq!(rows.get(Uuid::from_u128(7)).expect("it is there").name, "Z");
        assert_eq!(rows.get(Uuid::from_u128(8)), None);
    }
}
