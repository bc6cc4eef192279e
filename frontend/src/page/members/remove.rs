//! The question before a member is removed, or leaves. What becomes of their API keys is decided here.

use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::input::RemoveMemberInput;
use strongroom_shared::{Permission, Uuid};

use crate::api;
use crate::component::checkbox::Checkbox;
use crate::component::confirm::ConfirmDialog;
use crate::component::form_dialog::Submission;
use crate::component::snackbar::Snackbar;
use crate::request::outcome_of;
use crate::session::Session;
use crate::text::shown;

#[component]
pub fn RemoveDialog(
    user_id: Uuid,
    email: String,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let account = session.account();
    let is_me = account.as_ref().is_some_and(|account| account.user_id == user_id);
    let sees_keys = account.as_ref().is_some_and(|account| account.may(Permission::ReadApiKey));
    let team = account.map(|account| account.team.name).unwrap_or_default();
    let keep = RwSignal::new(false);
    let subject = if is_me { team } else { email.clone() };

    let submission = Submission::new(
        false,
        move || {
            // Who leaves decides nothing about the team any more.
            let keep_api_keys = (!is_me).then(|| keep.get_untracked());
            Ok(api::member::remove(RemoveMemberInput { user_id, keep_api_keys }))
        },
        move |()| {
            if is_me {
                spawn_local(async move {
                    session.refresh().await;
                    // This end is no surprise.
                    session.take_ended();
                });
            } else {
                snackbar.say(format!("{email} is no longer in the team."));
                on_changed.run(());
            }
        },
    );
    let (title, action) = if is_me { ("Leave the team?", "Leave") } else { ("Remove member?", "Remove") };
    view! {
        <ConfirmDialog submission title action subject on_closed>
            <p>
                {if is_me {
                    "You lose access at once. To come back, you have to be invited again. Invitations that you made stop working."
                } else {
                    "They lose access to this team at once. Invitations that they made stop working."
                }}
            </p>
            <KeysOf user_id is_me sees_keys keep />
        </ConfirmDialog>
    }
}

/// What becomes of the API keys that somebody made, by name if those may be seen.
#[component]
fn KeysOf(user_id: Uuid, is_me: bool, sees_keys: bool, keep: RwSignal<bool>) -> impl IntoView {
    let keys = sees_keys.then(|| outcome_of(api::api_key::list()));
    // `None` while they are looked for, and inside it where they are not to be had.
    let names = move || match keys.map(|keys| keys.get()) {
        Some(None) => None,
        None | Some(Some(Err(_))) => Some(None),
        Some(Some(Ok(keys))) => {
            let own = keys.into_iter().filter(|key| !key.is_team_owned && key.user_id == user_id);
            Some(Some(own.map(|key| key.name).collect::<Vec<_>>()))
        }
    };
    let whose = if is_me { "Your API keys" } else { "Their API keys" };
    let fate = move || {
        if keep.get() { "go on working and belong to the team" } else { "stop working at once" }
    };
    move || {
        let names = match names() {
            None => return view! { <p class="soft">"Looking for API keys…"</p> }.into_any(),
            Some(Some(names)) if names.is_empty() => {
                let who = if is_me { "You have" } else { "They have" };
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
            {(!is_me).then(|| view! { <Checkbox label="Keep the keys, as the team's own" checked=keep /> })}
        }
        .into_any()
    }
}
