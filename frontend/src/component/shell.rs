//! The frame of every page behind the log-in: bar, drawer, and the page itself. It is also where those who are not
//! logged in are led to the log-in page.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};
use leptos_router::hooks::use_location;

use super::app_bar::{AppBar, DRAWER_BUTTON};
use super::drawer::Drawer;
use super::notice::LoadError;
use crate::browser;
use crate::session::{Account, Session, SessionState};

const MAIN: &str = "main";

/// The frame of the team's pages.
#[component]
pub fn TeamShell() -> impl IntoView {
    let session = Session::expect();
    let location = use_location();
    let state = Memo::new(move |_| session.state());
    let trying = RwSignal::new(false);
    let retry = move |()| {
        trying.set(true);
        leptos::task::spawn_local(async move {
            session.refresh().await;
            trying.try_set(false);
        });
    };

    move || match state.get() {
        SessionState::Loading => view! { <div class="splash" aria-busy="true"></div> }.into_any(),
        SessionState::LoggedOut => {
            session.want(location.pathname.get_untracked());
            view! { <Redirect path="/log-in" options=browser::replacing() /> }.into_any()
        }
        SessionState::Failed(error) => view! {
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
        SessionState::LoggedIn(account) => view! { <Frame account /> }.into_any(),
    }
}

#[component]
fn Frame(account: Account) -> impl IntoView {
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
            <AppBar account drawer_open />
            <Drawer open=drawer_open />
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
