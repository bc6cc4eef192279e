//! The columns of the table beside the name, and the menu that chooses them.
//!
//! To add a column: a variant, its cell in [`super::table`], its width in `style/secrets.css`, a variant of
//! `SecretSort`, and its name in `asset/start.js`.

use strongroom_shared::text_enum;

use crate::component::lazy::{self, lazy};
use crate::component::{Icon, Menu, Picture};
use crate::prelude::*;

const MENU: &str = "columns-menu";

/// The key in the browser's storage, for names of columns only.
const KEY: &str = "strongroom.columns";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    Ascending,
    Descending,
}

impl Direction {
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }

    pub const fn as_aria(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

text_enum! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    Column {
        /// When the secret was last set, renamed or described.
        Updated = "updated", "Updated";
        UpdatedBy = "updated-by", "Updated by";
        Version = "version", "Version";
        LastRead = "last-read", "Last read";
        LastReadBy = "last-read-by", "Last read by";
    }
}

impl Column {
    /// The newest first, but names from A to Z.
    pub const fn first_direction(self) -> Direction {
        match self {
            Self::Updated | Self::Version | Self::LastRead => Direction::Descending,
            Self::UpdatedBy | Self::LastReadBy => Direction::Ascending,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(u8);

impl Default for Columns {
    fn default() -> Self {
        Self(Column::Updated.bit() | Column::UpdatedBy.bit())
    }
}

impl Columns {
    pub const fn contains(self, column: Column) -> bool {
        self.0 & column.bit() != 0
    }

    #[must_use]
    pub const fn toggled(self, column: Column) -> Self {
        Self(self.0 ^ column.bit())
    }

    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub fn stored() -> Self {
        browser::stored(KEY).map_or_else(Self::default, |text| Self::parse(&text))
    }

    pub fn store(self) {
        browser::store(KEY, Some(&self.to_text()));
    }

    fn to_text(self) -> String {
        let chosen = Column::ALL.into_iter().filter(|column| self.contains(*column));
        chosen.map(Column::as_str).collect::<Vec<_>>().join(" ")
    }

    fn parse(text: &str) -> Self {
        let chosen =
            Column::ALL.into_iter().filter(|column| text.split(' ').any(|word| word == column.as_str()));
        Self(chosen.fold(0, |bits, column| bits | column.bit()))
    }
}

#[component]
pub fn ColumnsMenu(columns: RwSignal<Columns>) -> impl IntoView {
    view! {
        <button type="button" class="button columns-button" aria-label="Columns" popovertarget=MENU>
            <Picture icon=Icon::Columns />
            <span class="bar-label">"Columns"</span>
        </button>
        <Menu id=MENU label="Visible columns">{lazy::hidden(move || column_choice(columns))}</Menu>
    }
}

lazy!(rest:
    pub fn column_choice(columns: RwSignal<Columns>) {
        view! { <ColumnChoice columns /> }.into_any()
    }
);

#[component]
fn ColumnChoice(columns: RwSignal<Columns>) -> impl IntoView {
    let toggle = move |column| {
        columns.update(|columns| *columns = columns.toggled(column));
        columns.get_untracked().store();
    };
    let item = move |column: Column| {
        view! {
            <label class="checkbox menu__checkbox">
                <input
                    type="checkbox"
                    prop:checked=move || columns.get().contains(column)
                    on:change=move |_| toggle(column)
                />
                {column.describe()}
            </label>
        }
    };
    Column::ALL.into_iter().map(item).collect_view()
}

#[cfg(test)]
pub mod tests {
    use strongroom_shared::operation::Secret;
    use strongroom_shared::{DateTime, SecretSort, Uuid};

    use super::*;

    pub fn secret(name: &str) -> Secret {
        Secret {
            id: Uuid::nil(),
            name: name.to_owned(),
            description: None,
            version: 1,
            updated: DateTime("2026-11-21T10:00:00Z".to_owned()),
            updated_by: "ada@example.com".to_owned(),
            last_read: None,
            last_read_by: None,
            expires_at: None,
        }
    }

    #[test]
    fn server_sorts_by_every_column() {
        for column in Column::ALL {
            assert!(SecretSort::parse(&column.as_str().replace('-', "_")).is_some(), "{column:?}");
            assert!(include_str!("../../../asset/start.js").contains(&format!("\"{}\"", column.as_str())));
        }
    }

    #[test]
    fn stored_columns_are_read_back_without_unknown_ones() {
        let chosen = Columns::default().toggled(Column::LastReadBy).toggled(Column::Updated);
        assert_eq!(chosen.to_text(), "updated-by last-read-by");
        assert_eq!(Columns::parse(&chosen.to_text()), chosen);
        assert_eq!(Columns::parse("version <script>").len(), 1);
        assert_eq!(Columns::parse("").len(), 0);
    }
}
