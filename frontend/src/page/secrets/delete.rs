//! The question before a secret is deleted.

use std::sync::Arc;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::editor::failure::SaveFailure;
use crate::api::{self, ApiError};
use crate::component::button::SubmitButton;
use crate::component::dialog::{DialogControl, DialogFooter, ModalDialog};
use crate::component::snackbar::Snackbar;

/// The question before a secret is deleted.
#[component]
pub fn DeleteDialog(
    /// Which secret.
    name: Arc<str>,
    /// The list is not what it was.
    #[prop(into)]
    on_changed: Callback<()>,
    /// The dialog is closed.
    #[prop(into)]
    on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let error = RwSignal::new(None::<ApiError>);
    let text = name.to_string();

    let delete = Action::new_local(move |(): &()| api::delete_secret(name.to_string()));
    let deleting = Signal::from(delete.pending());
    let control = DialogControl::new(Signal::stored(false), deleting);
    Effect::new(move |_| {
        let message = match delete.value().get() {
            None => return,
            Some(Ok(())) => "Secret deleted.",
            // The one thing the server refuses here is a name that there is not: somebody was quicker.
            Some(Err(ApiError::Refused(_))) => "That secret was already gone.",
            Some(Err(failure)) => return error.set(Some(failure)),
        };
        control.close();
        snackbar.say(message);
        on_changed.run(());
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        delete.dispatch_local(());
    };

    view! {
        <ModalDialog control title="Delete secret?" small=true on_closed>
            <form class="dialog__form" on:submit=submit>
                <div class="dialog__body">
                    <SaveFailure error />
                    <p>
                        <strong class="dialog__name" dir="auto">
                            {text}
                        </strong>
                    </p>
                    <p>"Programs stop getting it at once."</p>
                    <p class="dialog__aside">
                        "For 7 days, it can be restored through the API with " <code>"restore_secret"</code>
                        ". After that, its value is gone for good."
                    </p>
                </div>
                <DialogFooter control>
                    <SubmitButton label="Delete" busy=deleting danger=true />
                </DialogFooter>
            </form>
        </ModalDialog>
    }
}
