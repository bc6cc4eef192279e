//! The field for the description: what a secret is for, in words that the whole team reads.

use leptos::html::Textarea;
use leptos::prelude::*;

use super::draft::description_problem;
use crate::component::field::FieldMessage;

const ID: &str = "secret-description";
const MESSAGE_ID: &str = "secret-description-message";
const HINT: &str =
    "Optional: what it is for, whom to ask. The whole team reads this, so it is no place for the value.";

/// The field for the description.
#[component]
pub fn DescriptionField(
    description: RwSignal<String>,
    /// For giving it the focus.
    node: NodeRef<Textarea>,
) -> impl IntoView {
    let error = Memo::new(move |_| description.with(|text| description_problem(text)));
    view! {
        <div class="field" class:field--wrong=move || error.with(Option::is_some)>
            <label class="field__label" for=ID>"Description"</label>
            <textarea
                node_ref=node
                id=ID
                name=ID
                class="field__input field__area"
                rows="2"
                autocomplete="off"
                dir="auto"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=MESSAGE_ID
                prop:value=description
                on:input:target=move |event| description.set(event.target().value())
            ></textarea>
            <FieldMessage
                id=MESSAGE_ID
                text=Signal::derive(move || error.get().unwrap_or_else(|| HINT.to_owned()))
            />
        </div>
    }
}
