//! `/account`: the user's own password, sessions and theme, across teams.
//!
//! Logic without a browser: [`user_agent`].

mod dialogs;
mod sessions;
mod user_agent;

use strongroom_shared::operation::BrowserSession;

use self::dialogs::{ChangePasswordDialog, EndDialog, EverywhereDialog};
use self::sessions::SessionTable;
use crate::component::{Button, DialogHost, FactRow, PageHeading, ThemeChoice};
use crate::prelude::*;

#[derive(Clone)]
enum Dialog {
    Password,
    End(BrowserSession),
    Everywhere,
}

#[component]
pub fn AccountPage() -> impl IntoView {
    let email = Session::expect().account().map(|account| account.email);
    let sessions = Fetched::new(api::sessions);
    let opened = RwSignal::new(None::<Dialog>);
    DialogHost::provide(opened, move || sessions.refresh());
    let change_password = view! {
        <Button class="button--small" on_press=move |()| opened.set(Some(Dialog::Password))>"Change password"</Button>
    };
    view! {
        <div class="page">
            <PageHeading title="Account">"Your personal settings, across all teams."</PageHeading>
            <section class="card" aria-label="You">
                <dl>
                    <FactRow term="Email">{email}</FactRow>
                    <FactRow
                        term="Password"
                        note="Changing it ends your other sessions."
                        action=Some(change_password.into_any())
                    />
                    <FactRow
                        term="Theme"
                        note="Stored in this browser."
                        action=Some(view! { <ThemeChoice /> }.into_any())
                    />
                </dl>
            </section>
            <SessionTable sessions opened />
        </div>
        {move || opened.get().map(|dialog| match dialog {
            Dialog::Password => view! { <ChangePasswordDialog /> }.into_any(),
            Dialog::End(session) => view! { <EndDialog session /> }.into_any(),
            Dialog::Everywhere => view! { <EverywhereDialog /> }.into_any(),
        })}
    }
}
