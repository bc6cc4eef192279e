//! The dialogs that change the name and the limits of a key, or revoke it.

use strongroom_shared::input::{DeleteApiKeyInput, UpdateApiKeyInput};
use strongroom_shared::operation::ApiKey;

use super::limits::{self, LimitsField, SECRETS};
use super::{NAME, SecretNames, name_problem};
use crate::component::{
    ConfirmDialog, Field, FormDialog, Icon, Overwrite, RelativeTime, Submission, TextField,
};
use crate::prelude::*;

/// `None` if nothing has changed. Fails with the id of the first wrong field.
fn change(key: &ApiKey, name: &str, secrets: &str) -> Result<Option<UpdateApiKeyInput>, &'static str> {
    let name = name.trim();
    if name_problem(name).is_some() {
        return Err(NAME);
    }
    let secrets = limits::parse(secrets).map_err(|_| SECRETS)?;
    let secrets = limits::to_texts(&secrets);
    let before = key.secrets.clone().unwrap_or_default();
    let is_limited_anew = secrets != before;
    let input = UpdateApiKeyInput {
        key_id: key.id,
        name: (name != key.name).then(|| name.to_owned()),
        secrets: is_limited_anew.then_some(secrets),
        expected_secrets: is_limited_anew.then_some(before),
    };
    Ok((input.name.is_some() || input.secrets.is_some()).then_some(input))
}

#[component]
pub fn EditDialog(key: ApiKey, names: SecretNames) -> impl IntoView {
    let name = Field::live(NAME, RwSignal::new(key.name.clone()), name_problem);
    let before = key.secrets.clone().unwrap_or_default().join("\n");
    let secrets = Field::live(SECRETS, RwSignal::new(before), limits::problem);
    let was_limited = key.secrets.is_some();
    let key = StoredValue::new(key);

    let change = move || key.with_value(|key| change(key, &name.value.read(), &secrets.value.read()));
    let changed = Memo::new(move |_| !matches!(change(), Ok(None)));
    let overwrite = Overwrite::new();
    let fill = move || {
        let mut input = change()?.ok_or(NAME)?;
        input.expected_secrets = overwrite.unless_agreed(input.expected_secrets);
        Ok(overwrite.ask(api::change(input)))
    };
    let submission = Submission::saving(changed, fill, "API key updated.");

    view! {
        <FormDialog
            submission
            title="Edit API key"
            action="Save"
            wide=true
            unchanged=Signal::derive(move || !changed.get())
            unchanged_hint="No changes yet"
        >
            <TextField field=name label="Name" icon=Icon::Key autofocus=true />
            <LimitsField field=secrets names was_limited />
        </FormDialog>
    }
}

#[component]
pub fn RevokeDialog(key: ApiKey) -> impl IntoView {
    let ApiKey { id: key_id, name, last_used, .. } = key;
    let last_used = match last_used {
        Some(time) => view! { "It was last used " <RelativeTime time /> "." }.into_any(),
        None => "It was never used.".into_any(),
    };
    let ask = move || api::change(DeleteApiKeyInput { key_id });
    let submission = Submission::removal(ask, "API key revoked.", "That API key was already revoked.");
    view! {
        <ConfirmDialog submission title="Revoke API key?" action="Revoke key" subject=name>
            <p>"Programs that use it lose access immediately. This can't be undone."</p>
            <p class="dialog__aside">{last_used}</p>
        </ConfirmDialog>
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
    fn only_changes_are_sent() {
        let limited = key(Some(&["DB_*"]));
        assert!(matches!(change(&limited, " flows ", "DB_* \n"), Ok(None)));
        assert!(matches!(change(&key(None), "flows", ""), Ok(None)));

        let renamed = change(&limited, "other", "DB_*").expect("valid").expect("a change");
        assert_eq!((renamed.name.as_deref(), renamed.secrets), (Some("other"), None));

        let freed = change(&limited, "flows", "").expect("valid").expect("a change");
        assert_eq!((freed.name, freed.secrets), (None, Some(vec![])));
    }

    #[test]
    fn wrong_fields_are_not_sent() {
        assert_eq!(change(&key(None), "", "").err(), Some(NAME));
        assert_eq!(change(&key(None), "x", &"y".repeat(300)).err(), Some(SECRETS));
    }
}
