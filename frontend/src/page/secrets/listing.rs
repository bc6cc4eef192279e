//! The secrets that the table lists: the search, the filters, the order, the groups and the page. They are in the URL and
//! never hold a value.

use strongroom_shared::SecretFilter;
use strongroom_shared::limit::PAGE_ROWS;
use strongroom_shared::operation::{Secret, SecretList};

use super::columns::{Column, Direction};
use super::folds::Folds;
use super::rows::{BATCH, SecretRows};
use crate::prelude::*;
use crate::query;

/// The keys in the browser's storage.
const SIZE: &str = "strongroom.rows";
const GROUPS: &str = "strongroom.groups";

const NAME: &str = "name";
const ON: &str = "on";
const OFF: &str = "off";

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
            name => Some(Column::parse(name)?),
        };
        Some(Self { by, direction })
    }

    pub fn to_text(self) -> String {
        let minus = if self.direction == Direction::Descending { "-" } else { "" };
        format!("{minus}{}", self.column())
    }

    fn column(self) -> &'static str {
        self.by.map_or(NAME, Column::as_str)
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
        browser::stored(SIZE).and_then(|text| Self::parse(&text)).unwrap_or(Self::ALL[0])
    }

    pub fn store(self) {
        browser::store(SIZE, Some(&self.label()));
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub search: String,
    pub filters: Vec<SecretFilter>,
    pub sort: Sort,
    /// `None` for that which the browser remembers.
    pub grouped: Option<bool>,
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
                "filter" => {
                    let is_given = |filter: &SecretFilter| text.split(',').any(|one| one == filter.as_str());
                    listing.filters = SecretFilter::ALL.into_iter().filter(is_given).collect();
                }
                "sort" => listing.sort = Sort::parse(&text).unwrap_or_default(),
                "groups" => {
                    listing.grouped =
                        [(ON, true), (OFF, false)].iter().find(|(on, _)| *on == text).map(|it| it.1);
                }
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

    pub fn is_grouped(&self) -> bool {
        self.grouped.unwrap_or_else(|| browser::stored(GROUPS).as_deref() == Some(ON))
    }

    pub fn group(&mut self, grouped: bool) {
        browser::store(GROUPS, grouped.then_some(ON));
        self.grouped = Some(grouped);
        self.number = 0;
    }

    pub fn toggle(&mut self, filter: SecretFilter) {
        let filters = &mut self.filters;
        match filters.iter().position(|other| *other == filter) {
            Some(place) => drop(filters.remove(place)),
            None => filters.push(filter),
        }
        self.number = 0;
    }

    /// Omits defaults.
    fn to_query(&self) -> String {
        let Self { search, filters, sort, grouped, size, number } = self;
        let text = |is_default: bool, text: String| if is_default { String::new() } else { text };
        let filters: Vec<_> = filters.iter().map(|filter| filter.as_str()).collect();
        query::written([
            ("search", search.clone()),
            ("filter", filters.join(",")),
            ("sort", text(*sort == Sort::default(), sort.to_text())),
            ("groups", grouped.map_or("", |grouped| if grouped { ON } else { OFF }).to_owned()),
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
    pub folds: RwSignal<Folds>,
    /// The secret that was added last, whose row is marked for a moment.
    pub added: RwSignal<Option<String>>,
    /// The rows of a page that grows as the user scrolls down.
    pub grown: StoredValue<usize>,
    write: Callback<Listing>,
}

impl Chosen {
    pub fn new(team: Uuid) -> Self {
        let (listing, write) = query::in_url(browser::HOME, Listing::from_query, Listing::to_query);
        let apply = move |search: String| {
            let mut next = listing.get_untracked();
            if next.search != search {
                // Another search starts at the first page.
                next.search = search;
                next.number = 0;
                write.run(next);
            }
        };
        let applied = Memo::new(move |_| listing.with(|listing| listing.search.clone()));
        let search = query::typed(applied, Callback::new(apply));
        let folds = RwSignal::new(Folds::stored(team));
        let (added, grown) = (RwSignal::new(None), StoredValue::new(0));
        Self { search, listing, folds, added, grown, write }
    }

    pub fn change(self, change: impl FnOnce(&mut Listing)) {
        // The page may be gone.
        if let Some(mut listing) = self.listing.try_get_untracked() {
            change(&mut listing);
            self.write.run(listing);
        }
    }

    /// Searches for a secret.
    pub fn find(self, name: &str) {
        self.change(|listing| {
            name.clone_into(&mut listing.search);
            listing.filters.clear();
            listing.number = 0;
        });
    }

    /// Asks for the page, as far as it has grown.
    pub fn ask(self) -> Reply<SecretRows> {
        let listing = self.listing.get_untracked();
        let size = listing.size().rows();
        let start = if size == usize::MAX { 0 } else { listing.number.saturating_mul(size) };
        let wanted = size.min(self.grown.get_value().max(BATCH));
        let folds = self.folds(&listing);
        Box::pin(async move {
            let mut rows = SecretRows::default();
            loop {
                let known = rows.len();
                let from = if known == 0 { start } else { rows.end() };
                let limit = (wanted - known).min(PAGE_ROWS);
                rows = rows.followed_by(ask_part(&listing, &folds, from, limit).await?);
                if rows.len() == known || rows.len() >= wanted || rows.end() >= rows.total {
                    return Ok(rows);
                }
            }
        })
    }

    /// Asks for the rows that follow on a page that grows; `None` if it is complete.
    pub fn ask_more(self, rows: &SecretRows) -> Option<Reply<SecretList>> {
        let listing = self.listing.get_untracked();
        let is_growing = listing.size().rows() == usize::MAX && rows.end() < rows.total;
        is_growing.then(|| ask_part(&listing, &self.folds(&listing), rows.end(), BATCH))
    }

    /// Asks for all secrets that match, on all pages and in folded groups.
    pub fn ask_all(self) -> Reply<Vec<Secret>> {
        let listing = Listing { grouped: Some(false), ..self.listing.get_untracked() };
        Box::pin(async move {
            let mut found = Vec::new();
            loop {
                let part = ask_part(&listing, &Folds::default(), found.len(), PAGE_ROWS).await?;
                let total = usize::try_from(part.total).unwrap_or_default();
                let is_short = part.rows.len() < PAGE_ROWS;
                found.extend(part.rows.into_iter().map(|row| row.secret));
                // Beyond the end, the server repeats the last part.
                if is_short || found.len() >= total {
                    return Ok(found);
                }
            }
        })
    }

    /// A search looks into all groups.
    fn folds(self, listing: &Listing) -> Folds {
        if listing.search.is_empty() { self.folds.get_untracked() } else { Folds::default() }
    }
}

fn ask_part(listing: &Listing, folds: &Folds, offset: usize, limit: usize) -> Reply<SecretList> {
    api::secret_page(&api::SecretPart {
        search: &listing.search,
        filters: &listing.filters,
        sort: listing.sort.column().replace('-', "_"),
        descending: listing.sort.direction == Direction::Descending,
        limit,
        offset,
        grouping: listing.is_grouped().then_some((folds.folded, folds.except.as_slice())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listing_survives_the_url() {
        let sort = Sort { by: Some(Column::LastReadBy), direction: Direction::Descending };
        let listing = Listing {
            search: "100% DB_URL & more".into(),
            filters: vec![SecretFilter::NeverRead, SecretFilter::NoDescription],
            sort,
            grouped: Some(true),
            size: PageSize::parse("25"),
            number: 2,
        };
        assert_eq!(
            listing.to_query(),
            "?search=100%25%20DB_URL%20%26%20more&filter=never_read%2Cno_description&sort=-last-read-by&groups=on\
             &rows=25&page=3"
        );
        assert_eq!(Listing::from_query(&listing.to_query()), listing);
        assert_eq!(Listing::default().to_query(), "");
        let nonsense = "?sort=color&rows=7&page=x&filter=mine,&groups=1&nonsense=1";
        assert_eq!(Listing::from_query(nonsense), Listing::default());
    }

    #[test]
    fn sizes_are_read_back() {
        for size in PageSize::ALL {
            assert_eq!(PageSize::parse(&size.label()), Some(size));
        }
        assert_eq!(PageSize::parse("1000"), None);
    }

    #[test]
    fn filters_are_toggled() {
        let mut listing = Listing { number: 3, ..Listing::default() };
        for expected in [&[SecretFilter::Unused][..], &[]] {
            listing.toggle(SecretFilter::Unused);
            assert_eq!((&*listing.filters, listing.number), (expected, 0));
        }
    }
}
