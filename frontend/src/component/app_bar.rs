//! The bar at the top: where one is, and who one is.

use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::Role;

use super::drawer::{self, DRAWER};
use super::icon::{Icon, Picture};
use super::snackbar::Snackbar;
use crate::api::{self, ApiError};
use crate::session::{Account, Session};
use crate::theme::Theme;

const USER_MENU: &str = "user-menu";

/// The button that opens the drawer, for giving the focus back.
pub const DRAWER_BUTTON: &str = "drawer-button";

/// The bar at the top.
#[component]
pub fn AppBar(
    /// Who is logged in.
    account: Account,
    /// Whether the drawer is open in a narrow window.
    drawer_open: RwSignal<bool>,
) -> impl IntoView {
    let initial = account
        .email
        .chars()
        .next()
        .unwrap_or('?')
        .to_uppercase()
        .to_string();
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
            <a class="app-bar__brand" href=crate::app::HOME>
                <Picture icon=Icon::Mark />
                "Strongroom"
            </a>
            <span class="app-bar__team" title=account.team.clone()>
                <Picture icon=Icon::People />
                <bdi>{account.team.clone()}</bdi>
            </span>
            <button
                type="button"
                class="app-bar__button app-bar__user"
                aria-label="Account menu"
                popovertarget=USER_MENU
            >
                <span class="avatar" aria-hidden="true">
                    {initial}
                </span>
                <Picture icon=Icon::ChevronDown />
            </button>
            <UserMenu account />
        </header>
    }
}

/// Who one is, how the page is coloured, and the way out.
#[component]
fn UserMenu(account: Account) -> impl IntoView {
    let theme = RwSignal::new(Theme::stored());
    let choose = move |chosen: Theme| {
        theme.set(chosen);
        chosen.apply();
        chosen.store();
    };
    view! {
        <div id=USER_MENU class="menu" popover="auto">
            <div class="menu__who">
                <strong class="menu__email">{account.email}</strong>
                <span class="chip">{role_label(account.role)}</span>
            </div>
            <div class="menu__row">
                <span id="theme-label">"Theme"</span>
                <div class="segments" role="group" aria-labelledby="theme-label">
                    {Theme::ALL
                        .into_iter()
                        .map(|option| {
                            view! {
                                <button
                                    type="button"
                                    class="segments__option"
                                    aria-pressed=move || if theme.get() == option { "true" } else { "false" }
                                    on:click=move |_| choose(option)
                                >
                                    {option.label()}
                                </button>
                            }
                        })
                        .collect_view()}
                </div>
            </div>
            <LogOutButton />
        </div>
    }
}

#[component]
fn LogOutButton() -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let log_out = move |_| {
        spawn_local(async move {
            match api::log_out().await {
                Ok(()) | Err(ApiError::Unauthenticated) => session.end(),
                // Saying that one is logged out while the cookie still counts would be a lie.
                Err(error) => snackbar.say(format!("You are still logged in. {}", error.message())),
            }
        });
    };
    view! {
        <button type="button" class="menu__action" on:click=log_out>
            <Picture icon=Icon::LogOut />
            "Log out"
        </button>
    }
}

/// A role as people read it.
pub fn role_label(role: Role) -> &'static str {
    match role {
        Role::Administrator => "Administrator",
        Role::User => "User",
        Role::ReadOnly => "Read-only",
        Role::Runner => "Runner",
    }
}
