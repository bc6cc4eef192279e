//! A labelled choice of one among several, on the browser's own `<select>`.

use leptos::prelude::*;

use super::field::FieldMessage;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub refusal: Option<String>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), refusal: None }
    }
}

#[component]
pub fn SelectField(
    /// The field's id; the label and the hint refer to it.
    id: &'static str,
    label: &'static str,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    value: RwSignal<String>,
    /// What helps to choose, or what the choice means.
    #[prop(into, optional)]
    hint: Signal<Option<String>>,
    #[prop(optional)] autofocus: bool,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    let hint_id = format!("{id}-message");
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <div class="field__box">
                <select
                    id=id
                    name=id
                    class="field__input field__select"
                    autofocus=autofocus
                    disabled=disabled
                    aria-describedby=hint_id.clone()
                    on:change:target=move |event| value.set(event.target().value())
                >
                    {move || {
                        choices
                            .get()
                            .into_iter()
                            .map(|choice| {
                                let Choice { value: own, label, refusal } = choice;
                                let chosen = own.clone();
                                let label = match &refusal {
                                    Some(why) => format!("{label} – {why}"),
                                    None => label,
                                };
                                view! {
                                    <option
                                        value=own
                                        disabled=refusal.is_some()
                                        selected=move || value.with(|value| *value == chosen)
                                    >
                                        {label}
                                    </option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
            </div>
            <FieldMessage id=hint_id hint />
        </div>
    }
}
