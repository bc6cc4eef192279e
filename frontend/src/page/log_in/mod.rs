//! `/log-in`: the way in, why another way in did not work, and what to do when there is no team yet.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use strongroom_shared::input::LogInInput;

use crate::api::{self, ApiError, SESSION_ENDED};
use crate::browser;
use crate::component::button::SubmitButton;
use crate::component::entry::{EntryPage, EntryText, InsecureNotice};
use crate::component::field::TextField;
use crate::component::notice::{ErrorNotice, Notice, Tone};
use crate::component::single_sign_on::SingleSignOnLink;
use crate::request::{Request, outcome_of};
use crate::session::{Session, SessionState};

#[component]
pub fn LogInPage() -> impl IntoView {
    let session = Session::expect();
    go_on_once_logged_in(session);
    let entrance = outcome_of(api::session::entrance());
    // While it is not known, the form is the better guess: it is right from the second visit on. A memo, because an
    // answer that changes nothing must not take away a form that somebody is typing into.
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
                    view! { <NoTeamYet /> }.into_any()
                } else {
                    view! {
                        {move || provider.get().map(|provider| view! { <SingleSignOnLink provider /> })}
                        <LogInForm session />
                    }.into_any()
                }
            }}
        </EntryPage>
    }
}

fn problem(code: &str) -> &'static str {
    match code {
        "unknown-person" => {
            "Nobody with your address is a member here. Ask an administrator of your team for an invitation."
        }
        "unverified-email" => {
            "Your provider has not confirmed your email address. Confirm it there and try again, or tell an administrator."
        }
        "provider" => "Your provider did not answer as it should. Try again, or tell an administrator.",
        "cancelled" => "The log-in was cancelled.",
        "expired" => "This login took too long, has ended, or was begun in another browser. Try again.",
        _ => "Logging in did not work. Try again.",
    }
}

pub fn go_on_once_logged_in(session: Session) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        if matches!(session.state(), SessionState::LoggedIn(_)) {
            navigate(&session.take_wanted(), browser::replacing());
        }
    });
}

#[component]
fn LogInForm(session: Session) -> impl IntoView {
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let request = Request::new();
    let hindrance = RwSignal::new(None);
    let error = Signal::derive(move || request.error.get().map(refusal).or_else(|| hindrance.get()));
    Effect::new(move |_| {
        if request.error.with(Option::is_some) {
            browser::focus_id("password");
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        hindrance.set(None);
        let log_in = api::session::log_in(LogInInput {
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        });
        request.send(session.begin_with(log_in), move |found| hindrance.set(found));
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
        ApiError::Unauthenticated(_) => "The email or the password is wrong.".to_owned(),
        other => other.message(),
    }
}

#[component]
fn NoTeamYet() -> impl IntoView {
    view! {
        <EntryText
            title="This store has no team yet."
            text="When the server started, it printed a one-time set-up link. Open that link to create the first team and its administrator."
        />
    }
}
