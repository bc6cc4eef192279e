//! The field for the secrets that a key is limited to, with what it means now below it.

use std::sync::Arc;

use leptos::html::Textarea;
use leptos::prelude::*;

use super::limits::{self, Matches};
use crate::component::field::FieldMessage;
use crate::text::shown;

const ID: &str = "key-secrets";
const MESSAGE_ID: &str = "key-secrets-message";
const HINT: &str =
    "A name or a prefix like DB_* on each line. Leave empty for all secrets, including future ones.";

/// As many names as people look through.
const NAMES_SHOWN: usize = 12;

/// The field for the secrets that a key is limited to.
#[component]
pub fn LimitsField(
    text: RwSignal<String>,
    /// The names that there are, where the person may know them.
    names: Signal<Option<Arc<Vec<String>>>>,
    /// For giving it the focus.
    node: NodeRef<Textarea>,
) -> impl IntoView {
    let error = Memo::new(move |_| text.with(|text| limits::parse(text).err()));
    view! {
        <div class="field" class:field--wrong=move || error.with(Option::is_some)>
            <label class="field__label" for=ID>"Limit to secrets"</label>
            <textarea
                node_ref=node
                id=ID
                name=ID
                class="field__input field__area field__area--mono"
                rows="2"
                placeholder="DB_*"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                dir="ltr"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=MESSAGE_ID
                prop:value=text
                on:input:target=move |event| text.set(event.target().value())
            ></textarea>
            <FieldMessage
                id=MESSAGE_ID
                text=Signal::derive(move || error.get().unwrap_or_else(|| HINT.to_owned()))
            />
            <Meaning text names />
        </div>
    }
}

#[component]
fn Meaning(text: RwSignal<String>, names: Signal<Option<Arc<Vec<String>>>>) -> impl IntoView {
    let meaning = move || {
        let patterns = text.with(|text| limits::parse(text)).ok()?;
        let names = names.get()?;
        if patterns.is_empty() {
            return None;
        }
        let matches = Matches::new(&patterns, &names);
        let more = matches.names.len().saturating_sub(NAMES_SHOWN);
        let drawn = matches.names.iter().take(NAMES_SHOWN).map(|name| {
            let name = shown(name);
            view! {
                <li class="chip chip--name" dir="auto">{name}</li>
            }
        });
        Some(view! {
            <p>{matches.label()}</p>
            <ul class="chips">
                {drawn.collect_view()}
                {(more > 0).then(|| view! { <li class="chips__more">{format!("and {more} more")}</li> })}
            </ul>
            {matches.idle_label().map(shown).map(|label| view! { <p class="limits__idle">{label}</p> })}
        })
    };
    view! {
        <div class="limits" aria-live="polite">{meaning}</div>
    }
}
