//! The fields of a well-known JSON value, filled in one by one in place of its text. The value is their JSON.

use zeroize::Zeroizing;

use super::value::Format;
use super::{Fields, VALUE};
use crate::component::{FieldMessage, MaskButton};
use crate::page::secrets::well_known::{self, Part, WellKnown, compose, decompose};
use crate::prelude::*;

const MESSAGE_ID: &str = "secret-fields-message";

type Typed = RwSignal<Zeroizing<String>>;

#[component]
pub fn ValueForm(fields: Fields, known: &'static WellKnown) -> impl IntoView {
    let masked = RwSignal::new(true);
    let (parts, is_new) = (known.parts(), untrack(|| fields.is_new()));
    let first = fields.value.with_untracked(|value| decompose(parts, value)).unwrap_or_default();
    let typed: Vec<Typed> = first.into_iter().map(RwSignal::new).collect();
    let texts = StoredValue::new(typed.clone());
    let changed = Callback::new(move |()| {
        let texts =
            texts.with_value(|texts| texts.iter().map(|text| text.get_untracked()).collect::<Vec<_>>());
        let json = compose(parts, texts.iter().map(|text| text.as_str()));
        // Without any, an existing secret keeps its value.
        fields.format.set(if json.is_empty() { Format::Text } else { Format::Json });
        fields.value.set(json);
    });
    let is_empty = Memo::new(move |_| fields.value.with(|value| value.is_empty()));
    let error = Signal::derive(move || {
        let is_missing = fields.is_new() && fields.tried.get() && is_empty.get();
        is_missing.then(|| "Fill in the fields, or type the value as text.".to_owned())
    });
    let hint = Signal::derive(move || {
        if is_empty.get() {
            (!fields.is_new()).then(|| "The stored value can't be shown. Leave empty to keep it.".to_owned())
        } else {
            fields.misfit()
        }
    });
    let inputs = parts.iter().zip(typed).enumerate().map(|(place, (part, typed))| {
        let is_required = known.is_required(part.key);
        let is_first = place == 0;
        let autofocus = is_first && !is_new;
        view! {
            <PartField
                id=if is_first { VALUE } else { part.key }
                part
                is_required
                autofocus
                typed
                masked
                changed
            />
        }
    });
    view! {
        <fieldset class="field value-field value-form" class:field--wrong=move || error.with(Option::is_some)>
            <legend class="field__label">"Secret value"</legend>
            <div class="value-form__fields">{inputs.collect_view()}</div>
            <FieldMessage id=MESSAGE_ID error hint />
            <div class="value-field__tools">
                <button type="button" class="link" on:click=move |_| choose(fields, false)>
                    "Type it as text or JSON"
                </button>
                <MaskButton what="the value" masked />
            </div>
        </fieldset>
    }
}

#[component]
fn PartField(
    id: &'static str,
    part: &'static Part,
    is_required: bool,
    autofocus: bool,
    typed: Typed,
    masked: RwSignal<bool>,
    changed: Callback<()>,
) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            typed.with_untracked(|typed| input.set_value(typed));
        }
    });
    // Clears the text from the document, as the field for text does.
    on_cleanup(move || {
        if let Some(input) = input.try_get_untracked().flatten() {
            input.set_value("");
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {part.label}
                {(!is_required).then(|| view! { <span class="soft">" (optional)"</span> })}
            </label>
            <input
                node_ref=input
                id=id
                class="field__input value-form__input"
                class:value__input--masked=move || part.is_secret && masked.get()
                type="text"
                dir="ltr"
                autofocus=autofocus
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                translate="no"
                data-1p-ignore="true"
                data-lpignore="true"
                data-bwignore="true"
                data-form-type="other"
                aria-describedby=MESSAGE_ID
                on:input:target=move |event| {
                    typed.set(Zeroizing::new(event.target().value()));
                    changed.run(());
                }
            />
        </div>
    }
}

/// Offers the fields of a well-known value again, if they can show the typed text.
#[component]
pub fn FormOffer(fields: Fields) -> impl IntoView {
    let is_possible = move || {
        let parts = fields.well_known().map(WellKnown::parts).unwrap_or_default();
        !parts.is_empty() && fields.value.with(|value| well_known::decompose(parts, value).is_some())
    };
    view! {
        <Show when=is_possible>
            <button type="button" class="link value-form__offer" on:click=move |_| choose(fields, true)>
                "Fill in its fields"
            </button>
        </Show>
    }
}

/// Replaces the fields by the text or the other way round, and moves the focus along.
fn choose(fields: Fields, is_by_parts: bool) {
    fields.is_by_parts.set(Some(is_by_parts));
    request_animation_frame(|| browser::focus_id(VALUE));
}
