//! A box that tells people something.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::text::shown;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Warning,
    /// Something went wrong. Screen readers say it at once.
    Error,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Warning => "notice notice--warning",
            Self::Error => "notice notice--error",
        }
    }
}

#[component]
pub fn Notice(tone: Tone, #[prop(default = Icon::Warning)] icon: Icon, children: Children) -> impl IntoView {
    view! {
        <div class=tone.class() role=(tone == Tone::Error).then_some("alert")>
            <Picture icon />
            <div class="notice__text">{children()}</div>
        </div>
    }
}

/// What went wrong, where it did, until it is tried again.
#[component]
pub fn ErrorNotice(#[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    move || error.get().map(|message| view! { <Notice tone=Tone::Error>{shown(message)}</Notice> })
}

#[component]
pub fn LoadError(
    what: &'static str,
    why: String,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="empty" role="alert">
            <span class="empty__picture empty__picture--error">
                <Picture icon=Icon::Warning />
            </span>
            <p class="empty__title">{what}</p>
            <p class="empty__text">{shown(why)}</p>
            <button type="button" class="button" disabled=busy on:click=move |_| on_retry.run(())>
                <Picture icon=Icon::Refresh />
                "Retry"
            </button>
        </div>
    }
}
