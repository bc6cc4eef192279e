//! A labelled field of one line, with a hint and what is wrong with it.

use leptos::html::Input;
use leptos::prelude::*;

use super::icon::{Icon, Picture};

/// A labelled field of one line.
#[component]
pub fn TextField(
    /// The field's id; the label, the hint and the error refer to it.
    id: &'static str,
    /// What to type.
    label: &'static str,
    value: RwSignal<String>,
    /// `text`, `email` or `password`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A picture at its start.
    #[prop(optional)]
    icon: Option<Icon>,
    #[prop(optional)] autofocus: bool,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// Whether it only shows what it holds.
    #[prop(optional)]
    readonly: bool,
    /// What is wrong with it.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// What helps to fill it in.
    #[prop(into, optional)]
    hint: Signal<Option<String>>,
    /// For giving it the focus.
    #[prop(optional)]
    node: NodeRef<Input>,
    /// It was left.
    #[prop(into, optional)]
    on_blur: Option<Callback<()>>,
) -> impl IntoView {
    let message_id = format!("{id}-message");
    let is_wrong = move || error.with(Option::is_some);
    view! {
        <div class="field" class:field--wrong=is_wrong>
            <label class="field__label" for=id>{label}</label>
            <div class="field__box">
                {icon.map(|icon| view! { <Picture icon /> })}
                <input
                    node_ref=node
                    id=id
                    name=id
                    class="field__input"
                    type=kind
                    required=!optional
                    readonly=readonly
                    autofocus=autofocus
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    dir=(kind == "text").then_some("auto")
                    aria-invalid=move || is_wrong().then_some("true")
                    aria-describedby=message_id.clone()
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                    on:blur=move |_| {
                        if let Some(on_blur) = on_blur {
                            on_blur.run(());
                        }
                    }
                />
            </div>
            <FieldMessage
                id=message_id
                text=Signal::derive(move || error.get().or_else(|| hint.get()).unwrap_or_default())
            />
        </div>
    }
}

/// The error or the hint of a field.
#[component]
pub fn FieldMessage(
    /// Its id, for the field's `aria-describedby`.
    #[prop(into)]
    id: String,
    text: Signal<String>,
) -> impl IntoView {
    // Set as a property, because a page translator may have replaced our text nodes.
    view! { <p class="field__message" id=id aria-live="polite" prop:textContent=move || text.get()></p> }
}
