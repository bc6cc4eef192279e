//! `/account`: the person's own password, sessions and theme, whatever team they are in.
//!
//! Logic without a browser: [`user_agent`].

mod change_password;
mod end_sessions;
mod sessions;
mod user_agent;

use leptos::prelude::*;
use strongroom_shared::operation::BrowserSession;

use self::change_password::ChangePasswordDialog;
use self::end_sessions::{EndDialog, EverywhereDialog};
use self::sessions::SessionTable;
use crate::api;
use crate::component::heading::PageHeading;
use crate::component::theme_choice::ThemeChoice;
use crate::fetched::Fetched;
use crate::session::Session;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    Password,
    End(BrowserSession),
    Everywhere,
}

#[component]
pub fn AccountPage() -> impl IntoView {
    let email = Session::expect().account().map(|account| account.email);
    let sessions = Fetched::new(api::session::list);
    let opened = RwSignal::new(None::<Opened>);
    let close = move |()| opened.set(None);
    let changed = move |()| sessions.refresh();
    view! {
        <div class="page">
            <PageHeading title="Account">"Your own, whatever team you are in."</PageHeading>
            <section class="card" aria-label="You">
                <dl class="facts">
                    <div class="facts__row">
                        <dt>"Email"</dt>
                        <dd>{email}</dd>
                    </div>
                    <div class="facts__row">
                        <dt>"Password"</dt>
                        <dd>
                            <p class="facts__note">"Changing it ends your other sessions."</p>
                        </dd>
                        <dd class="facts__action">
                            <button
                                type="button"
                                class="button button--small"
                                on:click=move |_| opened.set(Some(Opened::Password))
                            >
                                "Change password"
                            </button>
                        </dd>
                    </div>
                    <div class="facts__row">
                        <dt>"Theme"</dt>
                        <dd>
                            <p class="facts__note">"Kept in this browser."</p>
                        </dd>
                        <dd class="facts__action">
                            <ThemeChoice />
                        </dd>
                    </div>
                </dl>
            </section>
            <SessionTable
                sessions
                on_end=move |session| opened.set(Some(Opened::End(session)))
                on_end_all=move |()| opened.set(Some(Opened::Everywhere))
            />
        </div>
        {move || {
            let dialog = match opened.get()? {
                Opened::Password => {
                    view! { <ChangePasswordDialog on_changed=changed on_closed=close /> }.into_any()
                }
                Opened::End(session) => {
                    view! { <EndDialog session on_changed=changed on_closed=close /> }.into_any()
                }
                Opened::Everywhere => view! { <EverywhereDialog on_closed=close /> }.into_any(),
            };
            Some(dialog)
        }}
    }
}
