//! The secrets that the user has selected. They stay selected while the table shows other pages, orders and searches.
//!
//! The bar of actions is loaded with the first selection ([`super::selection_bar`]).

use std::sync::Arc;

use leptos::ev::MouseEvent;
use strongroom_shared::SecretFilter;
use strongroom_shared::operation::{Secret, SecretRow};

use super::listing::Chosen;
use super::rows::SecretRows;
use crate::component::Snackbar;
use crate::component::lazy::lazy;
use crate::prelude::*;

/// A secret as the user has seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected {
    pub id: Uuid,
    pub name: String,
    pub version: i32,
}

impl Selected {
    pub fn of(secret: &Secret) -> Self {
        Self { id: secret.id, name: secret.name.clone(), version: secret.version }
    }
}

#[derive(Clone, Copy)]
pub struct Selection {
    /// Sorted by id.
    pub selected: RwSignal<Vec<Selected>>,
    /// The search and the filters whose matches are all selected.
    pub covered: RwSignal<Option<Matched>>,
    pub list: Fetched<SecretRows>,
    pub chosen: Chosen,
    snackbar: Snackbar,
    /// The row that was pressed last: a range begins there.
    pressed: StoredValue<Option<Uuid>>,
}

/// What selects the secrets of a list: its search and its filters.
pub type Matched = (String, Vec<SecretFilter>);

impl Selection {
    pub fn new(list: Fetched<SecretRows>, chosen: Chosen) -> Self {
        let (selected, covered) = (RwSignal::default(), RwSignal::new(None));
        let (snackbar, pressed) = (Snackbar::expect(), StoredValue::new(None));
        Self { selected, covered, list, chosen, snackbar, pressed }
    }

    fn has(self, id: Uuid) -> bool {
        self.selected.with(|selected| place(selected, id).is_ok())
    }

    pub fn matched(self) -> Matched {
        self.chosen.listing.with(|listing| (listing.search.clone(), listing.filters.clone()))
    }

    /// The number of secrets that match the search and the filters, on all pages.
    pub fn total(self) -> usize {
        self.list.data.with(|rows| rows.as_ref().map_or(0, |rows| rows.found))
    }

    /// Whether everything is selected that matches.
    pub fn is_all(self) -> bool {
        let count = self.selected.with(Vec::len);
        let is_covered = self.covered.with(|covered| *covered == Some(self.matched()));
        self.list.data.with(|rows| {
            let Some(rows) = rows else { return false };
            let is_complete = rows.secrets().len() == rows.found || is_covered && count >= rows.found;
            is_complete && rows.found > 0 && rows.secrets().all(|secret| self.has(secret.id))
        })
    }

    /// Removes deleted secrets.
    pub fn forget(self, ids: &[Uuid]) {
        self.selected.update(|selected| selected.retain(|it| !ids.contains(&it.id)));
    }

    pub fn clear(self) {
        self.selected.set(Vec::new());
        self.covered.set(None);
    }

    /// Selects a secret or no longer, and with it those between it and the one pressed before, if it is a range.
    fn press(self, pressed: &Secret, is_range: bool) {
        let selects = !untrack(|| self.has(pressed.id));
        let before = self.pressed.get_value().filter(|_| is_range);
        self.pressed.set_value(Some(pressed.id));
        if !selects {
            self.covered.set(None);
        }
        self.list.data.with_untracked(|rows| {
            // Both ends are in the range. Without another end on this page, it is the pressed one alone.
            let mut is_within = false;
            self.selected.update(|selected| {
                set(selected, pressed, selects);
                let other = before.filter(|id| rows.as_ref().is_some_and(|rows| rows.get(*id).is_some()));
                let Some((rows, other)) = rows.as_ref().zip(other) else { return };
                for secret in rows.secrets() {
                    let is_end = secret.id == pressed.id || secret.id == other;
                    if is_within || is_end {
                        set(selected, secret, selects);
                    }
                    is_within ^= is_end && pressed.id != other;
                }
            });
        });
    }
}

lazy!(rest:
    pub fn select_all(selection: Selection) {
        let snackbar = selection.snackbar;
        let matched = untrack(|| selection.matched());
        spawn_local(async move {
            match selection.chosen.ask_all().await {
                Ok(found) => select(selection, &found, matched),
                Err(error) => snackbar.say(format!("Could not select them. {}", error.message())),
            }
        });
        ().into_any()
    }
);

/// Selects more secrets, unless the page is gone.
fn select(selection: Selection, found: &[Secret], matched: Matched) {
    let is_there = selection.selected.try_update(|selected| {
        selected.extend(found.iter().map(Selected::of));
        selected.sort_by_key(|it| it.id);
        selected.dedup_by(|one, other| one.id == other.id);
    });
    if is_there.is_some() {
        selection.covered.set(Some(matched));
    }
}

fn place(chosen: &[Selected], id: Uuid) -> Result<usize, usize> {
    chosen.binary_search_by(|selected| selected.id.cmp(&id))
}

fn set(chosen: &mut Vec<Selected>, secret: &Secret, selects: bool) {
    match place(chosen, secret.id) {
        Ok(place) if !selects => _ = chosen.remove(place),
        Err(place) if selects => chosen.insert(place, Selected::of(secret)),
        _ => {}
    }
}

#[component]
pub fn SelectHead(selection: Selection) -> impl IntoView {
    let is_all = move || selection.is_all();
    let is_some = move || selection.selected.with(|selected| !selected.is_empty()) && !is_all();
    let press = move |event: MouseEvent| {
        if untrack(is_all) {
            selection.clear();
        } else {
            // It is ticked once they are selected.
            event.prevent_default();
            spawn_local(async move { drop(select_all(selection).await) });
        }
    };
    view! {
        <th scope="col" role="columnheader" class="table__select">
            <label>
                <input
                    type="checkbox"
                    aria-label=move || format!("Select all {}", selection.total())
                    prop:checked=is_all
                    prop:indeterminate=is_some
                    on:click=press
                />
            </label>
        </th>
    }
}

#[component]
pub fn SelectCell(selection: Selection, row: Memo<Arc<SecretRow>>, name: Memo<String>) -> impl IntoView {
    let id = row.with_untracked(|row| row.secret.id);
    let press =
        move |event: MouseEvent| row.with_untracked(|row| selection.press(&row.secret, event.shift_key()));
    view! {
        <td class="table__select" role="cell">
            <label>
                <input
                    type="checkbox"
                    aria-label=move || name.with(|name| format!("Select {name}"))
                    prop:checked=move || selection.has(id)
                    on:click=press
                />
            </label>
        </td>
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::secret;
    use super::*;

    #[test]
    fn selected_secrets_are_kept_once_and_in_order() {
        let secrets = [3, 1, 2].map(|id| Secret { id: Uuid::from_u128(id), ..secret("A") });
        let mut chosen = Vec::new();
        for secret in secrets.iter().chain(&secrets) {
            set(&mut chosen, secret, true);
        }
        let ids = |chosen: &[Selected]| chosen.iter().map(|it| it.id.as_u128()).collect::<Vec<_>>();
        assert_eq!(ids(&chosen), [1, 2, 3]);
        set(&mut chosen, &secrets[2], false);
        set(&mut chosen, &secrets[2], false);
        assert_eq!(ids(&chosen), [1, 3]);
        assert_eq!((place(&chosen, Uuid::from_u128(3)), place(&chosen, Uuid::from_u128(2))), (Ok(1), Err(1)));
    }
}
