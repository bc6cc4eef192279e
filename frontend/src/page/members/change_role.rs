//! The dialog that changes what a member is.

use leptos::prelude::*;
use strongroom_shared::input::UpdateMemberInput;
use strongroom_shared::operation::{Member, Role};
use strongroom_shared::{Permissions, RoleName, Uuid};

use super::fit_person;
use crate::api;
use crate::component::dialog::DialogName;
use crate::component::form_dialog::{FormDialog, Submission};
use crate::component::notice::{Notice, Tone};
use crate::component::role_field::RoleField;
use crate::component::snackbar::Snackbar;
use crate::role;

#[component]
pub fn ChangeRoleDialog(
    member: Member,
    is_me: bool,
    roles: Signal<Vec<Role>>,
    held: Permissions,
    #[prop(into)] on_changed: Callback<Uuid>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let before = StoredValue::new(member.role.0.clone());
    let chosen = RwSignal::new(member.role.0.clone());
    let unchanged =
        Signal::derive(move || chosen.with(|chosen| before.with_value(|before| chosen == before)));
    let email = member.email.clone();
    let user_id = member.user_id;
    let submission = Submission::new(
        false,
        move || {
            Ok(api::member::update(UpdateMemberInput { user_id, role: RoleName(chosen.get_untracked()) }))
        },
        move |()| {
            let role = role::label(&RoleName(chosen.get_untracked()));
            snackbar.say(format!("{email} is {role} now."));
            on_changed.run(user_id);
        },
    );
    view! {
        <FormDialog submission title="Change role" action="Change role" unchanged on_closed>
            <DialogName name=member.email />
            {is_me.then(|| view! {
                <Notice tone=Tone::Warning>
                    "This is you. What you give away, only someone else can give back."
                </Notice>
            })}
            <RoleField roles=Signal::derive(move || fit_person(roles.get())) held value=chosen autofocus=true />
            <p class="dialog__aside">"It counts at once, also for the API keys they made."</p>
        </FormDialog>
    }
}
