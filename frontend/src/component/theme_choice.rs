//! Light, dark, or as the system has it.

use leptos::prelude::*;

use super::button::Segments;
use crate::theme::{ChosenTheme, Theme};

#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = ChosenTheme::expect();
    let options = Theme::ALL.map(|theme| (theme, theme.label())).to_vec();
    let current = Signal::derive(move || chosen.get());
    view! { <Segments label="Theme" options chosen=current on_choose=move |theme| chosen.set(theme) /> }
}
