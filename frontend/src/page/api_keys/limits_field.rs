//! The field for the secrets that a key is limited to, with what it means now below it.

use std::sync::Arc;

use leptos::prelude::*;

use super::limits::{self, Matches};
use crate::component::field::TextArea;
use crate::component::table::Chips;
use crate::text::shown;

pub const SECRETS: &str = "key-secrets";

const HINT: &str =
    "A name or a prefix like DB_* on each line. Leave empty for all secrets, including future ones.";

const NAMES_SHOWN: usize = 12;

#[component]
pub fn LimitsField(
    text: RwSignal<String>,
    /// The names that there are, where the person may know them.
    names: Signal<Option<Arc<Vec<String>>>>,
) -> impl IntoView {
    let error = Memo::new(move |_| text.with(|text| limits::parse(text).err()));
    view! {
        <TextArea id=SECRETS label="Limit to secrets" value=text code="DB_*" error hint=Some(HINT.to_owned())>
            <Meaning text names />
        </TextArea>
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
        let names = matches.names.iter().map(|name| (*name).to_owned()).collect();
        Some(view! {
            <p>{matches.label()}</p>
            <Chips names limit=NAMES_SHOWN />
            {matches.idle_label().map(shown).map(|label| view! { <p class="limits__idle">{label}</p> })}
        })
    };
    view! {
        <div class="limits" aria-live="polite">{meaning}</div>
    }
}
