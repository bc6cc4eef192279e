//! The form that accepts an invitation. Its fields depend on the user.

use strongroom_shared::input::AcceptInvitationInput;
use strongroom_shared::operation::InvitationInfo;

use crate::component::{
    EntryForm, Field, NewPassword, NewPasswordFields, Notice, SingleSignOnLink, TextField, Tone,
};
use crate::page::log_in::{PASSWORD, password_problem};
use crate::prelude::*;
use crate::router::Router;
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
    let email = Field::new("email", info.email, |_| None);
    let password = Field::new(PASSWORD, "", password_problem);
    let new_password = NewPassword::new(PASSWORD);
    let request = Request::new();
    let router = Router::expect();
    let send = move || {
        let password = match proof {
            Proof::Session => None,
            Proof::Password => {
                password.check()?;
                Some(password.value.get())
            }
            Proof::NewPassword => {
                new_password.check()?;
                Some(new_password.text())
            }
        };
        let token = token.get().unwrap_or_default();
        let accept = api::change_as_person(AcceptInvitationInput { token, password });
        // The form is redrawn when the session starts, so the following must not depend on it.
        let joined: Reply<()> = Box::pin(async move {
            match session.begin_with(accept).await? {
                None => router.replace(browser::HOME),
                found => _ = obstacle.try_set(found),
            }
            Ok(())
        });
        request.send_or(joined, |()| (), || browser::focus_id(PASSWORD));
        Ok(())
    };
    let entrance = outcome_of(api::entrance());
    let provider = Memo::new(move |_| {
        entrance.get().and_then(Result::ok)?.single_sign_on.filter(|_| proof != Proof::Session)
    });

    view! {
        {other.map(|other| view! {
            <Notice tone=Tone::Warning>
                "You are logged in as " <strong>{other}</strong>
                ". This invitation is for another account: joining logs you out and then logs you in to that one."
            </Notice>
        })}
        {move || provider.get().map(|provider| view! { <SingleSignOnLink provider /> })}
        <EntryForm action="Join" request send>
            <TextField field=email label="Email" kind="email" autocomplete="username" readonly=true />
            {match proof {
                Proof::Session => ().into_any(),
                Proof::Password => view! {
                    <TextField
                        field=password
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        autofocus=true
                        hint=Some("You already have an account here: type its password.".to_owned())
                    />
                }.into_any(),
                Proof::NewPassword => {
                    view! { <NewPasswordFields password=new_password autofocus=true /> }.into_any()
                }
            }}
        </EntryForm>
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
