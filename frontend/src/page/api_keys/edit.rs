//! The dialog *Edit API key*: another name, other limits. Its role and its end stay what they are.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::input::UpdateApiKeyInput;
use strongroom_shared::operation::ApiKey;

use super::limits;
use super::limits_field::{LimitsField, SECRETS};
use super::{NAME, name_problem};
use crate::api;
use crate::component::field::TextField;
use crate::component::form_dialog::{FormDialog, Submission};
use crate::component::icon::Icon;
use crate::component::snackbar::Snackbar;

/// `None` when nothing has changed. Fails with the id of the first wrong field.
fn change(key: &ApiKey, name: &str, secrets: &str) -> Result<Option<UpdateApiKeyInput>, &'static str> {
    let name = name.trim();
    if name_problem(name).is_some() {
        return Err(NAME);
    }
    let secrets = limits::parse(secrets).map_err(|_| SECRETS)?;
    let secrets = limits::to_texts(&secrets);
    let input = UpdateApiKeyInput {
        key_id: key.id,
        name: (name != key.name).then(|| name.to_owned()),
        secrets: (secrets != key.secrets.clone().unwrap_or_default()).then_some(secrets),
    };
    Ok((input.name.is_some() || input.secrets.is_some()).then_some(input))
}

#[component]
pub fn EditDialog(
    key: Arc<ApiKey>,
    /// The names that there are, where the person may know them.
    names: Signal<Option<Arc<Vec<String>>>>,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let name = RwSignal::new(key.name.clone());
    let secrets = RwSignal::new(key.secrets.clone().unwrap_or_default().join("\n"));
    let was_limited = key.secrets.is_some();
    let key = StoredValue::new(key);

    let change = move || key.with_value(|key| change(key, &name.read(), &secrets.read()));
    let changed = Memo::new(move |_| !matches!(change(), Ok(None)));
    let frees = move || was_limited && secrets.with(|secrets| secrets.trim().is_empty());
    // Without a change, the button does nothing.
    let fill = move || untrack(change)?.map(api::api_key::update).ok_or(NAME);
    let submission = Submission::new(changed, fill, move |()| {
        snackbar.say("API key updated.");
        on_changed.run(());
    });

    view! {
        <FormDialog
            submission
            title="Edit API key"
            action="Confirm"
            wide=true
            unchanged=Signal::derive(move || !changed.get())
            unchanged_hint="Nothing to change yet"
            on_closed
        >
            <TextField
                id=NAME
                label="Name"
                icon=Icon::Key
                autofocus=true
                value=name
                error=Signal::derive(move || name.with(|name| name_problem(name)))
            />
            <LimitsField text=secrets names />
            <Show when=frees>
                <p class="limits__frees" role="alert">
                    "Confirm takes the limits away: the key then gets at all of the team's secrets."
                </p>
            </Show>
        </FormDialog>
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::{DateTime, RoleName, Uuid};

    use super::*;

    fn key(secrets: Option<&[&str]>) -> ApiKey {
        ApiKey {
            id: Uuid::from_u128(1),
            name: "flows".into(),
            role: RoleName("runner".into()),
            secrets: secrets.map(|secrets| secrets.iter().map(ToString::to_string).collect()),
            is_team_owned: false,
            user_id: Uuid::nil(),
            created_by: "ada@example.com".into(),
            created: DateTime("2026-11-21T10:00:00Z".into()),
            expires_at: None,
            last_used: None,
        }
    }

    #[test]
    fn only_what_changes_is_sent() {
        let limited = key(Some(&["DB_*"]));
        assert!(matches!(change(&limited, " flows ", "DB_* \n"), Ok(None)));
        assert!(matches!(change(&key(None), "flows", ""), Ok(None)));

        let renamed = change(&limited, "other", "DB_*").expect("valid").expect("a change");
        assert_eq!((renamed.name.as_deref(), renamed.secrets), (Some("other"), None));

        let freed = change(&limited, "flows", "").expect("valid").expect("a change");
        assert_eq!((freed.name, freed.secrets), (None, Some(vec![])));
    }

    #[test]
    fn what_is_wrong_is_told_before_it_is_sent() {
        assert_eq!(change(&key(None), "", "").err(), Some(NAME));
        assert_eq!(change(&key(None), "x", &"y".repeat(300)).err(), Some(SECRETS));
    }
}
