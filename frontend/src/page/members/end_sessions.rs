//! The question before a member's sessions are ended.

use leptos::prelude::*;
use strongroom_shared::operation::Member;

use crate::api;
use crate::component::confirm::ConfirmDialog;
use crate::component::form_dialog::Submission;
use crate::component::snackbar::Snackbar;

#[component]
pub fn EndSessionsDialog(member: Member, #[prop(into)] on_closed: Callback<()>) -> impl IntoView {
    let Member { user_id, email, .. } = member;
    let snackbar = Snackbar::expect();
    let subject = email.clone();
    let submission = Submission::new(
        false,
        move || Ok(api::member::end_sessions(user_id)),
        move |()| snackbar.say(format!("{email} is logged out everywhere.")),
    );
    view! {
        <ConfirmDialog submission title="End sessions?" action="End sessions" subject on_closed>
            <p>
                "They're logged out of every browser immediately, in all of their teams, but can log in again. Their API keys keep working."
            </p>
        </ConfirmDialog>
    }
}
