//! The form that accepts an invitation. Its fields depend on the user.

use leptos::ev::SubmitEvent;
use leptos_router::hooks::use_navigate;
use strongroom_shared::input::AcceptInvitationInput;
use strongroom_shared::operation::InvitationInfo;

use super::refusal;
use crate::component::{
    ErrorNotice, NewPassword, NewPasswordFields, Notice, SingleSignOnLink, SubmitButton, TextField, Tone,
};
use crate::prelude::*;
use crate::session::SessionState;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// The invited user is logged in.
    Session,
    Password,
    NewPassword,
}

impl Proof {
    fn of(info: &InvitationInfo, logged_in: Option<&str>) -> Self {
        if logged_in.is_some_and(|email| email.eq_ignore_ascii_case(&info.email)) {
            Self::Session
        } else if info.has_password {
            Self::Password
        } else {
            Self::NewPassword
        }
    }
}

#[component]
pub fn JoinForm(
    session: Session,
    info: InvitationInfo,
    token: RwSignal<Option<String>>,
    /// Why the user is not logged in although the invitation is accepted.
    obstacle: RwSignal<Option<String>>,
) -> impl IntoView {
    // `None` until the session is known, so that no password field appears and disappears.
    let logged_in = Memo::new(move |_| match session.state() {
        SessionState::Loading => None,
        SessionState::LoggedIn(account) => Some(Some(account.email)),
        SessionState::LoggedOut | SessionState::Failed(_) => Some(None),
    });
    move || {
        let info = info.clone();
        logged_in.get().map(|logged_in| {
            let proof = Proof::of(&info, logged_in.as_deref());
            let other = logged_in.filter(|_| proof != Proof::Session);
            view! { <Fields session info token obstacle proof other /> }
        })
    }
}

#[component]
fn Fields(
    session: Session,
    info: InvitationInfo,
    token: RwSignal<Option<String>>,
    obstacle: RwSignal<Option<String>>,
    proof: Proof,
    other: Option<String>,
) -> impl IntoView {
    let email = RwSignal::new(info.email);
    let password = RwSignal::new(String::new());
    let new_password = NewPassword::new("password");
    let request = Request::new();
    let error = Signal::derive(move || request.error.get().as_ref().map(refusal));
    let navigate = use_navigate();

    Effect::new(move |_| {
        if proof == Proof::Password && request.error.with(Option::is_some) {
            browser::focus_id("password");
        }
    });
    let join = move || {
        let accept = api::change_as_person(AcceptInvitationInput {
            token: token.get_untracked().unwrap_or_default(),
            password: match proof {
                Proof::Session => None,
                Proof::Password => Some(password.get_untracked()),
                Proof::NewPassword => Some(new_password.get_untracked()),
            },
        });
        let navigate = navigate.clone();
        // The form is redrawn when the session starts, so the following must not depend on it.
        let joined: Reply<()> = Box::pin(async move {
            match session.begin_with(accept).await? {
                None => navigate(browser::HOME, browser::replacing()),
                found => _ = obstacle.try_set(found),
            }
            Ok(())
        });
        request.send(joined, |()| ());
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        request.error.set(None);
        if proof == Proof::NewPassword
            && let Err(field) = new_password.check()
        {
            return browser::focus_id(field);
        }
        join();
    };
    let entrance = outcome_of(api::entrance());
    let provider = Memo::new(move |_| {
        entrance.get().and_then(Result::ok)?.single_sign_on.filter(|_| proof != Proof::Session)
    });

    view! {
        {other.map(|other| view! {
            <Notice tone=Tone::Warning>
                "You are logged in as " <strong>{other}</strong>
                ". This invitation is for another account: joining logs you out, and in to that one."
            </Notice>
        })}
        {move || provider.get().map(|provider| view! { <SingleSignOnLink provider /> })}
        <form class="form" on:submit=submit>
            <ErrorNotice error />
            <TextField id="email" label="Email" kind="email" autocomplete="username" readonly=true value=email />
            {match proof {
                Proof::Session => ().into_any(),
                Proof::Password => view! {
                    <TextField
                        id="password"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        autofocus=true
                        hint=Some("You already have an account here: type its password.".to_owned())
                        value=password
                    />
                }.into_any(),
                Proof::NewPassword => {
                    view! { <NewPasswordFields password=new_password autofocus=true /> }.into_any()
                }
            }}
            <SubmitButton label="Join" busy=request.busy />
        </form>
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::RoleName;

    use super::*;

    #[test]
    fn proof_depends_on_session_and_password() {
        let info = |has_password| InvitationInfo {
            team_name: "Data".into(),
            email: "ada@example.com".into(),
            role: RoleName("user".into()),
            has_password,
        };
        for (has_password, logged_in, expected) in [
            (true, Some("Ada@example.com"), Proof::Session),
            (true, Some("bob@example.com"), Proof::Password),
            (true, None, Proof::Password),
            (false, None, Proof::NewPassword),
            (false, Some("bob@example.com"), Proof::NewPassword),
        ] {
            assert_eq!(Proof::of(&info(has_password), logged_in), expected, "{logged_in:?}");
        }
    }
}
