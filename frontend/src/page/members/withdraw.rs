//! The question before an invitation is withdrawn.

use leptos::prelude::*;
use strongroom_shared::operation::Invitation;

use crate::api;
use crate::component::confirm::ConfirmDialog;
use crate::component::form_dialog::Submission;

#[component]
pub fn WithdrawDialog(
    invitation: Invitation,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let Invitation { id, email, .. } = invitation;
    let withdraw = move || api::member::withdraw_invitation(id);
    let submission = Submission::confirm(withdraw, "Invitation withdrawn.", on_changed);
    view! {
        <ConfirmDialog submission title="Withdraw invitation?" action="Withdraw" subject=email on_closed>
            <p>"The link that they were sent stops working at once."</p>
        </ConfirmDialog>
    }
}
