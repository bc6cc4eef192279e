//! The rows of the table: a part of the team's secrets, which the server has searched, sorted and grouped.

use std::sync::Arc;

use strongroom_shared::Uuid;
use strongroom_shared::operation::{Secret, SecretGroup, SecretList, SecretRow};

/// Rows that are asked for at a time. Ten thousand take seconds to draw, so a longer page grows by this many as the user
/// scrolls down.
pub const BATCH: usize = 200;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecretRows {
    /// All secrets, without search and filters.
    pub all: usize,
    /// The secrets that match the search and the filters, on all pages and in folded groups.
    pub found: usize,
    /// The rows of all pages. A folded group counts as one.
    pub total: usize,
    /// The rows of the pages before.
    pub offset: usize,
    rows: Vec<Arc<SecretRow>>,
    groups: Vec<SecretGroup>,
}

/// A row of the table: a secret, or the heading of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Group(SecretGroup),
    Row { row: Arc<SecretRow>, is_grouped: bool },
}

/// The identity of an entry. A row that joins or leaves a group is drawn anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Group(String),
    Row(Uuid, bool),
}

impl Entry {
    pub fn key(&self) -> Key {
        match self {
            Self::Group(group) => Key::Group(group.prefix.clone()),
            Self::Row { row, is_grouped } => Key::Row(row.secret.id, *is_grouped),
        }
    }
}

impl SecretRows {
    /// The number of rows, with the folded groups.
    pub fn len(&self) -> usize {
        self.rows.len() + self.groups.iter().filter(|group| group.folded).count()
    }

    /// Where the next part begins.
    pub fn end(&self) -> usize {
        self.offset + self.len()
    }

    /// With a part that follows. If another one follows by now, because the list has changed, nothing but the totals.
    #[must_use]
    pub fn followed_by(mut self, part: SecretList) -> Self {
        (self.all, self.found, self.total) = (size(part.all), size(part.found), size(part.total));
        let before = self.rows.len();
        if self.len() == 0 {
            self.offset = size(part.offset);
        } else if self.end() != size(part.offset) {
            return self;
        }
        self.rows.extend(part.rows.into_iter().map(Arc::new));
        for mut group in part.groups {
            match self.groups.last_mut() {
                Some(last) if last.prefix == group.prefix => last.rows += group.rows,
                _ => {
                    group.start += i32::try_from(before).unwrap_or_default();
                    self.groups.push(group);
                }
            }
        }
        self
    }

    /// Without deleted secrets. An emptied page stays, until the server has sent another one.
    pub fn without(&self, ids: &[Uuid]) -> Self {
        let mut rows = self.clone();
        for id in ids {
            let place = rows.rows.iter().position(|row| row.secret.id == *id);
            if let Some(place) = place.filter(|_| rows.rows.len() > 1 || rows.offset == 0) {
                rows.remove(place);
            }
        }
        rows
    }

    fn remove(&mut self, place: usize) {
        self.rows.remove(place);
        for number in [&mut self.all, &mut self.found, &mut self.total] {
            *number = number.saturating_sub(1);
        }
        let place = i32::try_from(place).unwrap_or_default();
        for group in &mut self.groups {
            if group.start > place {
                group.start -= 1;
            } else if place < group.start + group.rows {
                group.rows -= 1;
                group.count -= 1;
            }
        }
    }

    pub fn secrets(&self) -> impl ExactSizeIterator<Item = &Secret> {
        self.rows.iter().map(|row| &row.secret)
    }

    pub fn get(&self, id: Uuid) -> Option<Arc<SecretRow>> {
        self.rows.iter().find(|row| row.secret.id == id).cloned()
    }

    pub fn group(&self, prefix: &str) -> Option<SecretGroup> {
        self.groups.iter().find(|group| group.prefix == prefix).cloned()
    }

    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.rows.len() + self.groups.len());
        let mut groups = self.groups.iter().peekable();
        let mut end = 0;
        for (place, row) in self.rows.iter().map(Some).chain([None]).enumerate() {
            while let Some(group) = groups.next_if(|group| size(group.start) <= place) {
                end = place + size(group.rows);
                entries.push(Entry::Group(group.clone()));
            }
            if let Some(row) = row {
                entries.push(Entry::Row { row: Arc::clone(row), is_grouped: place < end });
            }
        }
        entries
    }
}

fn size(number: i32) -> usize {
    number.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::secret;
    use super::*;

    fn id(name: &str) -> Uuid {
        Uuid::from_u128(name.bytes().fold(0, |id, byte| id * 256 + u128::from(byte)))
    }

    fn part(offset: i32, names: &[&str], groups: &[(&str, i32, bool, i32, i32)]) -> SecretList {
        let row = |name: &&str| SecretRow { drawn: None, secret: Secret { id: id(name), ..secret(name) } };
        let group = |&(prefix, count, folded, start, rows): &(&str, i32, bool, i32, i32)| SecretGroup {
            prefix: prefix.to_owned(),
            count,
            folded,
            start,
            rows,
        };
        let (rows, groups) = (names.iter().map(row).collect(), groups.iter().map(group).collect());
        SecretList { all: 20, found: 14, total: 12, offset, rows, groups }
    }

    fn check(rows: &SecretRows, expected: &str) {
        let entry = |entry: &Entry| match entry {
            Entry::Group(group) if group.folded => format!("+{}({})", group.prefix, group.count),
            Entry::Group(group) => format!("{}({})", group.prefix, group.count),
            Entry::Row { row, is_grouped } => {
                format!("{}{}", if *is_grouped { "-" } else { "" }, row.secret.name)
            }
        };
        assert_eq!(rows.entries().iter().map(entry).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn headings_of_groups_precede_their_rows() {
        let first = part(0, &["A_1", "A_2", "B"], &[("A_", 2, false, 0, 2), ("C_", 9, true, 3, 0)]);
        let rows = SecretRows::default().followed_by(first);
        check(&rows, "A_(2) -A_1 -A_2 B +C_(9)");
        assert_eq!((rows.end(), rows.all, rows.found, rows.total), (4, 20, 14, 12));

        let more = part(4, &["D_1", "E"], &[("D_", 2, false, 0, 1)]);
        let rows = rows.followed_by(more);
        check(&rows, "A_(2) -A_1 -A_2 B +C_(9) D_(2) -D_1 E");
        let rows = SecretRows::default().followed_by(part(4, &["D_1"], &[("D_", 2, false, 0, 1)]));
        let rows = rows.followed_by(part(5, &["D_2", "E"], &[("D_", 2, false, 0, 1)]));
        check(&rows, "D_(2) -D_1 -D_2 E");
        check(&rows.clone().followed_by(part(9, &["F"], &[])), "D_(2) -D_1 -D_2 E");
        check(&rows.without(&[id("D_1")]), "D_(1) -D_2 E");
    }

    #[test]
    fn emptied_page_stays() {
        let rows = SecretRows::default().followed_by(part(10, &["A"], &[]));
        assert_eq!(rows.without(&[id("A")]), rows);
        let rows = SecretRows::default().followed_by(part(0, &["A"], &[]));
        assert_eq!(rows.without(&[id("A"), id("B")]).total, 11);
        check(&rows.without(&[id("A")]), "");
        check(&rows.without(&[id("B")]), "A");
    }
}
