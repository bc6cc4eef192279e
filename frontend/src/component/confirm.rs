//! The question before something is taken away.

use leptos::prelude::*;

use super::form_dialog::{FormDialog, Submission};
use crate::text::shown;

/// The question before something is taken away.
#[component]
pub fn ConfirmDialog(
    /// What it sends: see [`Submission::confirm`].
    submission: Submission,
    /// The question: `Delete role?`
    title: &'static str,
    action: &'static str,
    #[prop(into, optional)] subject: Option<String>,
    /// It is closed and can be taken away.
    #[prop(into)]
    on_closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    view! {
        <FormDialog
            submission
            title
            action
            danger=true
            on_submit=UnsyncCallback::new(move |()| submission.send())
            on_closed
        >
            {subject.map(|subject| view! {
                <p>
                    <strong class="dialog__name" dir="auto">{shown(subject)}</strong>
                </p>
            })}
            {children()}
        </FormDialog>
    }
}
