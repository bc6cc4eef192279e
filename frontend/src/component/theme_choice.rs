//! Light, dark, or as the system has it.

use leptos::prelude::*;

use crate::theme::{ChosenTheme, Theme};

/// Light, dark, or as the system has it.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = ChosenTheme::expect();
    view! {
        <div class="segments" role="group" aria-label="Theme">
            {Theme::ALL
                .into_iter()
                .map(|option| {
                    view! {
                        <button
                            type="button"
                            class="segments__option"
                            aria-pressed=move || if chosen.get() == option { "true" } else { "false" }
                            on:click=move |_| chosen.set(option)
                        >
                            {option.label()}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
