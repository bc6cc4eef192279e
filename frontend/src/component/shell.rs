//! The frame of every page behind the log-in: bar, drawer, and the page itself. It is also where those who are not
//! logged in are led to the log-in page, and where people land who have lost the team they were in.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::{use_location, use_navigate};
use strongroom_shared::{Permissions, RoleName, Uuid};

use super::app_bar::{AppBar, DRAWER_BUTTON};
use super::drawer::Drawer;
use super::notice::LoadError;
use super::snackbar::Snackbar;
use crate::api::ApiError;
use crate::browser;
use crate::routes::HOME;
use crate::session::{Account, Session, SessionState};

const MAIN: &str = "main";

/// A change of this redraws the page: it depends on the person and their permissions, but not on the team's name.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Loading,
    LoggedOut,
    Failed(ApiError),
    Page { user: Uuid, team: Uuid, role: RoleName, permissions: Permissions },
}

impl Shown {
    fn of(state: SessionState) -> Self {
        match state {
            SessionState::Loading => Self::Loading,
            SessionState::LoggedOut => Self::LoggedOut,
            SessionState::Failed(error) => Self::Failed(error),
            SessionState::LoggedIn(account) => Self::Page {
                user: account.user_id,
                team: account.team.id,
                role: account.role,
                permissions: account.permissions,
            },
        }
    }
}

#[component]
pub fn TeamShell() -> impl IntoView {
    let session = Session::expect();
    let location = use_location();
    let shown = Memo::new(move |_| Shown::of(session.state()));
    keep_up(session);
    let trying = RwSignal::new(false);
    let retry = move |()| {
        trying.set(true);
        leptos::task::spawn_local(async move {
            session.refresh().await;
            trying.try_set(false);
        });
    };

    move || match shown.get() {
        Shown::Loading => view! { <div class="splash" aria-busy="true"></div> }.into_any(),
        Shown::LoggedOut => {
            session.want(location.pathname.with_untracked(|path| browser::without_base(path)));
            view! { <Redirect path="/log-in" options=browser::replacing() /> }.into_any()
        }
        Shown::Failed(error) => view! {
            <main class="entry">
                <section class="card entry__card">
                    <LoadError
                        what="Strongroom can't be loaded"
                        why=error.message()
                        busy=trying
                        on_retry=retry
                    />
                </section>
            </main>
        }
        .into_any(),
        Shown::Page { permissions, .. } => view! { <Frame permissions /> }.into_any(),
    }
}

/// Notices what has changed while nobody looked, and says where somebody has landed whose team is lost.
fn keep_up(session: Session) {
    browser::on_return(move || leptos::task::spawn_local(session.recheck()));

    let snackbar = Snackbar::expect();
    let navigate = use_navigate();
    Effect::new(move |before: Option<Option<Account>>| {
        let now = session.with_account(Account::clone);
        if let (Some(Some(before)), Some(now)) = (&before, &now) {
            if has_lost_team(before, now) {
                let (lost, found) = (&before.team.name, &now.team.name);
                snackbar.say(format!("You are no longer in {lost}. This is {found} now."));
                navigate(HOME, browser::replacing());
            }
            // Whatever had the focus may be gone with the page that was drawn anew.
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
fn Frame(permissions: Permissions) -> impl IntoView {
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
        <div class="shell" on:keydown=close_drawer>
            <AppBar drawer_open />
            <Drawer open=drawer_open permissions />
            <main class="content" id=MAIN tabindex="-1">
                <Outlet />
            </main>
        </div>
    }
}

/// By hand, so that the address stays what it is.
fn skip(event: &MouseEvent) {
    event.prevent_default();
    browser::focus_id(MAIN);
}
