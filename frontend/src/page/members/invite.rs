//! The dialog that invites a person: an email address and a role. The next one shows the link, once.

use strongroom_shared::input::InviteMemberInput;
use strongroom_shared::operation::{Invitation, Role};
use strongroom_shared::{BuiltInRole, DateTime, RoleName};

use super::{Dialog, fit_person};
use crate::clock::exact;
use crate::component::{
    CloseFooter, CopyField, DialogControl, DialogHost, Field, FormDialog, Icon, ModalDialog, RoleField,
    Submission, TextField,
};
use crate::prelude::*;

const TITLE: &str = "Invite a person";

#[derive(Clone)]
pub struct Link {
    email: String,
    address: String,
    expires_at: DateTime,
}

#[component]
pub fn InviteDialog(
    roles: Signal<Vec<Role>>,
    held: Permissions,
    invited: Vec<Invitation>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let DialogHost { changed, .. } = DialogHost::expect();
    let email = Field::new("email", "", text::email_problem);
    let role = RwSignal::new(first_role(held).as_str().to_owned());
    let next = StoredValue::new(None::<Link>);
    let fill = move || {
        email.check()?;
        Ok(api::mutate(InviteMemberInput { email: email.text(), role: RoleName(role.get()) }))
    };
    let submission = Submission::new(Signal::derive(move || !email.is_empty()), fill, move |invited| {
        next.set_value(Some(Link {
            email: untrack(|| email.text()),
            address: format!("{}/join#token={}", browser::site(), invited.token),
            expires_at: invited.expires_at,
        }));
        changed.run(());
    });
    let closed = move |()| opened.set(next.try_update_value(Option::take).flatten().map(Dialog::Invited));
    let hint = Signal::derive(move || {
        let typed = text::lower(&email.text());
        let is_invited = invited.iter().any(|one| text::lower(&one.email) == typed);
        is_invited.then(|| "Already invited. The new link replaces the old one.".to_owned())
    });
    view! {
        <FormDialog
            submission
            title=TITLE
            action="Create link"
            intro="You'll get a link to send to them. It works once, within 7 days, and only for this address."
            on_closed=closed
        >
            <TextField field=email label="Email" kind="email" icon=Icon::Mail autofocus=true hint />
            <RoleField roles=Signal::derive(move || fit_person(roles.get())) held value=role />
        </FormDialog>
    }
}

/// The most common role that the user may grant.
fn first_role(held: Permissions) -> BuiltInRole {
    if held.is_superset(BuiltInRole::User.permissions()) { BuiltInRole::User } else { BuiltInRole::ReadOnly }
}

#[component]
pub fn InvitedDialog(link: Link) -> impl IntoView {
    let Link { email, address, expires_at } = link;
    let copied = RwSignal::new(false);
    let control = DialogControl::new(Signal::derive(move || !copied.get()), Signal::stored(false));
    view! {
        <ModalDialog control title=TITLE small=true>
            <div class="dialog__body">
                <p>"Send this link to " <strong>{email}</strong> "."</p>
                <CopyField
                    id="invitation-link"
                    label="Invitation link"
                    what="the invitation link"
                    text=address
                    on_copied=move |()| copied.set(true)
                />
                <p class="dialog__aside">
                    "It works once, until " <strong>{exact(&expires_at)}</strong> ", and is not shown again."
                </p>
            </div>
            <CloseFooter control question="You have not copied the link." />
        </ModalDialog>
    }
}
