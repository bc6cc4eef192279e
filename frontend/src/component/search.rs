//! The field that narrows a table down. A page has one.

use leptos::html::Input;
use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser;

#[component]
pub fn SearchField(
    search: RwSignal<String>,
    /// What it searches for: `Search for a secret`.
    label: &'static str,
) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let clear = move |_| {
        search.set(String::new());
        if let Some(input) = node.get_untracked() {
            browser::focus(&input);
        }
    };
    view! {
        <div class="search" role="search">
            <Picture icon=Icon::Search />
            <input
                node_ref=node
                id="search"
                class="search__input"
                type="text"
                role="searchbox"
                aria-label=label
                placeholder=label
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                dir="auto"
                prop:value=search
                on:input:target=move |event| search.set(event.target().value())
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        search.set(String::new());
                    }
                }
            />
            <Show when=move || search.with(|search| !search.is_empty())>
                <button type="button" class="search__clear" aria-label="Clear the search field" on:click=clear>
                    <Picture icon=Icon::Close />
                </button>
            </Show>
        </div>
    }
}
