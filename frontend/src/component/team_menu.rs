//! The team in the app bar, and the way to another one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::operation::Tenant;
use strongroom_shared::{Permission, Uuid};

use super::icon::{Icon, Picture};
use super::menu::Menu;
use super::snackbar::Snackbar;
use crate::session::Session;
use crate::text::shown;

const TEAM_MENU: &str = "team-menu";

#[component]
pub fn TeamMenu(creating: RwSignal<bool>) -> impl IntoView {
    let session = Session::expect();
    let name =
        Memo::new(move |_| session.with_account(|account| shown(&account.team.name)).unwrap_or_default());
    let may_create =
        Memo::new(move |_| session.with_account(|account| account.may(Permission::CreateTeam)) == Some(true));
    let teams = Memo::new(move |_| session.with_account(|account| account.teams.clone()).unwrap_or_default());
    let current = Memo::new(move |_| session.with_account(|account| account.team.id));
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
        <Menu id=TEAM_MENU label="Teams">
            <p class="menu__title" id="teams-title">"Your teams"</p>
            <ul class="menu__list" aria-labelledby="teams-title">
                {move || {
                    let current = current.get();
                    teams
                        .get()
                        .into_iter()
                        .map(|team| {
                            let is_current = current == Some(team.id);
                            view! { <li><TeamAction team is_current /></li> }
                        })
                        .collect_view()
                }}
            </ul>
            <Show when=move || may_create.get()>
                <button
                    type="button"
                    class="menu__action menu__action--apart"
                    popovertarget=TEAM_MENU
                    popovertargetaction="hide"
                    on:click=move |_| creating.set(true)
                >
                    <Picture icon=Icon::Plus />
                    "New team…"
                </button>
            </Show>
        </Menu>
    }
}

#[component]
fn TeamAction(team: Tenant, is_current: bool) -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let name = team.name.clone();
    let switch = move |_| {
        if !is_current {
            spawn_local(switch(session, snackbar, team.id, name.clone()));
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
            <span class="menu__words">
                <bdi>{shown(team.name)}</bdi>
                <small>{team.slug}</small>
            </span>
        </button>
    }
}

async fn switch(session: Session, snackbar: Snackbar, team: Uuid, name: String) {
    match session.switch(team).await {
        Ok(()) => snackbar.say(format!("This is {name} now.")),
        Err(error) => snackbar.say(format!("You are still in the same team. {}", error.message())),
    }
}
