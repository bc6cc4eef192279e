//! The dialog that invites a person: an address and a role, then a link that is shown this once.

use leptos::prelude::*;
use strongroom_shared::input::InviteMemberInput;
use strongroom_shared::operation::{Invitation, Role};
use strongroom_shared::{BuiltInRole, DateTime, Permissions, RoleName};

use super::fit_person;
use crate::api::{self, Reply};
use crate::browser;
use crate::component::copy::CopyField;
use crate::component::dialog::{CloseFooter, DialogControl, ModalDialog};
use crate::component::field::TextField;
use crate::component::form_dialog::{DialogForm, Submission};
use crate::component::icon::Icon;
use crate::component::role_field::RoleField;
use crate::component::time::exact;

const EMAIL: &str = "email";
const LINK: &str = "invitation-link";

#[derive(Clone)]
struct Link {
    email: String,
    address: String,
    expires_at: DateTime,
}

#[component]
pub fn InviteDialog(
    roles: Signal<Vec<Role>>,
    held: Permissions,
    invited: Vec<Invitation>,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let email = RwSignal::new(String::new());
    let email_error = RwSignal::new(None::<String>);
    let role = RwSignal::new(first_role(held).as_str().to_owned());
    let link = RwSignal::new(None::<Link>);
    let copied = RwSignal::new(false);

    // First the address is what would be lost, then the link.
    let touched =
        Signal::derive(
            move || {
                if link.with(Option::is_some) { !copied.get() } else { !email.read().is_empty() }
            },
        );
    let fill = move || {
        let email = email.get_untracked().trim().to_owned();
        let is_address = is_address(&email);
        email_error.set((!is_address).then(|| "Type an email address.".to_owned()));
        if !is_address {
            return Err(EMAIL);
        }
        let input = InviteMemberInput { email: email.clone(), role: RoleName(role.get_untracked()) };
        let invited = api::member::invite(input);
        let invited: Reply<_> = Box::pin(async move { Ok((email, invited.await?)) });
        Ok(invited)
    };
    let submission = Submission::staying(touched, fill, move |(email, made), _| {
        let address = format!("{}/join#token={}", browser::site(), made.token);
        link.set(Some(Link { email, address, expires_at: made.expires_at }));
        on_changed.run(());
        request_animation_frame(|| browser::focus_id(LINK));
        Ok(())
    });
    let control = submission.control;
    let invited = StoredValue::new(invited);
    let hint = Signal::derive(move || {
        let typed = email.read().trim().to_lowercase();
        invited
            .with_value(|invited| invited.iter().any(|one| one.email.to_lowercase() == typed))
            .then(|| "Invited already. The new link takes the place of the one before.".to_owned())
    });
    let form = move || {
        view! {
            <DialogForm
                submission
                action="Create link"
                intro="You get a link to send to them. It works once, for 7 days, and for this address only."
            >
                <TextField
                    id=EMAIL
                    label="Email"
                    kind="email"
                    icon=Icon::Mail
                    autofocus=true
                    value=email
                    error=email_error
                    hint
                />
                <RoleField roles=Signal::derive(move || fit_person(roles.get())) held value=role />
            </DialogForm>
        }
    };

    view! {
        <ModalDialog control title="Invite a person" small=true on_closed>
            {move || match link.get() {
                Some(link) => view! { <LinkBody control link copied /> }.into_any(),
                None => form().into_any(),
            }}
        </ModalDialog>
    }
}

/// The role that most people get, unless the one who invites may not hand it out.
fn first_role(held: Permissions) -> BuiltInRole {
    if held.is_superset(BuiltInRole::User.permissions()) { BuiltInRole::User } else { BuiltInRole::ReadOnly }
}

#[component]
fn LinkBody(control: DialogControl, link: Link, copied: RwSignal<bool>) -> impl IntoView {
    let Link { email, address, expires_at } = link;
    view! {
        <div class="dialog__form">
            <div class="dialog__body">
                <p>"Send this link to " <strong class="nowrap">{email}</strong> "."</p>
                <CopyField
                    id=LINK
                    label="Invitation link"
                    what="the invitation link"
                    text=address
                    on_copied=move |()| copied.set(true)
                />
                <p class="dialog__aside">
                    "It works once, until " <strong>{exact(&expires_at)}</strong>
                    ", and is not shown again."
                </p>
            </div>
            <CloseFooter control question="You have not copied the link." />
        </div>
    }
}

/// Whether a text might be an address; the server knows better.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_something_on_both_sides() {
        for good in ["ada@example.com", " a@b "] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "ada", "@example.com", "ada@", "a da@example.com"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
