//! `/join#token=…`: accepts an invitation, with a new password, the one that the person has, or the session they are in.

mod form;

use leptos::prelude::*;
use strongroom_shared::operation::InvitationInfo;

use self::form::JoinForm;
use crate::api::{self, ApiError};
use crate::component::entry::{EntryPage, EntryText, InsecureNotice};
use crate::component::notice::LoadError;
use crate::link_token;
use crate::request::{Outcome, await_outcome};
use crate::role;
use crate::session::Session;
use crate::text::shown;

#[component]
pub fn JoinPage() -> impl IntoView {
    let session = Session::expect();
    let token = link_token::watch();
    let found = Outcome::default();
    let look = move || {
        if let Some(token) = token.get() {
            await_outcome(api::member::invitation_of(token), found);
        }
    };
    Effect::new(move |_| look());
    let title = Signal::derive(move || match found.get() {
        Some(Ok(Some(info))) => format!("Join {}", shown(info.team_name)),
        _ => "Join a team".to_owned(),
    });
    view! {
        <EntryPage title>
            {move || {
                if token.with(Option::is_none) {
                    return view! {
                        <EntryText
                            title="This link has no invitation in it."
                            text="Open the whole link that you were sent, up to its last character."
                            log_in="Log in"
                        />
                    }.into_any();
                }
                match found.get() {
                    None => view! { <p class="entry__text" role="status">"Looking at your invitation…"</p> }.into_any(),
                    Some(Ok(Some(info))) => view! { <Invited session info token /> }.into_any(),
                    Some(Ok(None)) => view! {
                        <EntryText
                            title="This invitation does not work any more."
                            text="It was used already, is older than 7 days, or was withdrawn. Whoever invited you can send you a new one."
                            log_in="Log in"
                            alert=true
                        />
                    }.into_any(),
                    Some(Err(error)) => view! {
                        <LoadError
                            what="The invitation can't be loaded"
                            why=error.message()
                            busy=false
                            on_retry=move |()| untrack(look)
                        />
                    }.into_any(),
                }
            }}
        </EntryPage>
    }
}

#[component]
fn Invited(session: Session, info: InvitationInfo, token: RwSignal<Option<String>>) -> impl IntoView {
    let role = role::label(&info.role);
    let hindrance = RwSignal::new(None::<String>);
    move || {
        if let Some(why) = hindrance.get() {
            return view! { <EntryText title="You have joined the team." text=why log_in="Log in" alert=true /> }.into_any();
        }
        let (role, info) = (role.clone(), info.clone());
        view! {
            <InsecureNotice />
            <p class="entry__text">
                <span>"You are invited to join as " <strong>{role}</strong> "."</span>
            </p>
            <JoinForm session info token hindrance />
        }
        .into_any()
    }
}

fn refusal(error: &ApiError) -> String {
    match error {
        ApiError::Unauthenticated(_) => "That is not your password.".to_owned(),
        other => other.message(),
    }
}
