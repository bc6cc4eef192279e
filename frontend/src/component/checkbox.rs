//! A tick box with its words.

use leptos::prelude::*;

#[component]
pub fn Checkbox(
    #[prop(into)] label: String,
    checked: RwSignal<bool>,
    #[prop(optional_no_strip)] refusal: Option<&'static str>,
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
