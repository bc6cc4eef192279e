//! `/log-in`: login form, errors of single sign-on, and instructions for a store without a team.

use leptos::ev::SubmitEvent;
use leptos_router::hooks::{use_navigate, use_query_map};
use strongroom_shared::input::LogInInput;

use crate::api::SESSION_ENDED;
use crate::component::{
    EntryPage, EntryText, ErrorNotice, InsecureNotice, Notice, SingleSignOnLink, SubmitButton, TextField,
    Tone,
};
use crate::prelude::*;
use crate::session::SessionState;

#[component]
pub fn LogInPage() -> impl IntoView {
    let session = Session::expect();
    continue_once_logged_in(session);
    let entrance = outcome_of(api::entrance());
    // Until it is known, assume that there is a team. A memo, because the form must not be redrawn while the user types.
    let no_team =
        Memo::new(move |_| matches!(entrance.get(), Some(Ok(entrance)) if entrance.set_up_required));

    let provider = Memo::new(move |_| entrance.get().and_then(Result::ok)?.single_sign_on);
    let problem = use_query_map().with_untracked(|query| query.get("problem").map(|code| problem(&code)));
    let has_ended = problem.is_none() && session.take_ended();

    view! {
        <EntryPage title="Log in">
            <InsecureNotice />
            {has_ended.then(|| view! { <Notice tone=Tone::Warning>{SESSION_ENDED}</Notice> })}
            {problem.map(|problem| view! { <Notice tone=Tone::Error>{problem}</Notice> })}
            {move || {
                if no_team.get() {
                    return view! {
                        <EntryText
                            title="This store has no team yet."
                            text="The server printed a one-time setup link when it started. Open that link to create the first team and its administrator."
                        />
                    }.into_any();
                }
                view! {
                    {move || provider.get().map(|provider| view! { <SingleSignOnLink provider /> })}
                    <LogInForm session />
                }.into_any()
            }}
        </EntryPage>
    }
}

fn problem(code: &str) -> &'static str {
    match code {
        "unknown-person" => {
            "You are not a member of a team here. Ask an administrator of your team for an invitation."
        }
        "unverified-email" => {
            "Your provider has not verified your email address. Verify it there and try again, or tell an administrator."
        }
        "provider" => "Your provider sent an invalid response. Try again, or tell an administrator.",
        "cancelled" => "The login was cancelled.",
        "expired" => "This login took too long, has ended, or was started in another browser. Try again.",
        _ => "The login failed. Try again.",
    }
}

pub fn continue_once_logged_in(session: Session) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if matches!(session.state(), SessionState::LoggedIn(_)) {
            navigate(&session.take_return_path(), browser::replacing());
        }
    });
}

#[component]
fn LogInForm(session: Session) -> impl IntoView {
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let request = Request::new();
    let obstacle = RwSignal::new(None);
    let error = Signal::derive(move || request.error.get().map(refusal).or_else(|| obstacle.get()));
    Effect::new(move |_| {
        if request.error.with(Option::is_some) {
            browser::focus_id("password");
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        obstacle.set(None);
        let log_in = api::change_as_person(LogInInput {
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        });
        request.send(session.begin_with(log_in), move |found| obstacle.set(found));
    };

    view! {
        <form class="form" on:submit=submit>
            <ErrorNotice error />
            <TextField id="email" label="Email" kind="email" autocomplete="username" autofocus=true value=email />
            <TextField
                id="password"
                label="Password"
                kind="password"
                autocomplete="current-password"
                value=password
            />
            <SubmitButton label="Log in" busy=request.busy />
        </form>
    }
}

fn refusal(error: ApiError) -> String {
    match error {
        ApiError::Unauthenticated(_) => "Wrong email or password.".to_owned(),
        other => other.message(),
    }
}
