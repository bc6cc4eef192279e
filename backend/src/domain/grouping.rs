//! The place of groups on the pages of a list: a folded group is one row, and the rows of an open one may be on several
//! pages.

use std::collections::HashSet;

/// Groups are folded, except some; or open, except some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folding {
    pub folded: bool,
    pub except: HashSet<String>,
}

impl Folding {
    fn folds(&self, group: &Group) -> bool {
        group.is_real() && self.folded != self.except.contains(&group.prefix)
    }
}

/// A group of a whole list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub key: Vec<u8>,
    pub prefix: String,
    pub count: u64,
}

impl Group {
    /// Whether it has several rows. A single one is listed as if there were no groups.
    const fn is_real(&self) -> bool {
        self.count > 1
    }
}

/// A group on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedGroup {
    pub prefix: String,
    pub count: u64,
    pub is_folded: bool,
    /// The rows of the page before it.
    pub start: u64,
    /// Its rows on the page.
    pub rows: u64,
}

/// A page of a grouped list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The rows of all pages, with one for each folded group.
    pub total: u64,
    pub offset: u64,
    pub groups: Vec<PlacedGroup>,
    /// The keys of the open groups on the page.
    pub keys: Vec<Vec<u8>>,
    /// The rows of the first of them that are on earlier pages.
    pub skipped: u64,
    /// The rows of open groups on the page.
    pub rows: u64,
}

impl Layout {
    pub fn new(groups: Vec<Group>, folding: &Folding, limit: u64, offset: u64) -> Self {
        let length = |group: &Group| if folding.folds(group) { 1 } else { group.count };
        let total = groups.iter().map(length).sum();
        let offset = within(offset, limit, total);
        let end = offset.saturating_add(limit);
        let mut page = Self { total, offset, groups: Vec::new(), keys: Vec::new(), skipped: 0, rows: 0 };
        let mut at: u64 = 0;
        for group in groups {
            let (from, to) = (at, at + length(&group));
            at = to;
            let on_page = to.min(end).saturating_sub(from.max(offset));
            if on_page == 0 {
                continue;
            }
            let is_folded = folding.folds(&group);
            let rows = if is_folded { 0 } else { on_page };
            if group.is_real() {
                let Group { prefix, count, .. } = group;
                page.groups.push(PlacedGroup { prefix, count, is_folded, start: page.rows, rows });
            }
            if !is_folded {
                if page.keys.is_empty() {
                    page.skipped = offset.saturating_sub(from);
                }
                page.keys.push(group.key);
                page.rows += rows;
            }
        }
        page
    }
}

/// The offset of a page, or of the last one if the list ends before.
pub const fn within(offset: u64, limit: u64, total: u64) -> u64 {
    if offset < total || total == 0 || limit == 0 {
        return if total == 0 { 0 } else { offset };
    }
    (total - 1) / limit * limit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folded: bool, except: &[&str], (limit, offset): (u64, u64), total: u64, expected: &str) {
        let group =
            |(prefix, count): (&str, u64)| Group { key: prefix.into(), prefix: prefix.to_owned(), count };
        let groups = [("A_", 3), ("B", 1), ("C_", 4), ("D_", 2)].map(group).to_vec();
        let except = except.iter().map(|prefix| (*prefix).to_owned()).collect();
        let page = Layout::new(groups, &Folding { folded, except }, limit, offset);
        let placed = page.groups.iter().map(|group| {
            let fold = if group.is_folded { "+" } else { "" };
            format!("{fold}{}{} {}+{}", group.prefix, group.count, group.start, group.rows)
        });
        let keys = page.keys.iter().map(|key| String::from_utf8_lossy(key).into_owned());
        let (placed, keys) = (placed.collect::<Vec<_>>().join(", "), keys.collect::<Vec<_>>().join(" "));
        let found = format!("{placed} | {keys} {}+{}", page.skipped, page.rows);
        assert_eq!((found.as_str(), page.total), (expected, total));
    }

    #[test]
    fn pages_have_the_groups_of_their_rows() {
        check(false, &[], (5, 0), 10, "A_3 0+3, C_4 4+1 | A_ B C_ 0+5");
        check(false, &[], (5, 5), 10, "C_4 0+3, D_2 3+2 | C_ D_ 1+5");
        check(false, &[], (5, 50), 10, "C_4 0+3, D_2 3+2 | C_ D_ 1+5");
        check(false, &[], (2, 4), 10, "C_4 0+2 | C_ 0+2");
    }

    #[test]
    fn folded_group_is_one_row() {
        check(false, &["A_", "C_"], (3, 0), 5, "+A_3 0+0, +C_4 1+0 | B 0+1");
        check(false, &["A_", "C_"], (3, 3), 5, "D_2 0+2 | D_ 0+2");
        check(true, &[], (10, 0), 4, "+A_3 0+0, +C_4 1+0, +D_2 1+0 | B 0+1");
        check(true, &["C_", "B"], (3, 3), 7, "C_4 0+3 | C_ 1+3");
        check(true, &[], (1, 3), 4, "+D_2 0+0 |  0+0");
    }

    #[test]
    fn offset_beyond_the_end_is_that_of_the_last_page() {
        for (offset, limit, total, expected) in
            [(0, 10, 0, 0), (20, 10, 0, 0), (20, 10, 20, 10), (70, 10, 11, 10), (10, 10, 11, 10)]
        {
            assert_eq!(within(offset, limit, total), expected);
        }
    }
}
