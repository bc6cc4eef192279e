//! `/log-in`: login form, errors of single sign-on, and instructions for a store without a team.

use crate::api::SESSION_ENDED;
use crate::component::{
    EntryForm, EntryPage, EntryText, Field, InsecureNotice, Notice, SingleSignOnLink, TextField, Tone,
};
use crate::prelude::*;
use crate::router::Router;
use crate::session::SessionState;

pub const PASSWORD: &str = "password";

#[component]
pub fn LogInPage() -> impl IntoView {
    let session = Session::expect();
    continue_once_logged_in(session);
    let entrance = outcome_of(api::entrance());
    // Until it is known, assume that there is a team. A memo, because the form must not be redrawn while the user types.
    let no_team =
        Memo::new(move |_| matches!(entrance.get(), Some(Ok(entrance)) if entrance.set_up_required));

    let provider = Memo::new(move |_| entrance.get().and_then(Result::ok)?.single_sign_on);
    let problem = untrack(|| Router::expect().with_query(problem));
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

/// The outcome of a failed single sign-on, which the server puts into the query.
fn problem(query: &str) -> Option<&'static str> {
    Some(match query.strip_prefix("?problem=")? {
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
    })
}

pub fn continue_once_logged_in(session: Session) {
    let router = Router::expect();
    effect(move || {
        if matches!(session.state(), SessionState::LoggedIn(_)) {
            router.replace(&session.take_return_path());
        }
    });
}

#[component]
fn LogInForm(session: Session) -> impl IntoView {
    let email = Field::new("email", "", text::email_problem);
    let password = Field::new(PASSWORD, "", password_problem);
    let request = Request::new();
    let send = move || {
        Field::check_all([email, password])?;
        let log_in = api::log_in(&email.text(), &password.value.read());
        request.send_or(
            session.begin_with(log_in),
            move |obstacle| request.error.set(obstacle.map(ApiError::Refused)),
            || browser::focus_id(PASSWORD),
        );
        Ok(())
    };
    view! {
        <EntryForm action="Log in" request send>
            <TextField field=email label="Email" kind="email" autocomplete="username" autofocus=true />
            <TextField
                field=password
                label="Password"
                kind="password"
                autocomplete="current-password"
                hint=Some("Forgot it? The operator of this server can set a new one.".to_owned())
            />
        </EntryForm>
    }
}

pub fn password_problem(typed: &str) -> Option<String> {
    typed.is_empty().then(|| "Type your password.".to_owned())
}
