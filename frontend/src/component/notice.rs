//! Boxes with a warning or an error.

use super::{Icon, Picture, SUBMIT};
use crate::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Warning,
    /// Screen readers announce it.
    Error,
}

#[component]
pub fn Notice(tone: Tone, #[prop(default = Icon::Warning)] icon: Icon, children: Children) -> impl IntoView {
    let is_error = tone == Tone::Error;
    view! {
        <div class="notice" class:notice--error=is_error role=is_error.then_some("alert")>
            <Picture icon />
            <div>{children()}</div>
        </div>
    }
}

#[component]
pub fn ErrorNotice(#[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    move || error.get().map(|message| view! { <Notice tone=Tone::Error>{shown(message)}</Notice> })
}

/// Why a change was not saved, inside the dialog that keeps the typed text.
#[component]
pub fn SaveFailure(error: RwSignal<Option<ApiError>>) -> impl IntoView {
    let session = Session::expect();
    effect(move || {
        if error.with(|error| error.as_ref().is_some_and(ApiError::is_unauthenticated)) {
            session.end();
        }
        // A busy button can't keep the focus.
        if error.with(Option::is_some) && browser::focused().is_none() {
            request_animation_frame(|| browser::focus_id(SUBMIT));
        }
    });
    move || {
        let content = match error.get()? {
            ApiError::Unauthenticated(_) => view! {
                "Your session has ended. "
                <a href=browser::link("/log-in") target="_blank" rel="noopener">"Log in again in another tab"</a>
                ", then come back and try once more. Nothing you typed is lost."
            }
            .into_any(),
            other => shown(other.message()).into_any(),
        };
        Some(view! { <Notice tone=Tone::Error>{content}</Notice> })
    }
}

/// Shown instead of content that the user may not see.
#[component]
pub fn Locked(what: &'static str) -> impl IntoView {
    let role = Session::expect().account().map(|account| role::label(&account.role));
    view! {
        <Notice tone=Tone::Warning icon=Icon::Lock>
            <strong>"You can't see " {what} "."</strong>
            " Your role is " <strong>{role}</strong> "; ask an administrator if you need more."
        </Notice>
    }
}
