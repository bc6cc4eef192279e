//! The question before a role is removed.

use leptos::prelude::*;
use strongroom_shared::operation::Role;

use crate::api;
use crate::component::confirm::ConfirmDialog;
use crate::component::form_dialog::Submission;

#[component]
pub fn DeleteDialog(
    role: Role,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    // A built-in role has no id, and no button that leads here.
    let id = role.id.unwrap_or_default();
    let submission = Submission::confirm(move || api::role::delete(id), "Role deleted.", on_changed);
    view! {
        <ConfirmDialog submission title="Delete role?" action="Delete" subject=role.name.0 on_closed>
            <p>"That works only while no member, invitation or API key has it."</p>
        </ConfirmDialog>
    }
}
