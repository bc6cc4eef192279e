//! The bar at the top: where one is, and who one is.

use leptos::prelude::*;

use super::drawer::{self, DRAWER};
use super::icon::{Icon, Picture};
use super::new_team::NewTeamDialog;
use super::team_menu::TeamMenu;
use super::user_menu::UserMenu;
use crate::browser;
use crate::routes::HOME;

/// The button that opens the drawer, for giving the focus back.
pub const DRAWER_BUTTON: &str = "drawer-button";

#[component]
pub fn AppBar(
    /// Whether the drawer is open in a narrow window.
    drawer_open: RwSignal<bool>,
) -> impl IntoView {
    let creating_team = RwSignal::new(false);
    view! {
        <header class="app-bar">
            <button
                type="button"
                id=DRAWER_BUTTON
                class="app-bar__button app-bar__menu"
                aria-label="Team Settings menu"
                aria-controls=DRAWER
                aria-expanded=move || if drawer_open.get() { "true" } else { "false" }
                on:click=move |_| {
                    drawer_open.update(|open| *open = !*open);
                    if drawer_open.get_untracked() {
                        request_animation_frame(drawer::take_focus);
                    }
                }
            >
                <Picture icon=Icon::Menu />
            </button>
            <a class="app-bar__brand" href=browser::link(HOME)>
                <Picture icon=Icon::Mark />
                <span class="app-bar__name">"Strongroom"</span>
            </a>
            <TeamMenu creating=creating_team />
            <UserMenu />
        </header>
        <Show when=move || creating_team.get()>
            <NewTeamDialog on_closed=move |()| creating_team.set(false) />
        </Show>
    }
}
