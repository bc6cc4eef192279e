//! The questions before a session, or all of them, are ended.

use leptos::prelude::*;
use strongroom_shared::operation::BrowserSession;

use super::user_agent;
use crate::api;
use crate::component::confirm::ConfirmDialog;
use crate::component::form_dialog::Submission;
use crate::session::Session;

#[component]
pub fn EndDialog(
    session: BrowserSession,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let BrowserSession { id, user_agent, address, .. } = session;
    let end = move || api::session::end(id);
    let submission = Submission::confirm(end, "Session ended.", on_changed);
    let subject = format!("{}, {address}", user_agent::label(&user_agent));
    view! {
        <ConfirmDialog submission title="End session?" action="End session" subject on_closed>
            <p>"That browser is logged out at once. If you do not know it, change your password as well."</p>
        </ConfirmDialog>
    }
}

#[component]
pub fn EverywhereDialog(#[prop(into)] on_closed: Callback<()>) -> impl IntoView {
    let session = Session::expect();
    let submission =
        Submission::new(false, || Ok(api::session::log_out_everywhere()), move |()| session.leave());
    view! {
        <ConfirmDialog submission title="Log out everywhere?" action="Log out everywhere" on_closed>
            <p>"All your sessions end at once, this one included. API keys go on working."</p>
        </ConfirmDialog>
    }
}
