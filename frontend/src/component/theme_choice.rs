//! Light, dark, or as the system has it.

use leptos::prelude::*;

use super::button::SegmentButton;
use crate::theme::{ChosenTheme, Theme};

#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = ChosenTheme::expect();
    view! {
        <div class="segments" role="group" aria-label="Theme">
            {Theme::ALL
                .into_iter()
                .map(|option| view! {
                    <SegmentButton
                        label=option.label()
                        pressed=Signal::derive(move || chosen.get() == option)
                        on_press=move |()| chosen.set(option)
                    />
                })
                .collect_view()}
        </div>
    }
}
