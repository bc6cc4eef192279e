//! The question before a key is revoked.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::operation::ApiKey;

use crate::api;
use crate::component::confirm::ConfirmDialog;
use crate::component::form_dialog::Submission;
use crate::component::snackbar::Snackbar;
use crate::component::time::RelativeTime;

#[component]
pub fn RevokeDialog(
    key: Arc<ApiKey>,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let name = key.name.clone();
    let last_used = key.last_used.clone();
    let submission = Submission::new(
        false,
        move || Ok(api::unless_gone(api::api_key::delete(key.id))),
        move |was_there| {
            snackbar.say(if was_there { "API key revoked." } else { "That API key was already revoked." });
            on_changed.run(());
        },
    );
    view! {
        <ConfirmDialog submission title="Revoke API key?" action="Revoke" subject=name on_closed>
            <p>"Programs that use it are turned away at once. This can't be undone."</p>
            <p class="dialog__aside">
                {match last_used {
                    Some(time) => view! { "It was last used " <RelativeTime time /> "." }.into_any(),
                    None => "It was never used.".into_any(),
                }}
            </p>
        </ConfirmDialog>
    }
}
