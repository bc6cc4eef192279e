//! Why something did not go through, inside the dialog that keeps what was typed.

use leptos::prelude::*;

use super::button::SUBMIT;
use super::notice::{Notice, Tone};
use crate::api::ApiError;
use crate::browser;
use crate::session::Session;
use crate::text::shown;

#[component]
pub fn SaveFailure(error: RwSignal<Option<ApiError>>) -> impl IntoView {
    let session = Session::expect();
    Effect::new(move |_| {
        if error.with(|error| error.as_ref().is_some_and(ApiError::is_unauthenticated)) {
            session.end();
        }
    });
    // While it was saving, the button that had the focus could not keep it.
    Effect::new(move |_| {
        if error.with(Option::is_some) && browser::focused().is_none() {
            request_animation_frame(|| browser::focus_id(SUBMIT));
        }
    });
    move || {
        error.get().map(|error| {
            view! {
                <Notice tone=Tone::Error>
                    {match error {
                        ApiError::Unauthenticated(_) => view! { <SessionEnded /> }.into_any(),
                        other => shown(other.message()).into_any(),
                    }}
                </Notice>
            }
        })
    }
}

#[component]
fn SessionEnded() -> impl IntoView {
    view! {
        "Your session has ended. "
        <a href=browser::link("/log-in") target="_blank" rel="noopener">"Log in again in another tab"</a>
        ", then come back and try once more. Nothing you typed is lost."
    }
}
