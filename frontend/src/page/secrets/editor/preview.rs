//! What will be stored, as json: laid out and coloured, beside what is typed.

use leptos::prelude::*;
use zeroize::Zeroizing;

use super::json_tokens::tokens;
use super::value::{self, Format};

/// More than anybody reads, and little enough to redraw with every key stroke.
const MAX_TOKENS: usize = 4_000;

#[component]
pub fn Preview(value: RwSignal<Zeroizing<String>>, masked: RwSignal<bool>) -> impl IntoView {
    let laid_out = move || {
        let json = value.with(|value| value::read(value, Format::Json)).ok()?;
        serde_json::to_string_pretty(json.value()).ok().map(Zeroizing::new)
    };
    view! {
        <div class="preview" role="group" aria-label="Preview of the stored JSON">
            {move || {
                if masked.get() {
                    return view! { <p class="preview__note">"Hidden, like the value"</p> }.into_any();
                }
                match laid_out() {
                    None => view! { <p class="preview__note">"The preview shows here once this is valid JSON"</p> }.into_any(),
                    Some(text) => {
                        let pieces = tokens(&text);
                        let is_cut = pieces.len() > MAX_TOKENS;
                        let pieces = pieces
                            .into_iter()
                            .take(MAX_TOKENS)
                            .map(|token| view! { <span class=token.kind.class()>{token.text.to_owned()}</span> })
                            .collect_view();
                        view! {
                            <pre class="preview__json">{pieces} {is_cut.then_some("\n…")}</pre>
                        }.into_any()
                    }
                }
            }}
            <span class="preview__tag" aria-hidden="true">"JSON"</span>
        </div>
    }
}
