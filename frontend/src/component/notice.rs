//! A box that tells people something.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::text::shown;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Look out.
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

/// A box that tells people something.
#[component]
pub fn Notice(
    /// How much it matters.
    tone: Tone,
    /// Its picture.
    #[prop(default = Icon::Warning)]
    icon: Icon,
    /// What it tells.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=tone.class() role=(tone == Tone::Error).then_some("alert")>
            <Picture icon />
            <div class="notice__text">{children()}</div>
        </div>
    }
}

/// What went wrong, where it did, until it is tried again.
#[component]
pub fn ErrorNotice(
    /// What went wrong, if anything did.
    #[prop(into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    move || error.get().map(|message| view! { <Notice tone=Tone::Error>{shown(message)}</Notice> })
}

/// In place of what could not be loaded: what went wrong, and a way to try again.
#[component]
pub fn LoadError(
    /// What could not be loaded.
    what: &'static str,
    /// Why, in words.
    why: String,
    /// Whether it is being tried again.
    #[prop(into)]
    busy: Signal<bool>,
    /// Try again.
    #[prop(into)]
    on_retry: Callback<()>,
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
