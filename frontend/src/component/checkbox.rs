//! A tick box with its words.

use leptos::prelude::*;

/// A tick box with its words.
#[component]
pub fn Checkbox(
    /// What a tick means.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    checked: RwSignal<bool>,
    /// Why it can't be changed, if it can't.
    #[prop(optional_no_strip)]
    refusal: Option<&'static str>,
) -> impl IntoView {
    view! {
        <label class="checkbox" class:checkbox--refused=refusal.is_some()>
            <input
                type="checkbox"
                disabled=refusal.is_some()
                prop:checked=checked
                on:change:target=move |event| checked.set(event.target().checked())
            />
            <span>{label} {refusal.map(|why| view! { <small class="checkbox__refusal">{why}</small> })}</span>
        </label>
    }
}
