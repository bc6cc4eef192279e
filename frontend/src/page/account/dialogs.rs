//! The dialogs that change the user's password and end their sessions.

use strongroom_shared::input::{ChangePasswordInput, EndSessionInput};
use strongroom_shared::operation::BrowserSession;

use super::user_agent;
use crate::component::{
    ConfirmDialog, Field, FormDialog, NewPassword, NewPasswordFields, Submission, TextField,
};
use crate::prelude::*;

#[component]
pub fn ChangePasswordDialog() -> impl IntoView {
    let email = Session::expect().account().map(|account| account.email);
    let new = NewPassword::new("new-password");
    // Users of single sign-on may have no password yet, and only they may leave the field empty.
    let entrance = outcome_of(api::entrance());
    let provider = Memo::new(move |_| entrance.get().and_then(Result::ok)?.single_sign_on);
    let hint = Signal::derive(move || {
        let name = provider.get()?.name;
        Some(format!("Leave empty if you log in with {name} and have no password yet."))
    });
    let current = Field::new("current-password", "", move |typed| {
        let is_missing = typed.is_empty() && provider.with(Option::is_none);
        is_missing.then(|| "Type your current password.".to_owned())
    });
    let touched = Signal::derive(move || !current.is_empty() || !new.is_empty());
    let fill = move || {
        let (current_ok, new_ok) = (current.check(), new.check());
        current_ok.and(new_ok)?;
        Ok(api::change_as_person(ChangePasswordInput {
            current_password: Some(current.value.get()).filter(|typed| !typed.is_empty()),
            new_password: new.text(),
        }))
    };
    let submission = Submission::saving(touched, fill, "Password changed. Your other sessions have ended.");
    view! {
        <FormDialog submission title="Change password" action="Change password">
            // For password managers, which need to know whose password it is.
            <input type="text" autocomplete="username" readonly=true hidden=true value=email />
            <TextField
                field=current
                label="Current password"
                kind="password"
                autocomplete="current-password"
                autofocus=true
                optional=true
                hint
            />
            <NewPasswordFields password=new label="New password" repeat_label="Repeat new password" />
        </FormDialog>
    }
}

#[component]
pub fn EndDialog(session: BrowserSession) -> impl IntoView {
    let BrowserSession { id, user_agent, address, .. } = session;
    let submission =
        Submission::confirm(move || api::change_as_person(EndSessionInput { id }), "Session ended.");
    let subject = format!("{}, {address}", user_agent::label(&user_agent));
    view! {
        <ConfirmDialog submission title="End session?" action="End session" subject>
            <p>"That browser is logged out immediately. If you don't recognise it, change your password as well."</p>
        </ConfirmDialog>
    }
}

#[component]
pub fn EverywhereDialog() -> impl IntoView {
    let session = Session::expect();
    let submission = Submission::new(false, || Ok(api::log_out_everywhere()), move |()| session.leave());
    view! {
        <ConfirmDialog submission title="Log out everywhere?" action="Log out everywhere">
            <p>"All your sessions end immediately, including this one. Your API keys keep working."</p>
        </ConfirmDialog>
    }
}
