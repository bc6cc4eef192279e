//! `/set-up#token=…`: creates the first team and its administrator.

use leptos::ev::SubmitEvent;
use strongroom_shared::input::SetUpInput;

use super::log_in::continue_once_logged_in;
use crate::component::{
    EntryPage, EntryText, ErrorNotice, InsecureNotice, NewPassword, NewPasswordFields, SubmitButton,
    TextField,
};
use crate::link_token;
use crate::prelude::*;

#[component]
pub fn SetUpPage() -> impl IntoView {
    let session = Session::expect();
    continue_once_logged_in(session);
    let token = link_token::watch();
    // The link works only once, so don't show the form again.
    let obstacle = RwSignal::new(None::<String>);

    view! {
        <EntryPage title="Set up your team">
            {move || match obstacle.get() {
                Some(why) => view! { <EntryText title="The team has been created." text=why log_in="Log in" alert=true /> }.into_any(),
                None => view! {
                    <InsecureNotice />
                    <Show when=move || token.with(Option::is_some) fallback=NoToken>
                        <SetUpForm session token obstacle />
                    </Show>
                }.into_any(),
            }}
        </EntryPage>
    }
}

#[component]
fn NoToken() -> impl IntoView {
    view! {
        <EntryText
            title="This link has no setup token."
            text="Open the complete link that the server printed when it started. It works once, until the first team exists."
            log_in="Log in to an existing team"
        />
    }
}

#[component]
fn SetUpForm(
    session: Session,
    token: RwSignal<Option<String>>,
    obstacle: RwSignal<Option<String>>,
) -> impl IntoView {
    let team_name = RwSignal::new(String::new());
    let email = RwSignal::new(String::new());
    let password = NewPassword::new("password");
    let request = Request::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        request.error.set(None);
        if let Err(field) = password.check() {
            return browser::focus_id(field);
        }
        let set_up = api::change_as_person(SetUpInput {
            token: token.get_untracked().unwrap_or_default(),
            team_name: team_name.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        });
        request.send(session.begin_with(set_up), move |found| obstacle.set(found));
    };

    view! {
        <p class="entry__text">"You become its administrator."</p>
        <form class="form" on:submit=submit>
            <ErrorNotice error=Signal::derive(move || request.error.get().map(|error| error.message())) />
            <TextField id="team-name" label="Team name" autocomplete="organization" autofocus=true value=team_name />
            <TextField id="email" label="Email" kind="email" autocomplete="username" value=email />
            <NewPasswordFields password />
            <SubmitButton label="Create team" busy=request.busy />
        </form>
    }
}
