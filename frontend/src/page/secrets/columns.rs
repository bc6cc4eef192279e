//! The menu of columns: what the table shows of each secret besides its name.

use leptos::prelude::*;

use super::facts::{Fact, Facts};
use crate::component::icon::{Icon, Picture};
use crate::component::menu::Menu;

const MENU: &str = "columns-menu";

#[component]
pub fn ColumnsMenu(facts: RwSignal<Facts>) -> impl IntoView {
    let toggle = move |fact| {
        facts.update(|facts| *facts = facts.toggled(fact));
        facts.get_untracked().store();
    };
    view! {
        <button type="button" class="button columns-button" aria-label="Columns" popovertarget=MENU>
            <Picture icon=Icon::Columns />
            <span class="columns-button__label">"Columns"</span>
        </button>
        <Menu id=MENU label="Columns that are shown">
            {Fact::ALL
                .into_iter()
                .map(|fact| view! {
                    <label class="checkbox menu__checkbox">
                        <input
                            type="checkbox"
                            prop:checked=move || facts.get().contains(fact)
                            on:change=move |_| toggle(fact)
                        />
                        {fact.label()}
                    </label>
                })
                .collect_view()}
        </Menu>
    }
}
