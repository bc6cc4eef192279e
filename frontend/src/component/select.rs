//! Labelled fields on the browser's own `<select>`.

use strongroom_shared::operation::Role;

use super::FieldMessage;
use crate::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// Why it can't be chosen.
    pub refusal: Option<&'static str>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), refusal: None }
    }
}

#[component]
pub fn SelectField(
    id: &'static str,
    label: &'static str,
    #[prop(into)] choices: Signal<Vec<Choice>>,
    value: RwSignal<String>,
    #[prop(into, optional)] hint: Signal<Option<String>>,
    #[prop(optional)] autofocus: bool,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    let hint_id = format!("{id}-message");
    let option = move |Choice { value: own, label, refusal }: Choice| {
        let label = refusal.map_or_else(|| label.clone(), |why| format!("{label} – {why}"));
        let chosen = own.clone();
        view! {
            <option
                value=own
                disabled=refusal.is_some()
                selected=move || value.with(|value| *value == chosen)
            >
                {label}
            </option>
        }
    };
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
                    {move || choices.get().into_iter().map(option).collect_view()}
                </select>
            </div>
            <FieldMessage id=hint_id hint />
        </div>
    }
}

/// Roles to choose from. Those that the user may not grant are disabled.
pub fn role_choices(roles: &[Role], held: Permissions) -> Vec<Choice> {
    let choice = |role: &Role| Choice {
        refusal: (!role::is_grantable(role, held)).then_some("has permissions you don't have"),
        ..Choice::new(role.name.0.clone(), role::label(&role.name))
    };
    roles.iter().map(choice).collect()
}

#[component]
pub fn RoleField(
    roles: Signal<Vec<Role>>,
    /// The user's own permissions.
    held: Permissions,
    value: RwSignal<String>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let choices = Signal::derive(move || role_choices(&roles.read(), held));
    let hint = Signal::derive(move || {
        let roles = roles.read();
        let chosen = value.with(|value| roles.iter().find(|role| role.name.0 == *value))?;
        role::description(chosen)
    });
    view! { <SelectField id="role" label="Role" choices value hint autofocus /> }
}
