//! The dialogs that change a member's role, end their sessions, remove them, or withdraw an invitation.

use strongroom_shared::RoleName;
use strongroom_shared::input::{
    EndMemberSessionsInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use strongroom_shared::operation::{Invitation, Member, Role};

use super::fit_person;
use crate::component::{
    Checkbox, ConfirmDialog, DialogHost, DialogName, FormDialog, Notice, Overwrite, RoleField, Snackbar,
    Submission, Tone,
};
use crate::prelude::*;

#[component]
pub fn ChangeRoleDialog(
    member: Member,
    roles: Signal<Vec<Role>>,
    held: Permissions,
    #[prop(into)] on_changed: Callback<Uuid>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let Member { user_id, email, role, .. } = member;
    let is_me = Session::expect().account().is_some_and(|account| account.user_id == user_id);
    let chosen = RwSignal::new(role.0.clone());
    let before = StoredValue::new(role);
    let unchanged = Signal::derive(move || before.with_value(|role| *chosen.read() == role.0));
    let overwrite = Overwrite::new();
    let name = email.clone();
    let submission = Submission::new(
        false,
        move || {
            let expected_role = overwrite.unless_agreed(Some(before.get_value()));
            let role = RoleName(chosen.get_untracked());
            Ok(overwrite.ask(api::change(UpdateMemberInput { user_id, role, expected_role })))
        },
        move |()| {
            let role = role::label(&RoleName(chosen.get_untracked()));
            snackbar.say(format!("{email} now has the role {role}."));
            on_changed.run(user_id);
        },
    );
    view! {
        <FormDialog submission title="Change role" action="Change role" unchanged>
            <DialogName name />
            {is_me.then(|| view! {
                <Notice tone=Tone::Warning>
                    "This is you. Only someone else can give you back permissions that you give up."
                </Notice>
            })}
            <RoleField roles=Signal::derive(move || fit_person(roles.get())) held value=chosen autofocus=true />
            <p class="dialog__aside">"Takes effect immediately, including for API keys they created."</p>
        </FormDialog>
    }
}

#[component]
pub fn EndSessionsDialog(member: Member) -> impl IntoView {
    let Member { user_id, email, .. } = member;
    let message = format!("{email} is logged out everywhere.");
    let submission = Submission::confirm(move || api::change(EndMemberSessionsInput { user_id }), message);
    view! {
        <ConfirmDialog submission title="End sessions?" action="End sessions" subject=email>
            <p>
                "They're logged out of every browser immediately, in all of their teams, but can log in again. Their API keys keep working."
            </p>
        </ConfirmDialog>
    }
}

#[component]
pub fn WithdrawDialog(invitation: Invitation) -> impl IntoView {
    let Invitation { id, email, .. } = invitation;
    let withdraw = move || api::change(WithdrawInvitationInput { id });
    let submission = Submission::confirm(withdraw, "Invitation withdrawn.");
    view! {
        <ConfirmDialog submission title="Withdraw invitation?" action="Withdraw invitation" subject=email>
            <p>"The link stops working immediately."</p>
        </ConfirmDialog>
    }
}

/// Removes a member, or leaves the team. Decides what happens to their API keys.
#[component]
pub fn RemoveDialog(user_id: Uuid, email: String) -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let DialogHost { changed, .. } = DialogHost::expect();
    let account = session.account();
    let is_me = account.as_ref().is_some_and(|account| account.user_id == user_id);
    let sees_keys = account.as_ref().is_some_and(|account| account.may(Permission::ReadApiKey));
    let team = account.map(|account| account.team.name).unwrap_or_default();
    let keep = RwSignal::new(false);
    let subject = if is_me { team } else { email.clone() };

    let fill = move || {
        // Only somebody else can keep the keys.
        let keep_api_keys = (!is_me).then(|| keep.get_untracked());
        Ok(api::change(RemoveMemberInput { user_id, keep_api_keys }))
    };
    let submission = Submission::new(false, fill, move |()| {
        if is_me {
            spawn_local(async move {
                session.refresh().await;
                // The user expects the session to end.
                session.take_ended();
            });
        } else {
            snackbar.say(format!("{email} is no longer in the team."));
            changed.run(());
        }
    });
    let (title, action, effect) = if is_me {
        (
            "Leave the team?",
            "Leave team",
            "You lose access immediately, and your invitations stop working. To return, you need a new invitation.",
        )
    } else {
        (
            "Remove member?",
            "Remove member",
            "They lose access to this team immediately. Their invitations stop working.",
        )
    };
    view! {
        <ConfirmDialog submission title action subject>
            <p>{effect}</p>
            <KeysOf user_id is_me sees_keys keep />
        </ConfirmDialog>
    }
}

/// What happens to a member's API keys. It lists their names if the user may see them.
#[component]
fn KeysOf(user_id: Uuid, is_me: bool, sees_keys: bool, keep: RwSignal<bool>) -> impl IntoView {
    let keys = sees_keys.then(|| outcome_of(api::api_keys()));
    // `None` while they load, and inside it if they are not available.
    let names = move || match keys.map(|keys| keys.get()) {
        Some(None) => None,
        None | Some(Some(Err(_))) => Some(None),
        Some(Some(Ok(keys))) => {
            let own = keys.into_iter().filter(|key| !key.is_team_owned && key.user_id == user_id);
            Some(Some(own.map(|key| key.name).collect::<Vec<_>>()))
        }
    };
    let (whose, who) = if is_me { ("Your API keys", "You have") } else { ("Their API keys", "They have") };
    let fate = move || {
        if keep.get() { "keep working and belong to the team" } else { "stop working immediately" }
    };
    move || {
        let names = match names() {
            None => return view! { <p class="soft">"Loading API keys…"</p> }.into_any(),
            Some(Some(names)) if names.is_empty() => {
                return view! { <p class="soft">{who} " no API keys in this team."</p> }.into_any();
            }
            Some(names) => names,
        };
        view! {
            <p>{whose} " " <strong>{fate}</strong> {if names.is_some() { ":" } else { "." }}</p>
            {names.map(|names| view! {
                <ul class="tags">
                    {names.into_iter().map(|name| view! { <li class="tag">{shown(name)}</li> }).collect_view()}
                </ul>
            })}
            {(!is_me).then(|| view! { <Checkbox label="Hand the keys over to the team" checked=keep /> })}
        }
        .into_any()
    }
}
