//! The menu that chooses filters and groups, and the buttons that take filters away. Loaded when they are needed.
//!
//! Filters are a table of `strongroom_shared`; see there to add one.

use strongroom_shared::SecretFilter;

use super::folds::Folds;
use super::listing::{Chosen, Listing};
use crate::component::lazy::{self, lazy};
use crate::component::{Icon, Menu, Picture};
use crate::prelude::*;

const MENU: &str = "filters-menu";
const BUTTON: &str = "filters-button";

#[component]
pub fn FiltersMenu(chosen: Chosen) -> impl IntoView {
    view! {
        <button type="button" id=BUTTON class="button filters-button" aria-label="Filters" popovertarget=MENU>
            <Picture icon=Icon::Filter />
            <span class="bar-label">"Filters"</span>
        </button>
        <Menu id=MENU label="Filters">{lazy::hidden(move || filter_choice(chosen))}</Menu>
    }
}

lazy!(rest:
    pub fn filter_choice(chosen: Chosen) {
        view! { <FilterChoice chosen /> }.into_any()
    }
);

lazy!(rest:
    pub fn filter_chips(chosen: Chosen) {
        view! { <FilterChips chosen /> }.into_any()
    }
);

#[component]
fn FilterChoice(chosen: Chosen) -> impl IntoView {
    let item = move |filter: SecretFilter| {
        let is_chosen = move || chosen.listing.with(|listing| listing.filters.contains(&filter));
        view! {
            <label class="checkbox menu__checkbox">
                <input
                    type="checkbox"
                    prop:checked=is_chosen
                    on:change=move |_| chosen.change(|listing| listing.toggle(filter))
                />
                {filter.describe()}
            </label>
        }
    };
    let is_grouped = Memo::new(move |_| chosen.listing.with(Listing::is_grouped));
    let group = move |_| chosen.change(|listing| listing.group(!is_grouped.get_untracked()));
    let is_folded = move || chosen.folds.with(|folds| folds.folded);
    let fold = move |_| {
        let folded = !untrack(is_folded);
        chosen.folds.set(Folds { folded, ..Folds::default() });
        chosen.change(|listing| listing.number = 0);
    };
    view! {
        {SecretFilter::ALL.into_iter().map(item).collect_view()}
        <label class="checkbox menu__checkbox menu__action--apart">
            <input type="checkbox" prop:checked=is_grouped on:change=group />
            "Group by prefix"
        </label>
        <Show when=move || is_grouped.get()>
            <button type="button" class="menu__action" on:click=fold>
                {move || if is_folded() { "Unfold all" } else { "Fold all" }}
            </button>
        </Show>
    }
}

/// The filters in use.
#[component]
fn FilterChips(chosen: Chosen) -> impl IntoView {
    let remove = move |filter| {
        chosen.change(|listing| listing.toggle(filter));
        browser::focus_id(BUTTON);
    };
    let chip = move |filter: &SecretFilter| {
        let filter = *filter;
        view! {
            <li>
                <button type="button" class="filter-chip" on:click=move |_| remove(filter)>
                    <span class="visually-hidden">"Remove the filter "</span>
                    {filter.describe()}
                    <Picture icon=Icon::Close />
                </button>
            </li>
        }
    };
    let chips = move || chosen.listing.with(|listing| listing.filters.iter().map(chip).collect_view());
    view! { <ul class="filters__chips secrets__chips" aria-label="Filters in use">{chips}</ul> }
}
