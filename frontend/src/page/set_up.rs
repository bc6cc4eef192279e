//! `/set-up#token=…`: creates the first team and its administrator.

use strongroom_shared::input::SetUpInput;

use super::log_in::continue_once_logged_in;
use crate::component::{
    EntryForm, EntryPage, EntryText, Field, InsecureNotice, NewPassword, NewPasswordFields, TextField,
    team_name_problem,
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
    let team_name = Field::new("team-name", "", team_name_problem);
    let email = Field::new("email", "", text::email_problem);
    let password = NewPassword::new("password");
    let request = Request::new();
    let send = move || {
        let (names_ok, password_ok) = (Field::check_all([team_name, email]), password.check());
        names_ok.and(password_ok)?;
        let set_up = api::change_as_person(SetUpInput {
            token: token.get().unwrap_or_default(),
            team_name: team_name.text(),
            email: email.text(),
            password: password.text(),
        });
        request.send(session.begin_with(set_up), move |found| obstacle.set(found));
        Ok(())
    };

    view! {
        <p class="entry__text">"You become its administrator."</p>
        <EntryForm action="Create team" request send>
            <TextField field=team_name label="Team name" autocomplete="organization" autofocus=true />
            <TextField field=email label="Email" kind="email" autocomplete="username" />
            <NewPasswordFields password />
        </EntryForm>
    }
}
