//! The dialog that invites a person: an address and a role, then a link that is shown this once.

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use strongroom_shared::input::InviteMemberInput;
use strongroom_shared::operation::{Invitation, Role};
use strongroom_shared::{BuiltInRole, DateTime, Permissions, RoleName};

use super::fit_person;
use crate::api;
use crate::browser;
use crate::component::button::SubmitButton;
use crate::component::copy::CopyField;
use crate::component::dialog::{DialogControl, DialogFooter, ModalDialog};
use crate::component::failure::SaveFailure;
use crate::component::field::TextField;
use crate::component::icon::Icon;
use crate::component::role_field::RoleField;
use crate::component::time::exact;
use crate::request::Request;

const LINK: &str = "invitation-link";

/// What is sent to the person invited.
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
    let role = RwSignal::new(first_role(held).as_str().to_owned());
    let request = Request::new();
    let link = RwSignal::new(None::<Link>);
    let copied = RwSignal::new(false);

    // First the address is what would be lost, then the link.
    let touched =
        Signal::derive(
            move || {
                if link.with(Option::is_some) { !copied.get() } else { !email.read().is_empty() }
            },
        );
    let control = DialogControl::new(touched, request.busy.into());
    let submit = move || {
        let address = email.get_untracked().trim().to_owned();
        let input = InviteMemberInput { email: address.clone(), role: RoleName(role.get_untracked()) };
        request.send(api::member::invite(input), move |made| {
            link.set(Some(Link {
                email: address,
                address: format!("{}/join#token={}", browser::site(), made.token),
                expires_at: made.expires_at,
            }));
            on_changed.run(());
            request_animation_frame(|| browser::focus_id(LINK));
        });
    };
    let invited = StoredValue::new(invited);

    view! {
        <ModalDialog control title="Invite a person" small=true on_closed>
            {move || match link.get() {
                Some(link) => view! { <LinkBody control link copied /> }.into_any(),
                None => view! {
                    <InviteForm control email role roles held invited request on_submit=submit />
                }.into_any(),
            }}
        </ModalDialog>
    }
}

/// The role that most people get, unless the one who invites may not hand it out.
fn first_role(held: Permissions) -> BuiltInRole {
    if held.is_superset(BuiltInRole::User.permissions()) { BuiltInRole::User } else { BuiltInRole::ReadOnly }
}

#[component]
fn InviteForm(
    control: DialogControl,
    email: RwSignal<String>,
    role: RwSignal<String>,
    roles: Signal<Vec<Role>>,
    held: Permissions,
    invited: StoredValue<Vec<Invitation>>,
    request: Request,
    on_submit: impl Fn() + 'static,
) -> impl IntoView {
    let Request { busy, error } = request;
    let node = NodeRef::<Input>::new();
    let email_error = RwSignal::new(None::<String>);
    let hint = Signal::derive(move || {
        let typed = email.read().trim().to_lowercase();
        invited
            .with_value(|invited| invited.iter().any(|one| one.email.to_lowercase() == typed))
            .then(|| "Invited already. The new link takes the place of the one before.".to_owned())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let is_address = email.with_untracked(|email| is_address(email));
        email_error.set((!is_address).then(|| "Type an email address.".to_owned()));
        if is_address {
            on_submit();
        } else if let Some(node) = node.get_untracked() {
            browser::focus(&node);
        }
    };
    view! {
        <form class="dialog__form" novalidate=true on:submit=submit>
            <div class="dialog__body">
                <p class="dialog__intro">
                    "You get a link to send to them. It works once, for 7 days, and for this address only."
                </p>
                <SaveFailure error />
                <TextField
                    id="email"
                    label="Email"
                    kind="email"
                    icon=Icon::Mail
                    autofocus=true
                    value=email
                    error=email_error
                    hint
                    node
                />
                <RoleField roles=Signal::derive(move || fit_person(roles.get())) held value=role />
            </div>
            <DialogFooter control>
                <SubmitButton label="Create link" busy />
            </DialogFooter>
        </form>
    }
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
            <DialogFooter
                control
                leave="Close"
                question="You have not copied the link."
                keep="Go back"
                discard="Close anyway"
            >
                ""
            </DialogFooter>
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
