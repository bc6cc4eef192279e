//! The question before a key is revoked.

use std::sync::Arc;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use strongroom_shared::operation::ApiKey;

use crate::api::{self, ApiError};
use crate::component::button::SubmitButton;
use crate::component::dialog::{DialogControl, DialogFooter, ModalDialog};
use crate::component::failure::SaveFailure;
use crate::component::snackbar::Snackbar;
use crate::component::time::RelativeTime;

/// The question before a key is revoked.
#[component]
pub fn RevokeDialog(
    /// The key.
    key: Arc<ApiKey>,
    /// The list is not what it was.
    #[prop(into)]
    on_changed: Callback<()>,
    /// The dialog is closed.
    #[prop(into)]
    on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let error = RwSignal::new(None::<ApiError>);
    let name = key.name.clone();
    let last_used = key.last_used.clone();
    let revoke = Action::new_local(move |(): &()| api::api_key::delete(key.id));
    let revoking = Signal::from(revoke.pending());
    let control = DialogControl::new(Signal::stored(false), revoking);
    Effect::new(move |_| {
        let message = match revoke.value().get() {
            None => return,
            Some(Ok(())) => "API key revoked.",
            // The one thing the server refuses here is a key that there is not: somebody was quicker.
            Some(Err(ApiError::Refused(_))) => "That API key was already revoked.",
            Some(Err(failure)) => return error.set(Some(failure)),
        };
        control.close();
        snackbar.say(message);
        on_changed.run(());
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        revoke.dispatch_local(());
    };

    view! {
        <ModalDialog control title="Revoke API key?" small=true on_closed>
            <form class="dialog__form" on:submit=submit>
                <div class="dialog__body">
                    <SaveFailure error />
                    <p>
                        <strong class="dialog__name" dir="auto">
                            {name}
                        </strong>
                    </p>
                    <p>"Programs that use it are turned away at once. This can't be undone."</p>
                    <p class="dialog__aside">
                        {match last_used {
                            Some(time) => view! { "It was last used " <RelativeTime time /> "." }.into_any(),
                            None => "It was never used.".into_any(),
                        }}
                    </p>
                </div>
                <DialogFooter control>
                    <SubmitButton label="Revoke" busy=revoking danger=true />
                </DialogFooter>
            </form>
        </ModalDialog>
    }
}
