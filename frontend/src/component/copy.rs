//! Text to copy: shown in full, with a button that copies it to the clipboard.

use std::sync::Arc;
use std::time::Duration;

use super::{Icon, Picture, Segments};
use crate::prelude::*;

/// How long the button shows the outcome.
const SHOWN_FOR: Duration = Duration::from_secs(3);

#[component]
pub fn CopyButton(
    #[prop(into)] text: Signal<String>,
    /// The noun in the button's label: `the link`.
    what: &'static str,
    #[prop(optional)] small: bool,
    #[prop(into, optional)] on_copied: Option<Callback<()>>,
) -> impl IntoView {
    // Whether copying worked, for a moment after it was tried.
    let copied = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            let done = browser::copy(&text).await;
            if done && let Some(on_copied) = on_copied {
                on_copied.run(());
            }
            copied.try_set(Some(done));
            set_timeout(move || _ = copied.try_set(None), SHOWN_FOR);
        });
    };
    let label = move || match copied.get() {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Copying failed",
    };
    let status = move || match copied.get() {
        None => "",
        Some(true) => "Copied to the clipboard.",
        Some(false) => "Your browser does not allow copying. Select the text and copy it yourself.",
    };
    view! {
        <button
            type="button"
            class="button"
            class:button--small=small
            aria-label=move || if copied.get().is_none() { format!("Copy {what}") } else { label().to_owned() }
            on:click=copy
        >
            {move || view! { <Picture icon=if copied.get() == Some(true) { Icon::Check } else { Icon::Copy } /> }}
            {label}
        </button>
        <span class="visually-hidden" role="status">{status}</span>
    }
}

#[component]
pub fn CopyField(
    id: &'static str,
    label: &'static str,
    /// The noun in a sentence: `the link`.
    what: &'static str,
    #[prop(into)] text: Signal<String>,
    #[prop(into, default = Callback::new(|()| ()))] on_copied: Callback<()>,
) -> impl IntoView {
    view! {
        // Without a clipboard, users copy by hand.
        <div class="field" on:copy=move |_| on_copied.run(())>
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

/// One of several texts to copy.
#[derive(Clone)]
pub struct Snippet {
    pub label: &'static str,
    pub about: &'static str,
    /// Called only while it is shown.
    pub text: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Several texts to copy, one of which is shown; at first the first one.
#[component]
pub fn Snippets(
    #[prop(into)] snippets: Signal<Vec<Snippet>>,
    /// For screen readers.
    label: &'static str,
    /// The noun in the label of the button: `the settings`.
    what: &'static str,
    #[prop(into, default = Callback::new(|()| ()))] on_copied: Callback<()>,
) -> impl IntoView {
    // By its label, because others may be added.
    let wanted = RwSignal::new("");
    let current = move || {
        snippets.with(|snippets| {
            let chosen = snippets.iter().find(|snippet| snippet.label == wanted.get());
            chosen.or(snippets.first()).cloned()
        })
    };
    let chosen = Signal::derive(move || current().map(|snippet| snippet.label).unwrap_or_default());
    let about = move || current().map(|snippet| snippet.about);
    let text = Signal::derive(move || current().map(|snippet| (snippet.text)()).unwrap_or_default());
    let labels = Memo::new(move |_| {
        snippets.with(|snippets| snippets.iter().map(|snippet| snippet.label).collect::<Vec<_>>())
    });
    let choice = move || {
        let labels = labels.get();
        (labels.len() > 1).then(|| {
            let options = labels.into_iter().map(|label| (label, label)).collect::<Vec<_>>();
            view! { <Segments label="Show" options chosen on_choose=move |label| wanted.set(label) /> }
        })
    };
    view! {
        <div class="settings" on:copy=move |_| on_copied.run(())>
            <div class="settings__bar">{choice} <CopyButton text what on_copied /></div>
            <p class="settings__about" aria-live="polite">{about}</p>
            <pre class="settings__text" tabindex="0" role="group" aria-label=label dir="ltr">{text}</pre>
        </div>
    }
}
