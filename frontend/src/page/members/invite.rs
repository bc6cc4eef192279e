//! The dialog that invites a person: an email address and a role, then a link that is shown once.

use strongroom_shared::input::InviteMemberInput;
use strongroom_shared::operation::{Invitation, Role};
use strongroom_shared::{BuiltInRole, DateTime, RoleName};

use super::fit_person;
use crate::clock::exact;
use crate::component::{
    CloseFooter, CopyField, DialogControl, DialogForm, DialogHost, Field, Icon, ModalDialog, RoleField,
    Submission, TextField,
};
use crate::prelude::*;

const LINK: &str = "invitation-link";

#[derive(Clone)]
struct Link {
    email: String,
    address: String,
    expires_at: DateTime,
}

#[component]
pub fn InviteDialog(roles: Signal<Vec<Role>>, held: Permissions, invited: Vec<Invitation>) -> impl IntoView {
    let DialogHost { changed, .. } = DialogHost::expect();
    let email = Field::new("email", "", text::email_problem);
    let role = RwSignal::new(first_role(held).as_str().to_owned());
    let link = RwSignal::new(None::<Link>);
    let copied = RwSignal::new(false);

    // Closing loses the email address at first, then the link.
    let touched =
        Signal::derive(move || if link.with(Option::is_some) { !copied.get() } else { !email.is_empty() });
    let fill = move || {
        email.check()?;
        let email = email.text();
        let input = InviteMemberInput { email: email.clone(), role: RoleName(role.get()) };
        let invited = api::mutate(input);
        let invited: Reply<_> = Box::pin(async move { Ok((email, invited.await?)) });
        Ok(invited)
    };
    let submission = Submission::staying(touched, fill, move |(email, invited), _| {
        let address = format!("{}/join#token={}", browser::site(), invited.token);
        link.set(Some(Link { email, address, expires_at: invited.expires_at }));
        changed.run(());
        request_animation_frame(|| browser::focus_id(LINK));
        Ok(())
    });
    let control = submission.control;
    let invited = StoredValue::new(invited);
    let hint = Signal::derive(move || {
        let typed = email.text().to_lowercase();
        invited
            .with_value(|invited| invited.iter().any(|one| one.email.to_lowercase() == typed))
            .then(|| "Already invited. The new link replaces the old one.".to_owned())
    });
    let form = move || {
        view! {
            <DialogForm
                submission
                action="Create link"
                intro="You get a link to send to them. It works once, within 7 days, and only for this address."
            >
                <TextField field=email label="Email" kind="email" icon=Icon::Mail autofocus=true hint />
                <RoleField roles=Signal::derive(move || fit_person(roles.get())) held value=role />
            </DialogForm>
        }
    };

    view! {
        <ModalDialog control title="Invite a person" small=true>
            {move || match link.get() {
                Some(link) => view! { <LinkBody control link copied /> }.into_any(),
                None => form().into_any(),
            }}
        </ModalDialog>
    }
}

/// The most common role that the user may grant.
fn first_role(held: Permissions) -> BuiltInRole {
    if held.is_superset(BuiltInRole::User.permissions()) { BuiltInRole::User } else { BuiltInRole::ReadOnly }
}

#[component]
fn LinkBody(control: DialogControl, link: Link, copied: RwSignal<bool>) -> impl IntoView {
    let Link { email, address, expires_at } = link;
    view! {
        <div class="dialog__form">
            <div class="dialog__body">
                <p>"Send this link to " <strong>{email}</strong> "."</p>
                <CopyField
                    id=LINK
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
        </div>
    }
}
