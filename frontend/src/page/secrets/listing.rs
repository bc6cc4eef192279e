//! The secrets that the table lists: the search, the order and the page. They are in the URL and never hold a value.

use super::rows::Sort;
use crate::prelude::*;
use crate::query;

/// The key in the browser's storage.
const KEY: &str = "strongroom.rows";

/// Rows per page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    pub const ALL: [Self; 5] = [Self(10), Self(25), Self(50), Self(100), Self(usize::MAX)];

    pub fn label(self) -> String {
        if self.0 == usize::MAX { "All".to_owned() } else { self.0.to_string() }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.label() == text)
    }

    pub const fn rows(self) -> usize {
        self.0
    }

    pub fn stored() -> Self {
        browser::stored(KEY).and_then(|text| Self::parse(&text)).unwrap_or(Self::ALL[0])
    }

    pub fn store(self) {
        browser::store(KEY, Some(&self.label()));
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub search: String,
    pub sort: Sort,
    /// `None` for the size that the browser remembers.
    pub size: Option<PageSize>,
    /// From 0; in the URL from 1.
    pub number: usize,
}

impl Listing {
    fn from_query(query: &str) -> Self {
        let mut listing = Self::default();
        for (key, text) in query::pairs(query) {
            match &*key {
                "search" => text.trim().clone_into(&mut listing.search),
                "sort" => listing.sort = Sort::parse(&text).unwrap_or_default(),
                "rows" => listing.size = PageSize::parse(&text),
                "page" => listing.number = text.parse().map_or(0, |page: usize| page.saturating_sub(1)),
                _ => {}
            }
        }
        listing
    }

    pub fn size(&self) -> PageSize {
        self.size.unwrap_or_else(PageSize::stored)
    }

    /// Omits defaults.
    fn to_query(&self) -> String {
        let Self { search, sort, size, number } = self;
        let text = |is_default: bool, text: String| if is_default { String::new() } else { text };
        query::written([
            ("search", search.clone()),
            ("sort", text(*sort == Sort::default(), sort.to_text())),
            ("rows", size.map(PageSize::label).unwrap_or_default()),
            ("page", text(*number == 0, (number + 1).to_string())),
        ])
    }
}

/// The listing in the URL, which follows the search field after a pause.
#[derive(Clone, Copy)]
pub struct Chosen {
    pub search: RwSignal<String>,
    pub listing: Memo<Listing>,
    /// The secret that was added last, whose row is marked for a moment.
    pub added: RwSignal<Option<String>>,
    write: Callback<Listing>,
}

impl Chosen {
    pub fn new() -> Self {
        let (kept, write) = query::in_url(browser::HOME, Listing::from_query, Listing::to_query);
        let searched = move |search: String| {
            let mut listing = kept.get();
            if listing.search != search {
                // Another search starts at the first page.
                listing.search = search;
                listing.number = 0;
            }
            listing
        };
        let applied = Memo::new(move |_| kept.with(|kept| kept.search.clone()));
        let search =
            query::typed(applied, Callback::new(move |search| write.run(untrack(|| searched(search)))));
        let listing = Memo::new(move |_| searched(search.with(|search| search.trim().to_owned())));
        Self { search, listing, added: RwSignal::new(None), write }
    }

    pub fn change(self, change: impl FnOnce(&mut Listing)) {
        let mut listing = self.listing.get_untracked();
        change(&mut listing);
        self.write.run(listing);
    }

    /// Searches for a secret, unless the page is gone.
    pub fn find(self, name: &str) {
        self.search.try_set(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::{Column, Direction};
    use super::*;

    #[test]
    fn listing_survives_the_url() {
        let sort = Sort { by: Some(Column::LastReadBy), direction: Direction::Descending };
        let size = PageSize::parse("25");
        let listing = Listing { search: "100% DB_URL & more".into(), sort, size, number: 2 };
        assert_eq!(
            listing.to_query(),
            "?search=100%25%20DB_URL%20%26%20more&sort=-last-read-by&rows=25&page=3"
        );
        assert_eq!(Listing::from_query(&listing.to_query()), listing);
        assert_eq!(Listing::default().to_query(), "");
        assert_eq!(Listing::from_query("?sort=color&rows=7&page=x&nonsense=1"), Listing::default());
    }

    #[test]
    fn sizes_are_read_back() {
        for size in PageSize::ALL {
            assert_eq!(PageSize::parse(&size.label()), Some(size));
        }
        assert_eq!(PageSize::parse("1000"), None);
    }
}
