//! `/log-in`: the way in, and what to do when there is no team yet.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use strongroom_shared::input::LogInInput;

use crate::api::{self, ApiError};
use crate::browser;
use crate::component::button::SubmitButton;
use crate::component::entry::EntryPage;
use crate::component::field::TextField;
use crate::component::notice::{ErrorNotice, Notice, Tone};
use crate::session::{Session, SessionState};

/// `/log-in`.
#[component]
pub fn LogInPage() -> impl IntoView {
    let session = Session::expect();
    go_on_once_logged_in(session);
    let set_up_required = LocalResource::new(api::set_up_required);
    // While it is not known, the form is the better guess: it is right from the second visit on. A memo, because an
    // answer that changes nothing must not take away a form that somebody is typing into.
    let no_team = Memo::new(move |_| set_up_required.get() == Some(Ok(true)));

    view! {
        <EntryPage title="Log in">
            <InsecureNotice />
            {move || {
                if no_team.get() {
                    view! { <NoTeamYet /> }.into_any()
                } else {
                    view! { <LogInForm session /> }.into_any()
                }
            }}
        </EntryPage>
    }
}

/// Leads to the page that was wanted as soon as somebody is logged in.
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
    let error = RwSignal::new(None);

    let log_in = Action::new_local(move |(): &()| {
        let input = LogInInput {
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        async move {
            match api::log_in(input).await {
                Ok(()) => {
                    session.refresh().await;
                    error.try_set(after_log_in(&session.state_untracked()));
                }
                Err(refusal) => {
                    error.try_set(Some(match refusal {
                        ApiError::Unauthenticated => "The email or the password is wrong.".to_owned(),
                        other => other.message(),
                    }));
                    browser::focus_id("password");
                }
            }
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        log_in.dispatch_local(());
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
            <SubmitButton label="Log in" busy=log_in.pending() />
        </form>
    }
}

/// What to say when the log-in was right and nobody is logged in all the same.
fn after_log_in(state: &SessionState) -> Option<String> {
    match state {
        SessionState::LoggedIn(_) | SessionState::Loading => None,
        SessionState::LoggedOut => Some(
            "Your browser did not keep the session. Allow cookies for this site and try again.".to_owned(),
        ),
        SessionState::Failed(error) => Some(error.message()),
    }
}

#[component]
fn NoTeamYet() -> impl IntoView {
    view! {
        <div class="entry__text">
            <p>
                <strong>"This store has no team yet."</strong>
            </p>
            <p>
                "When the server started, it printed a one-time set-up link. Open that link to create the first team and its administrator."
            </p>
        </div>
    }
}

/// Browsers do not keep the session's cookie over plain http; saying so beats a log-in that seems to do nothing.
#[component]
fn InsecureNotice() -> impl IntoView {
    (!browser::can_keep_session()).then(|| {
        view! {
            <Notice tone=Tone::Warning>
                "This address uses plain http. Sessions need HTTPS, so logging in will not work here."
            </Notice>
        }
    })
}
