//! The question before something is taken away.

use leptos::prelude::*;

use super::dialog::DialogName;
use super::form_dialog::{FormDialog, Submission};

#[component]
pub fn ConfirmDialog(
    /// What it sends: see [`Submission::confirm`].
    submission: Submission,
    title: &'static str,
    action: &'static str,
    #[prop(into, optional)] subject: Option<String>,
    #[prop(into)] on_closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    view! {
        <FormDialog submission title action danger=true on_closed>
            {subject.map(|name| view! { <DialogName name /> })}
            {children()}
        </FormDialog>
    }
}
