//! A formatted and coloured preview of the JSON value.

use zeroize::Zeroizing;

use super::json_tokens::tokens;
use super::value::{self, Format};
use crate::prelude::*;

/// Few enough to redraw with every key stroke.
const MAX_TOKENS: usize = 4_000;

#[component]
pub fn Preview(
    value: RwSignal<Zeroizing<String>>,
    max_bytes: usize,
    masked: RwSignal<bool>,
) -> impl IntoView {
    let formatted = move || {
        let json = value.with(|value| value::read(value, Format::Json, max_bytes)).ok()?;
        serde_json::to_string_pretty(json.value()).ok().map(Zeroizing::new)
    };
    let note = |text: &'static str| view! { <p class="preview__note">{text}</p> }.into_any();
    let content = move || {
        if masked.get() {
            return note("Hidden, like the value");
        }
        let Some(text) = formatted() else {
            return note("The preview appears once this is valid JSON");
        };
        let tokens = tokens(&text);
        let is_cut = tokens.len() > MAX_TOKENS;
        let tokens = tokens
            .into_iter()
            .take(MAX_TOKENS)
            .map(|token| view! { <span class=token.kind.class()>{token.text.to_owned()}</span> })
            .collect_view();
        view! { <pre class="preview__json">{tokens} {is_cut.then_some("\n…")}</pre> }.into_any()
    };
    view! {
        <div class="preview" role="group" aria-label="Preview of the stored JSON">
            {content}
            <span class="preview__tag" aria-hidden="true">"JSON"</span>
        </div>
    }
}
