//! The field for the value: masked at first, text or JSON, with a preview of JSON.
//!
//! The browser's text area owns the text; switching the format does not change it.

use leptos::html::Textarea;
use strongroom_formats::check;
use zeroize::Zeroizing;

use super::draft::Problems;
use super::preview::Preview;
use super::value::{self, Format};
use super::{Fields, VALUE};
use crate::clock;
use crate::component::{Checkbox, FieldMessage, MaskButton, Segments};
use crate::prelude::*;

const MESSAGE_ID: &str = "secret-value-message";
const MAX_ROWS: usize = 14;

#[component]
pub fn ValueField(fields: Fields) -> impl IntoView {
    let node = NodeRef::<Textarea>::new();
    let masked = RwSignal::new(true);
    let value = fields.value;
    let is_json = move || fields.format.get() == Format::Json;
    let error = Memo::new(move |_| value_error(fields));
    let rows =
        Memo::new(move |_| value.with(|value| value.split('\n').count().clamp(3, MAX_ROWS).to_string()));
    let is_new = untrack(|| fields.is_new());
    // Text that was typed into the fields of a form.
    effect(move || {
        if let Some(area) = node.get() {
            value.with_untracked(|value| area.set_value(value));
        }
    });
    // Clears the text from the document. The browser's own copies are out of reach.
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
                    <Preview value max_bytes=fields.max_bytes masked />
                </Show>
            </div>
            // Shown above the text area, but after it in the tab order.
            <div class="value-field__tools">
                <Segments
                    label="Format of the value"
                    options=Format::ALL.map(|format| (format, format.as_str())).to_vec()
                    chosen=fields.format
                    on_choose=move |format| fields.format.set(format)
                    mono=true
                />
                <MaskButton what="the value" masked />
            </div>
            <Size fields />
        </div>
    }
}

/// Errors of JSON show while typing; a missing value is an error only after sending.
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
    let (name, value) = (fields.name.read(), fields.value.read());
    if value.is_empty() {
        return (!fields.is_new())
            .then(|| "The stored value can't be shown. Leave empty to keep it.".to_owned());
    }
    let describe = if is_text { check::describe_text } else { check::describe_json };
    let found = describe(&name, &value, clock::now());
    let is_plain = found.as_deref().is_none_or(|found| found == check::JSON_AS_TEXT);
    if is_plain && let Some(expected) = fields.misfit() {
        return Some(expected);
    }
    if is_text && is_plain && value::spells_json(&value) {
        let hint = "Sent as text. Switch to json to store it as JSON; Prefect's Secret.get() parses either.";
        return Some(hint.to_owned());
    }
    found.map(|found| format!("The value {found}. It is stored as given."))
}

#[component]
fn Size(fields: Fields) -> impl IntoView {
    let max_bytes = fields.max_bytes;
    let nearly_full = max_bytes / 10 * 9;
    let size = Memo::new(move |_| {
        // Encoding makes text at most six times longer.
        if fields.value.with(|value| value.len()) < nearly_full / 6 {
            return None;
        }
        let value = fields.with(|draft, _| draft.value()).ok()?;
        Some(value::size(&value, fields.format.get(), max_bytes)).filter(|(size, _)| *size > nearly_full)
    });
    move || {
        size.get().map(|(size, limit)| {
            view! { <p class="field__counter">{value::size_label(size, limit)}</p> }
        })
    }
}

/// Confirms an empty value. An existing secret keeps its value without it.
#[component]
pub fn StoreEmpty(fields: Fields) -> impl IntoView {
    let shown = move || {
        let is_empty_text =
            fields.value.with(|value| value.is_empty()) && fields.format.get() == Format::Text;
        is_empty_text && (fields.tried.get() || !fields.is_new())
    };
    view! {
        <Show when=shown><Checkbox label="Store an empty value" checked=fields.store_empty /></Show>
    }
}
