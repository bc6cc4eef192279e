//! The frame of every page behind the login: bar, drawer, and the page itself. It redirects to the login page without
//! a session, and to the Secrets page after the loss of a team.

use leptos::ev::{KeyboardEvent, MouseEvent};
use strongroom_shared::RoleName;

use crate::browser::HOME;
use crate::component::drawer::{self, DRAWER, Drawer};
use crate::component::lazy::{self, lazy};
use crate::component::{
    DialogHost, Icon, LoadError, NewTeamDialog, Picture, ShellDialog, Snackbar, TeamMenu, UserMenu,
};
use crate::keyboard::{self, GoToDialog, KeysDialog};
use crate::prelude::*;
use crate::router::Router;
use crate::session::SessionState;

const MAIN: &str = "main";
const DRAWER_BUTTON: &str = "drawer-button";

/// A change of this redraws the page: it depends on the user and their permissions, but not on the team's name.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    Loading,
    LoggedOut,
    Failed(ApiError),
    Page { user: Uuid, team: Uuid, role: RoleName, permissions: Permissions },
}

impl Content {
    fn of(state: SessionState) -> Self {
        match state {
            SessionState::Loading => Self::Loading,
            SessionState::LoggedOut => Self::LoggedOut,
            SessionState::Failed(error) => Self::Failed(error),
            SessionState::LoggedIn(Account { user_id: user, team, role, permissions, .. }) => {
                Self::Page { user, team: team.id, role, permissions }
            }
        }
    }
}

#[component]
pub fn TeamShell(
    /// The page.
    children: ChildrenFn,
) -> impl IntoView {
    let session = Session::expect();
    let router = Router::expect();
    let content = Memo::new(move |_| Content::of(session.state()));
    keep_up(session, router);
    let trying = RwSignal::new(false);
    let retry = move |()| {
        trying.set(true);
        spawn_local(async move {
            session.refresh().await;
            trying.try_set(false);
        });
    };

    move || match content.get() {
        // `index.html` shows a placeholder until the session is known.
        Content::Loading => ().into_any(),
        Content::LoggedOut => {
            session.want(router.address());
            router.replace("/log-in");
            ().into_any()
        }
        Content::Failed(error) => view! {
            <main class="entry">
                <section class="card entry__card">
                    <LoadError what="Strongroom" why=error.message() busy=trying on_retry=retry />
                </section>
            </main>
        }
        .into_any(),
        Content::Page { permissions, .. } => {
            let page = children();
            view! { <Frame permissions page /> }.into_any()
        }
    }
}

/// Reports the loss of a team.
fn keep_up(session: Session, router: Router) {
    let snackbar = Snackbar::expect();
    Effect::new(move |before: Option<Option<Account>>| {
        let now = session.with_account(Account::clone);
        if let (Some(Some(before)), Some(now)) = (&before, &now) {
            if has_lost_team(before, now) {
                let (lost, found) = (&before.team.name, &now.team.name);
                snackbar.say(format!("You are no longer in {lost}. Switched to {found}."));
                router.replace(HOME);
            }
            // The element that had the focus may be gone with the old page.
            request_animation_frame(browser::catch_focus);
        }
        now
    });
}

fn has_lost_team(before: &Account, now: &Account) -> bool {
    before.user_id == now.user_id
        && before.team.id != now.team.id
        && !now.teams.iter().any(|team| team.id == before.team.id)
}

#[component]
fn Frame(permissions: Permissions, page: AnyView) -> impl IntoView {
    let drawer_open = RwSignal::new(false);
    let close_drawer = move |event: KeyboardEvent| {
        if event.key() == "Escape" && drawer_open.get_untracked() {
            drawer_open.set(false);
            browser::focus_id(DRAWER_BUTTON);
        }
    };
    view! {
        <a class="skip-link" href=format!("#{MAIN}") rel="external" on:click=|event| skip(&event)>
            "Skip to content"
        </a>
        <div on:keydown=close_drawer>
            <AppBar drawer_open />
            <Drawer open=drawer_open permissions />
            <main class="content" id=MAIN tabindex="-1">{page}</main>
        </div>
    }
}

/// Without the browser's own jump, so that the address stays the same.
fn skip(event: &MouseEvent) {
    event.prevent_default();
    browser::focus_id(MAIN);
}

#[component]
fn AppBar(
    /// Whether the drawer is open in a narrow window.
    drawer_open: RwSignal<bool>,
) -> impl IntoView {
    let opened = RwSignal::new(None);
    DialogHost::provide(opened, || ());
    keyboard::listen(opened);
    view! {
        <header class="app-bar">
            <button
                type="button"
                id=DRAWER_BUTTON
                class="app-bar__button app-bar__menu"
                aria-label="Team settings menu"
                aria-controls=DRAWER
                aria-expanded=move || drawer_open.get().to_string()
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
            <TeamMenu opened />
            <UserMenu opened />
        </header>
        {move || opened.get().map(|dialog| lazy::dialog(shell_dialog(dialog, opened)))}
    }
}

lazy!(rest:
    pub fn shell_dialog(dialog: ShellDialog, opened: RwSignal<Option<ShellDialog>>) {
        match dialog {
            ShellDialog::NewTeam => view! { <NewTeamDialog /> }.into_any(),
            ShellDialog::GoTo => view! { <GoToDialog opened /> }.into_any(),
            ShellDialog::Keys => view! { <KeysDialog /> }.into_any(),
        }
    }
);
