//! `/join#token=…`: accepts an invitation with a new password, an existing one, or the current session.

mod form;

use strongroom_shared::operation::InvitationInfo;

use self::form::JoinForm;
use crate::component::{EntryPage, EntryText, InsecureNotice, LoadError};
use crate::link_token;
use crate::prelude::*;
use crate::request::{Outcome, await_outcome};

#[component]
pub fn JoinPage() -> impl IntoView {
    let session = Session::expect();
    let token = link_token::watch();
    let found = Outcome::default();
    let look = move || {
        if let Some(token) = token.get() {
            await_outcome(api::invitation_of(token), found);
        }
    };
    effect(look);
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
                            title="This link contains no invitation."
                            text="Open the complete link that you received."
                            log_in="Log in"
                        />
                    }.into_any();
                }
                match found.get() {
                    None => view! { <p class="entry__text" role="status">"Checking your invitation…"</p> }.into_any(),
                    Some(Ok(Some(info))) => view! { <Invited session info token /> }.into_any(),
                    Some(Ok(None)) => view! {
                        <EntryText
                            title="This invitation is no longer valid."
                            text="It was used or withdrawn, or it is older than 7 days. Ask for a new one."
                            log_in="Log in"
                            alert=true
                        />
                    }.into_any(),
                    Some(Err(error)) => view! {
                        <LoadError
                            what="the invitation"
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
    let obstacle = RwSignal::new(None::<String>);
    move || {
        if let Some(why) = obstacle.get() {
            return view! { <EntryText title="You have joined the team." text=why log_in="Log in" alert=true /> }.into_any();
        }
        let (role, info) = (role.clone(), info.clone());
        view! {
            <InsecureNotice />
            <p class="entry__text"><span>"You are invited to join as " <strong>{role}</strong> "."</span></p>
            <JoinForm session info token obstacle />
        }
        .into_any()
    }
}
