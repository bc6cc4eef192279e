//! The dialog that changes one's own password.

use leptos::prelude::*;
use strongroom_shared::input::ChangePasswordInput;

use crate::api;
use crate::component::field::TextField;
use crate::component::form_dialog::{FormDialog, Submission};
use crate::component::new_password::{NewPassword, NewPasswordFields};
use crate::component::snackbar::Snackbar;
use crate::request::outcome_of;
use crate::session::Session;

const CURRENT: &str = "current-password";

#[component]
pub fn ChangePasswordDialog(
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let email = Session::expect().account().map(|account| account.email);
    let current = RwSignal::new(String::new());
    let current_error = RwSignal::new(None::<String>);
    let new = NewPassword::new("new-password");
    // Who comes through a provider may have no password yet, and only they may leave the field empty.
    let entrance = outcome_of(api::session::entrance());
    let provider = Memo::new(move |_| entrance.get().and_then(Result::ok)?.single_sign_on);
    let hint = Signal::derive(move || {
        provider.get().map(|provider| {
            format!("Leave it empty if you have none yet, because you log in with {}.", provider.name)
        })
    });
    let touched = Signal::derive(move || !current.read().is_empty() || !new.is_empty());
    let submission = Submission::new(
        touched,
        move || {
            let typed = current.get_untracked();
            let is_missing = typed.is_empty() && provider.read_untracked().is_none();
            current_error.set(is_missing.then(|| "Type the password that you have now.".to_owned()));
            new.check()?;
            if is_missing {
                return Err(CURRENT);
            }
            Ok(api::session::change_password(ChangePasswordInput {
                current_password: (!typed.is_empty()).then_some(typed),
                new_password: new.get_untracked(),
            }))
        },
        move |()| {
            snackbar.say("Password changed. Your other sessions have ended.");
            on_changed.run(());
        },
    );
    view! {
        <FormDialog submission title="Change password" action="Change password" on_closed>
            // For password managers, which ask themselves whose password it is.
            <input type="text" autocomplete="username" readonly=true hidden=true value=email />
            <TextField
                id=CURRENT
                label="Current password"
                kind="password"
                autocomplete="current-password"
                autofocus=true
                optional=true
                value=current
                error=current_error
                hint
            />
            <NewPasswordFields password=new label="New password" repeat_label="Repeat new password" />
        </FormDialog>
    }
}
