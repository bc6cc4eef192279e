//! Which of many rows are on the page people look at.

use std::ops::Range;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageSize {
    #[default]
    Ten,
    Fifteen,
    Twenty,
    All,
}

impl PageSize {
    pub const ALL: [Self; 4] = [Self::Ten, Self::Fifteen, Self::Twenty, Self::All];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Ten => "10",
            Self::Fifteen => "15",
            Self::Twenty => "20",
            Self::All => "All",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.label() == text)
    }

    fn rows(self) -> usize {
        self.label().parse().unwrap_or(usize::MAX)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    start: usize,
    end: usize,
    total: usize,
    /// This page's number, counted from 0.
    pub number: usize,
    pub last: usize,
}

impl Paging {
    /// Page `number`, counted from 0, of `total` rows; the last page if there are not that many.
    pub fn new(total: usize, size: PageSize, number: usize) -> Self {
        let rows = size.rows();
        let last = total.saturating_sub(1) / rows;
        let number = number.min(last);
        let start = number.saturating_mul(rows);
        Self { start, end: start.saturating_add(rows).min(total), total, number, last }
    }

    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    pub fn label(&self) -> String {
        if self.total == 0 {
            "0 of 0".to_owned()
        } else {
            format!("{}–{} of {}", self.start + 1, self.end, self.total)
        }
    }

    pub const fn is_first(&self) -> bool {
        self.number == 0
    }

    pub const fn is_last(&self) -> bool {
        self.number == self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(total: usize, size: PageSize, number: usize, expected: &str) {
        let paging = Paging::new(total, size, number);
        assert_eq!(paging.label(), expected);
        assert!(paging.range().end <= total);
    }

    #[test]
    fn pages_tell_which_rows_they_show() {
        check(25, PageSize::Ten, 0, "1–10 of 25");
        check(25, PageSize::Ten, 2, "21–25 of 25");
        check(25, PageSize::Fifteen, 1, "16–25 of 25");
        check(20, PageSize::Twenty, 0, "1–20 of 20");
        check(25, PageSize::All, 0, "1–25 of 25");
        check(0, PageSize::Ten, 0, "0 of 0");
        check(0, PageSize::All, 0, "0 of 0");
    }

    #[test]
    fn a_page_that_is_gone_is_the_last_one() {
        check(10, PageSize::Ten, 1, "1–10 of 10");
        check(11, PageSize::Ten, 7, "11–11 of 11");
    }

    #[test]
    fn ends_are_known() {
        let middle = Paging::new(25, PageSize::Ten, 1);
        assert!(!middle.is_first() && !middle.is_last());
        assert_eq!((middle.number, middle.last), (1, 2));
        let only = Paging::new(3, PageSize::All, 0);
        assert!(only.is_first() && only.is_last());
    }

    #[test]
    fn sizes_are_read_back() {
        for size in PageSize::ALL {
            assert_eq!(PageSize::parse(size.label()), Some(size));
        }
        assert_eq!(PageSize::parse("1000"), None);
    }
}
