//! The field for the value: masked until it is shown, text or json, and with the json's preview at its side.
//!
//! The browser's text area owns the text; switching between text and json never touches it.

use leptos::html::Textarea;
use leptos::prelude::*;
use strongroom_shared::limit::SECRET_VALUE_BYTES;
use strongroom_shared::value_hint;
use zeroize::Zeroizing;

use super::draft::Problems;
use super::preview::Preview;
use super::value::{self, Format};
use super::{Fields, VALUE};
use crate::component::button::Segments;
use crate::component::checkbox::Checkbox;
use crate::component::field::FieldMessage;
use crate::component::icon::{Icon, Picture};

const MESSAGE_ID: &str = "secret-value-message";
const MAX_ROWS: usize = 14;

/// From when on people should know how much room is left.
const NEARLY_FULL: usize = SECRET_VALUE_BYTES / 10 * 9;

#[component]
pub fn ValueField(fields: Fields) -> impl IntoView {
    let node = NodeRef::<Textarea>::new();
    let masked = RwSignal::new(true);
    let value = fields.value;
    let is_json = move || fields.format.get() == Format::Json;
    let error = Memo::new(move |_| value_error(fields));
    let rows =
        Memo::new(move |_| value.with(|value| value.split('\n').count().clamp(3, MAX_ROWS).to_string()));
    let is_new = fields.is_new();
    // The browser's own copy of the text is out of reach, but nothing keeps it on screen or in the page's tree.
    on_cleanup(move || {
        if let Some(area) = node.try_get_untracked().flatten() {
            area.set_value("");
        }
    });

    view! {
        <div class="field value-field" class:field--wrong=move || error.with(Option::is_some)>
            <label class="field__label" for=VALUE>"Secret value"</label>
            <div class="value" class:value--split=is_json>
                <textarea
                    node_ref=node
                    id=VALUE
                    class="field__input value__input"
                    class:value__input--masked=masked
                    rows=rows
                    dir="ltr"
                    autofocus=!is_new
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    translate="no"
                    data-1p-ignore="true"
                    data-lpignore="true"
                    data-bwignore="true"
                    data-form-type="other"
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=MESSAGE_ID
                    on:input:target=move |event| value.set(Zeroizing::new(event.target().value()))
                ></textarea>
                <FieldMessage id=MESSAGE_ID error=error.into() hint=Signal::derive(move || hint(fields)) />
                <Show when=is_json>
                    <Preview value masked />
                </Show>
            </div>
            // After the text area, though it stands above: from the name, the tab key leads straight to the value.
            <div class="value-field__tools">
                <Segments
                    label="Format of the value"
                    options=Format::ALL.map(|format| (format, format.label())).to_vec()
                    chosen=fields.format
                    on_choose=move |format| fields.format.set(format)
                    mono=true
                />
                <MaskButton masked />
            </div>
            <Size fields />
        </div>
    }
}

/// What is wrong with the value. In json, while typing; what is missing, once sending has been tried.
fn value_error(fields: Fields) -> Option<String> {
    let Err(Problems { value: Some(problem), .. }) =
        fields.with(|draft, purpose| draft.check(purpose, |_| false))
    else {
        return None;
    };
    let is_missing = fields.value.with(|value| value.is_empty());
    (!is_missing || fields.tried.get()).then(|| problem.message())
}

fn hint(fields: Fields) -> Option<String> {
    let is_text = fields.format.get() == Format::Text;
    if fields.value.with(|value| value.is_empty()) {
        (!fields.is_new()).then(|| "The stored value can't be shown. Leave empty to keep it.".to_owned())
    } else if let Some(what) =
        is_text.then(|| fields.value.with(|value| value_hint::describe(value))).flatten()
    {
        Some(format!("The value {what}. It is stored as given."))
    } else if is_text && fields.value.with(|value| value::spells_json(value)) {
        Some(
            "This is sent as text. Switch to json to store it as JSON. Prefect's Secret.get() will parse it either way."
                .to_owned(),
        )
    } else {
        None
    }
}

#[component]
fn Size(fields: Fields) -> impl IntoView {
    let size = Memo::new(move |_| {
        // Encoding makes text longer at most sixfold, so what is short needs no counting.
        if fields.value.with(|value| value.len()) < NEARLY_FULL / 6 {
            return None;
        }
        let value = fields.with(|draft, _| draft.value()).ok()?;
        Some(value::encoded_size(&value)).filter(|size| *size > NEARLY_FULL)
    });
    move || size.get().map(|size| view! { <p class="field__counter">{value::size_label(size)}</p> })
}

#[component]
fn MaskButton(masked: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button icon-button--small"
            aria-label=move || if masked.get() { "Show what is typed" } else { "Hide what is typed" }
            data-tooltip=move || if masked.get() { "Show" } else { "Hide" }
            on:click=move |_| masked.update(|masked| *masked = !*masked)
        >
            {move || {
                let icon = if masked.get() { Icon::Eye } else { Icon::EyeOff };
                view! { <Picture icon /> }
            }}
        </button>
    }
}

/// The confirmation that an empty text is meant. A new secret needs it; for one that exists, empty means "keep".
#[component]
pub fn StoreEmpty(fields: Fields) -> impl IntoView {
    let shown = move || {
        let is_empty_text =
            fields.value.with(|value| value.is_empty()) && fields.format.get() == Format::Text;
        is_empty_text && (fields.tried.get() || !fields.is_new())
    };
    view! {
        <Show when=shown>
            <Checkbox label="Store an empty value" checked=fields.store_empty />
        </Show>
    }
}
