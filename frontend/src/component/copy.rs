//! Text to take along: shown whole, with a button that puts it on the clipboard.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{Icon, Picture};
use crate::browser;

/// How long the button says what it did.
const SAID_FOR: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copied {
    NotYet,
    Done,
    Failed,
}

impl Copied {
    const fn label(self) -> &'static str {
        match self {
            Self::NotYet => "Copy",
            Self::Done => "Copied",
            Self::Failed => "Copying failed",
        }
    }

    const fn news(self) -> &'static str {
        match self {
            Self::NotYet => "",
            Self::Done => "Copied to the clipboard.",
            Self::Failed => "The browser does not allow copying. Select the text and copy it by hand.",
        }
    }
}

#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// What the text is: `the link`.
    what: &'static str,
    /// Whether it stands in a row of text.
    #[prop(optional)]
    small: bool,
    #[prop(into, optional)] on_copied: Option<Callback<()>>,
) -> impl IntoView {
    let copied = RwSignal::new(Copied::NotYet);
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let done = browser::copy(&text).await;
            if done && let Some(on_copied) = on_copied {
                on_copied.run(());
            }
            copied.try_set(if done { Copied::Done } else { Copied::Failed });
            set_timeout(
                move || {
                    copied.try_set(Copied::NotYet);
                },
                SAID_FOR,
            );
        });
    };
    view! {
        <button
            type="button"
            class="button"
            class:button--small=small
            aria-label=move || match copied.get() {
                Copied::NotYet => format!("Copy {what}"),
                said => said.label().to_owned(),
            }
            on:click=copy
        >
            {move || {
                let icon = if copied.get() == Copied::Done { Icon::Check } else { Icon::Copy };
                view! { <Picture icon /> }
            }}
            {move || copied.get().label()}
        </button>
        <span class="visually-hidden" role="status">{move || copied.get().news()}</span>
    }
}

#[component]
pub fn CopyField(
    id: &'static str,
    label: &'static str,
    /// What it is in a sentence: `the link`.
    what: &'static str,
    #[prop(into)] text: Signal<String>,
    #[prop(into, default = Callback::new(|()| ()))] on_copied: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <div class="copy-field">
                <input
                    id=id
                    class="field__input copy-field__text"
                    type="text"
                    readonly=true
                    spellcheck="false"
                    autocomplete="off"
                    prop:value=text
                    on:focus:target=|event| event.target().select()
                />
                <CopyButton text what on_copied />
            </div>
        </div>
    }
}
