//! The rows of the Secrets page: sorted by name once, searched and sorted with every key stroke.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use strongroom_shared::operation::Secret;
use strongroom_shared::{Uuid, visible};

use super::columns::{Column, Direction};
use crate::text;

const NAME: &str = "name";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// `None` is the name.
    pub by: Option<Column>,
    pub direction: Direction,
}

impl Sort {
    /// Reads a column's name, after a minus sign if it is descending; `None` if there is no such column.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (text, Direction::Ascending),
        };
        let by = match name {
            NAME => None,
            name => Some(Column::ALL.into_iter().find(|column| column.as_str() == name)?),
        };
        Some(Self { by, direction })
    }

    pub fn to_text(self) -> String {
        let minus = if self.direction == Direction::Descending { "-" } else { "" };
        format!("{minus}{}", self.by.map_or(NAME, Column::as_str))
    }

    /// Reverses the sort, or sorts by another column in its first direction.
    pub fn pressed(self, column: Option<Column>) -> Self {
        let direction = if self.by == column {
            self.direction.reversed()
        } else {
            column.map_or(Direction::Ascending, Column::first_direction)
        };
        Self { by: column, direction }
    }

    /// The direction, if the rows are sorted by `column`.
    pub fn of(self, column: Option<Column>) -> Option<Direction> {
        (self.by == column).then_some(self.direction)
    }
}

/// A team's secrets, sorted by name.
#[derive(Debug, Default, PartialEq)]
pub struct SecretRows {
    rows: Vec<Row>,
    places: HashMap<Uuid, usize>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    secret: Arc<Secret>,
    folded: String,
    folded_description: String,
    number: Option<Number>,
    drawn: String,
}

impl SecretRows {
    /// Sorts numbers by size, then words regardless of case, then by their exact text. See [`visible::look`] for `nfkd`.
    pub fn new(secrets: Vec<Secret>, nfkd: impl Fn(&str) -> String) -> Self {
        let mut rows: Vec<_> = secrets.into_iter().map(Row::new).collect();
        rows.sort_by(Row::order);
        let names: Vec<_> = rows.iter().map(|row| row.secret.name.as_str()).collect();
        let drawn = visible::drawn(&names, nfkd);
        for (row, drawn) in rows.iter_mut().zip(drawn) {
            row.drawn = drawn;
        }
        Self::of(rows)
    }

    fn of(rows: Vec<Row>) -> Self {
        let places = rows.iter().enumerate();
        Self { places: places.map(|(place, row)| (row.secret.id, place)).collect(), rows }
    }

    pub fn without(&self, name: &str) -> Self {
        Self::of(self.rows.iter().filter(|row| row.secret.name != name).cloned().collect())
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

    /// Finds the secrets whose names and descriptions have all words of the search, whatever is between them, ignoring case.
    pub fn find(&self, search: &str, sort: Sort) -> Vec<Arc<Secret>> {
        let search = text::lower(search);
        let words = search.split(|c: char| c.is_whitespace() || "_-.".contains(c));
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let matches = |row: &&Row| words.iter().all(|word| row.contains(word));
        let found = self.rows.iter().filter(matches).map(|row| Arc::clone(&row.secret));
        let mut found: Vec<_> = match (sort.by, sort.direction) {
            (None, Direction::Descending) => found.rev().collect(),
            (_, _) => found.collect(),
        };
        // The sort is stable, so that equal cells are sorted by name.
        if let Some(column) = sort.by {
            found.sort_by(|one, two| match sort.direction {
                Direction::Ascending => column.order(one, two),
                Direction::Descending => column.order(two, one),
            });
        }
        found
    }
}

impl Row {
    fn new(secret: Secret) -> Self {
        Self {
            folded: text::lower(&secret.name),
            folded_description: text::lower(secret.description.as_deref().unwrap_or_default()),
            number: Number::parse(&secret.name),
            drawn: String::new(),
            secret: Arc::new(secret),
        }
    }

    fn contains(&self, word: &str) -> bool {
        self.folded.contains(word) || self.folded_description.contains(word)
    }

    fn order(&self, other: &Self) -> Ordering {
        // All numbers before all words, because "2" < "10" < "1a" < "2" is no order.
        let by_number = match (&self.number, &other.number) {
            (Some(one), Some(two)) => one.order(two),
            (one, two) => two.is_some().cmp(&one.is_some()),
        };
        by_number
            .then_with(|| self.folded.cmp(&other.folded))
            .then_with(|| self.secret.name.cmp(&other.secret.name))
    }
}

/// A plain decimal number. As text, because parsing floats needs ten kilobytes of tables.
#[derive(Clone, Debug, PartialEq)]
struct Number {
    is_negative: bool,
    /// Without zeros at the start.
    whole: String,
    fraction: String,
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_plain = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        is_plain.then(|| Self {
            is_negative: digits.len() < text.len(),
            whole: whole.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }

    fn order(&self, other: &Self) -> Ordering {
        let by_length = self.whole.len().cmp(&other.whole.len());
        let by_size =
            by_length.then_with(|| (&self.whole, &self.fraction).cmp(&(&other.whole, &other.fraction)));
        other.is_negative.cmp(&self.is_negative).then(if self.is_negative {
            by_size.reverse()
        } else {
            by_size
        })
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::DateTime;

    use super::super::columns::tests::secret;
    use super::*;

    fn rows(secrets: Vec<Secret>) -> SecretRows {
        SecretRows::new(secrets, str::to_owned)
    }

    fn check_found(rows: &SecretRows, search: &str, sort: Sort, expected: &[&str]) {
        let found = rows.find(search, sort);
        assert_eq!(found.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_are_sorted_by_number_then_regardless_of_case() {
        use Direction::{Ascending, Descending};
        for (names, direction, expected) in [
            (["b", "A", "a", "B"].as_slice(), Ascending, ["A", "a", "B", "b"].as_slice()),
            (&["b", "A", "a", "B"], Descending, &["b", "B", "a", "A"]),
            (
                &["1a", "10", "2", "-3", "1.5", "02", "v2", "1.2.3"],
                Ascending,
                &["-3", "1.5", "02", "2", "10", "1.2.3", "1a", "v2"],
            ),
            // Rust reads these as numbers, too.
            (&["nan", "inf", "1e3", "0"], Ascending, &["0", "1e3", "inf", "nan"]),
        ] {
            let rows = rows(names.iter().map(|name| secret(name)).collect());
            check_found(&rows, "", Sort { by: None, direction }, expected);
        }
    }

    #[test]
    fn search_finds_all_words_in_any_case_and_order() {
        let mut secrets = ["AWS_KEY", "aws secret", "a.*", "ключ", "<b>"].map(secret);
        secrets[2].description = Some("The Warehouse of the data team".into());
        let rows = rows(secrets.to_vec());
        for (search, expected) in [
            ("  aws ", ["aws secret", "AWS_KEY"].as_slice()),
            (".*", &["a.*"]),
            ("КЛЮЧ", &["ключ"]),
            ("<B", &["<b>"]),
            (" warehouse", &["a.*"]),
            ("aws-key", &["AWS_KEY"]),
            ("data  .WAREHOUSE", &["a.*"]),
            ("SECRET aws", &["aws secret"]),
            ("aws warehouse", &[]),
            ("_", &["<b>", "a.*", "aws secret", "AWS_KEY", "ключ"]),
            ("zzz", &[]),
        ] {
            check_found(&rows, search, Sort::default(), expected);
        }
    }

    #[test]
    fn columns_are_sorted_and_equal_cells_by_name() {
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
        let sort = Sort::default().pressed(Some(Column::LastRead));
        check_found(&rows, "", sort, &["d", "c", "a", "b"]);
        let sort = sort.pressed(Some(Column::LastRead));
        check_found(&rows, "", sort, &["a", "b", "c", "d"]);
        check_found(&rows, "", sort.pressed(None), &["a", "b", "c", "d"]);
    }

    #[test]
    fn secrets_are_found_by_exact_name_and_by_id() {
        let rows = rows(vec![Secret { id: Uuid::from_u128(7), ..secret("Key") }, secret("A")]);
        assert!(rows.named("Key").is_some());
        assert!(rows.named("key").is_none());
        assert_eq!(rows.get(Uuid::from_u128(7)).expect("a secret").name, "Key");
        assert_eq!(rows.get(Uuid::from_u128(8)), None);
        assert_eq!(rows.len(), 2);
        let rows = rows.without("A");
        assert_eq!((rows.len(), rows.get(Uuid::from_u128(7)).is_some()), (1, true));
    }
}
