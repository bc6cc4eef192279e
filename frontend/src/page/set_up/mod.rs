//! `/set-up#token=…`: makes the first team and its administrator.

mod token;

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use strongroom_shared::input::SetUpInput;
use strongroom_shared::limit::{PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS};

use crate::api;
use crate::browser;
use crate::component::button::SubmitButton;
use crate::component::entry::EntryPage;
use crate::component::field::TextField;
use crate::component::notice::ErrorNotice;
use crate::page::log_in::go_on_once_logged_in;
use crate::session::Session;

/// `/set-up`.
#[component]
pub fn SetUpPage() -> impl IntoView {
    let session = Session::expect();
    go_on_once_logged_in(session);
    let token = RwSignal::new(token::take());
    // Someone may paste the link into a tab that shows this page already.
    let changed = window_event_listener(leptos::ev::hashchange, move |_| {
        if let Some(new) = token::take() {
            token.set(Some(new));
        }
    });
    on_cleanup(move || changed.remove());

    view! {
        <EntryPage title="Set up your team">
            <Show when=move || token.with(Option::is_some) fallback=NoToken>
                <SetUpForm session token />
            </Show>
        </EntryPage>
    }
}

#[component]
fn NoToken() -> impl IntoView {
    view! {
        <div class="entry__text">
            <p>
                <strong>"This link has no set-up token."</strong>
            </p>
            <p>
                "Open the whole link that the server printed when it started, up to its last character. It works once, until the first team is made."
            </p>
            <p>
                <a href="/log-in">"Log in to a team that exists"</a>
            </p>
        </div>
    }
}

#[component]
fn SetUpForm(session: Session, token: RwSignal<Option<String>>) -> impl IntoView {
    let team_name = RwSignal::new(String::new());
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let repeated = RwSignal::new(String::new());
    let error = RwSignal::new(None);
    let password_error = RwSignal::new(None::<String>);
    let repeated_error = RwSignal::new(None::<String>);
    let password_node = NodeRef::<Input>::new();
    let repeated_node = NodeRef::<Input>::new();

    let set_up = Action::new_local(move |(): &()| {
        let input = SetUpInput {
            token: token.get_untracked().unwrap_or_default(),
            team_name: team_name.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        async move {
            match api::set_up(input).await {
                Ok(()) => session.refresh().await,
                Err(refusal) => {
                    error.try_set(Some(refusal.message()));
                }
            }
        }
    });
    let check = move || {
        let problem = password_problem(&password.read_untracked());
        let differs = *password.read_untracked() != *repeated.read_untracked();
        password_error.set(problem.clone());
        repeated_error.set(differs.then(|| "The two passwords are not the same.".to_owned()));
        match (problem, differs) {
            (Some(_), _) => password_node.get_untracked(),
            (None, true) => repeated_node.get_untracked(),
            (None, false) => None,
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        if let Some(wrong) = check() {
            browser::focus(&wrong);
        } else {
            set_up.dispatch_local(());
        }
    };

    view! {
        <p class="entry__text">"You become its administrator."</p>
        <form class="form" on:submit=submit>
            <ErrorNotice error />
            <TextField
                id="team-name"
                label="Team name"
                autocomplete="organization"
                autofocus=true
                value=team_name
            />
            <TextField id="email" label="Email" kind="email" autocomplete="username" value=email />
            <TextField
                id="password"
                label="Password"
                kind="password"
                autocomplete="new-password"
                hint=Some(format!("At least {PASSWORD_MIN_CHARS} characters."))
                error=password_error
                node=password_node
                value=password
            />
            <TextField
                id="repeat-password"
                label="Repeat password"
                kind="password"
                autocomplete="new-password"
                error=repeated_error
                node=repeated_node
                value=repeated
            />
            <SubmitButton label="Create team" busy=set_up.pending() />
        </form>
    }
}

fn password_problem(password: &str) -> Option<String> {
    if password.chars().count() < PASSWORD_MIN_CHARS {
        Some(format!("Use at least {PASSWORD_MIN_CHARS} characters."))
    } else if password.len() > PASSWORD_MAX_BYTES {
        Some(format!("Use at most {PASSWORD_MAX_BYTES} bytes."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_have_a_length() {
        assert!(password_problem("elevenchars").is_some());
        assert_eq!(password_problem("twelve chars"), None);
        assert_eq!(password_problem(&"é".repeat(PASSWORD_MIN_CHARS)), None);
        assert!(password_problem(&"x".repeat(PASSWORD_MAX_BYTES + 1)).is_some());
    }
}
