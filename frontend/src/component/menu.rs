//! Menus on the browser's own popover, which opens, closes and restores the focus by itself.
//!
//! They contain plain buttons and links of the class `menu__action`. One that should close the menu names it in
//! `popovertarget`, with `popovertargetaction="hide"`.

use strongroom_shared::operation::Tenant;

use super::lazy::{self, lazy};
use super::{Icon, Picture, Segments, ShellDialog, Snackbar};
use crate::prelude::*;
use crate::router::Link;
use crate::theme::{ChosenTheme, Theme};

const TEAM_MENU: &str = "team-menu";
const USER_MENU: &str = "user-menu";

#[component]
pub fn Menu(
    /// The button names it in `popovertarget`.
    id: &'static str,
    label: &'static str,
    children: Children,
) -> impl IntoView {
    view! { <div id=id class="menu" popover="auto" role="group" aria-label=label>{children()}</div> }
}

#[component]
pub fn TeamMenu(opened: RwSignal<Option<ShellDialog>>) -> impl IntoView {
    let session = Session::expect();
    let name =
        Memo::new(move |_| session.with_account(|account| shown(&account.team.name)).unwrap_or_default());
    view! {
        <button
            type="button"
            class="app-bar__team"
            title=name
            aria-label=move || format!("Team menu: {}", name.get())
            popovertarget=TEAM_MENU
        >
            <Picture icon=Icon::People />
            <bdi>{name}</bdi>
            <Picture icon=Icon::ChevronDown />
        </button>
        <Menu id=TEAM_MENU label="Teams">{lazy::hidden(move || team_actions(opened))}</Menu>
    }
}

lazy!(rest:
    pub fn team_actions(opened: RwSignal<Option<ShellDialog>>) {
        view! { <TeamActions opened /> }.into_any()
    }
);

#[component]
fn TeamActions(opened: RwSignal<Option<ShellDialog>>) -> impl IntoView {
    let session = Session::expect();
    let may_create =
        Memo::new(move |_| session.with_account(|account| account.may(Permission::CreateTeam)) == Some(true));
    let teams = Memo::new(move |_| session.with_account(|account| account.teams.clone()).unwrap_or_default());
    let current = Memo::new(move |_| session.with_account(|account| account.team.id));
    let actions = move || {
        let current = current.get();
        let action = |team: Tenant| {
            let is_current = current == Some(team.id);
            view! { <li><TeamAction team is_current /></li> }
        };
        teams.get().into_iter().map(action).collect_view()
    };
    view! {
        <p class="menu__title" id="teams-title">"Your teams"</p>
        <ul class="menu__list" aria-labelledby="teams-title">{actions}</ul>
        <Show when=move || may_create.get()>
            <button
                type="button"
                class="menu__action menu__action--apart"
                popovertarget=TEAM_MENU
                popovertargetaction="hide"
                on:click=move |_| opened.set(Some(ShellDialog::NewTeam))
            >
                <Picture icon=Icon::Plus />
                "New team…"
            </button>
        </Show>
    }
}

#[component]
fn TeamAction(team: Tenant, is_current: bool) -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let Tenant { id, name, slug } = team;
    let label = shown(&name);
    let switch = move |_| {
        let name = name.clone();
        if !is_current {
            spawn_local(async move {
                match session.switch(id).await {
                    Ok(()) => snackbar.say(format!("Switched to {name}.")),
                    Err(error) => snackbar.say(format!("Could not switch teams. {}", error.message())),
                }
            });
        }
    };
    view! {
        <button
            type="button"
            class="menu__action"
            aria-current=is_current.then_some("true")
            popovertarget=TEAM_MENU
            popovertargetaction="hide"
            on:click=switch
        >
            {is_current.then(|| view! { <Picture icon=Icon::Check /> })}
            <span class="menu__words"><bdi>{label}</bdi><small>{slug}</small></span>
        </button>
    }
}

#[component]
pub fn UserMenu(opened: RwSignal<Option<ShellDialog>>) -> impl IntoView {
    Session::expect().account().map(|account| {
        let initial = account.email.chars().next().unwrap_or('?').to_string();
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
            <Menu id=USER_MENU label="Account">{lazy::hidden(move || user_actions(opened))}</Menu>
        }
    })
}

lazy!(rest:
    pub fn user_actions(opened: RwSignal<Option<ShellDialog>>) {
        view! { <UserActions opened /> }.into_any()
    }
);

#[component]
fn UserActions(opened: RwSignal<Option<ShellDialog>>) -> impl IntoView {
    Session::expect().account().map(|account| {
        view! {
            <div class="menu__who">
                <strong class="menu__email">{account.email}</strong>
                <span class="chip">{role::label(&account.role)}</span>
            </div>
            <div class="menu__row">
                <span aria-hidden="true">"Theme"</span>
                <ThemeChoice />
            </div>
            <div on:click=|_| browser::hide_popover(USER_MENU)>
                <Link path="/account" class="menu__action">
                    <Picture icon=Icon::Person />
                    "Account"
                </Link>
            </div>
            <OpenButton opened dialog=ShellDialog::GoTo icon=Icon::Search label="Go to…" keys="Ctrl+K" />
            <OpenButton opened dialog=ShellDialog::Keys icon=Icon::Log label="Keyboard shortcuts" keys="?" />
            <LogOutButton />
        }
    })
}

#[component]
fn OpenButton(
    opened: RwSignal<Option<ShellDialog>>,
    dialog: ShellDialog,
    icon: Icon,
    label: &'static str,
    keys: &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="menu__action"
            popovertarget=USER_MENU
            popovertargetaction="hide"
            on:click=move |_| opened.set(Some(dialog))
        >
            <Picture icon />
            {label}
            <kbd class="key menu__key" aria-hidden="true">{keys}</kbd>
        </button>
    }
}

#[component]
fn LogOutButton() -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let log_out = move |_| {
        spawn_local(async move {
            match api::log_out().await {
                Ok(()) | Err(ApiError::Unauthenticated(_)) => session.leave(),
                // The cookie may still be valid.
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

#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = ChosenTheme::expect();
    let options = Theme::ALL.map(|theme| (theme, theme.label())).to_vec();
    let current = Signal::derive(move || chosen.get());
    view! { <Segments label="Theme" options chosen=current on_choose=move |theme| chosen.set(theme) /> }
}
