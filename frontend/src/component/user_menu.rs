//! Who one is, how the page is coloured, and the way out.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::icon::{Icon, Picture};
use super::menu::Menu;
use super::snackbar::Snackbar;
use super::theme_choice::ThemeChoice;
use crate::api::{self, ApiError};
use crate::browser;
use crate::role;
use crate::session::Session;

const USER_MENU: &str = "user-menu";

#[component]
pub fn UserMenu() -> impl IntoView {
    let account = Session::expect().account();
    account.map(|account| {
        let initial = account.email.chars().next().unwrap_or('?').to_uppercase().to_string();
        view! {
            <button
                type="button"
                class="app-bar__button app-bar__user"
                aria-label="Account menu"
                popovertarget=USER_MENU
            >
                <span class="avatar" aria-hidden="true">{initial}</span>
                <Picture icon=Icon::ChevronDown />
            </button>
            <Menu id=USER_MENU label="Account">
                <div class="menu__who">
                    <strong class="menu__email">{account.email}</strong>
                    <span class="chip">{role::label(&account.role)}</span>
                </div>
                <div class="menu__row">
                    <span aria-hidden="true">"Theme"</span>
                    <ThemeChoice />
                </div>
                <A
                    href=browser::link("/account")
                    attr:class="menu__action"
                    on:click=|_| browser::hide_popover(USER_MENU)
                >
                    <Picture icon=Icon::Person />
                    "Account"
                </A>
                <LogOutButton />
            </Menu>
        }
    })
}

#[component]
fn LogOutButton() -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let log_out = move |_| {
        spawn_local(async move {
            match api::session::log_out().await {
                Ok(()) | Err(ApiError::Unauthenticated(_)) => session.leave(),
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
