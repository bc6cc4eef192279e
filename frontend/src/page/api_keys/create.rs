//! The dialog *Create API key*.

use std::sync::Arc;

use strongroom_shared::input::CreateApiKeyInput;
use zeroize::Zeroizing;

use super::created::NewKey;
use super::limits::{self, LimitsField, SECRETS};
use super::program_role::{ProgramRole, ProgramRoleField};
use super::{Dialog, NAME, SecretNames, name_problem};
use crate::component::{Choice, DialogHost, Field, FormDialog, Icon, SelectField, Submission, TextField};
use crate::expiry::Lifetime;
use crate::prelude::*;

#[derive(Clone, Copy)]
struct Fields {
    name: Field,
    role: ProgramRole,
    lifetime: RwSignal<String>,
    date: Field,
    secrets: Field,
}

impl Fields {
    fn new(secrets: String, held: Permissions) -> Self {
        let lifetime = RwSignal::new(Lifetime::Year.as_str().to_owned());
        Self {
            name: Field::new(NAME, "", name_problem),
            role: ProgramRole::usual(held),
            lifetime,
            date: Field::new("key-date", "", move |date| chosen(lifetime).end(date).err().map(str::to_owned)),
            secrets: Field::live(SECRETS, RwSignal::new(secrets), limits::problem),
        }
    }

    /// Whether the user has typed or chosen anything.
    fn is_touched(self, secrets: &str) -> bool {
        !self.name.is_empty()
            || self.role.is_changed()
            || chosen(self.lifetime) != Lifetime::Year
            || *self.secrets.value.read() != secrets
    }

    fn check(self) -> Result<CreateApiKeyInput, &'static str> {
        Field::check_all([self.name, self.date, self.secrets])?;
        let secrets = limits::parse(&self.secrets.value.read()).unwrap_or_default();
        Ok(CreateApiKeyInput {
            name: self.name.text(),
            user_id: None,
            expires_at: chosen(self.lifetime).end(&self.date.value.read()).ok().flatten(),
            role: Some(self.role.name()),
            secrets: (!secrets.is_empty()).then(|| limits::to_texts(&secrets)),
        })
    }
}

fn chosen(lifetime: RwSignal<String>) -> Lifetime {
    lifetime.with(|lifetime| Lifetime::parse(lifetime)).unwrap_or(Lifetime::Year)
}

/// The dialog that shows the new key replaces it.
#[component]
pub fn CreateDialog(
    held: Permissions,
    names: SecretNames,
    /// The first limits.
    secrets: String,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let DialogHost { changed, .. } = DialogHost::expect();
    let fields = Fields::new(secrets, held);
    let first = fields.secrets.value.get_untracked();
    let next = StoredValue::new(None::<NewKey>);
    let fill = move || fields.check().map(api::mutate);
    let submission =
        Submission::new(Signal::derive(move || fields.is_touched(&first)), fill, move |created| {
            let reads = untrack(|| fields.role.reads_values());
            let first = || untrack(|| limits::first_readable(&fields.secrets.value.read(), names));
            next.set_value(Some(NewKey {
                name: untrack(|| fields.name.text()),
                key: Arc::new(Zeroizing::new(created.key)),
                try_with: reads.then(|| first().unwrap_or_else(|| "my secret".to_owned())),
            }));
            changed.run(());
        });
    let closed = move |()| opened.set(next.try_update_value(Option::take).flatten().map(Dialog::Created));

    view! {
        <FormDialog submission title="Create API key" action="Create key" wide=true on_closed=closed>
            <TextField
                field=fields.name
                label="Name"
                icon=Icon::Key
                autofocus=true
                hint=Some("The program that will use the key, for example.".to_owned())
            />
            <RoleAndLifetime fields />
            <LimitsField field=fields.secrets names />
        </FormDialog>
    }
}

#[component]
fn RoleAndLifetime(fields: Fields) -> impl IntoView {
    let lifetime = move || chosen(fields.lifetime);
    view! {
        <div class="field-row">
            <ProgramRoleField role=fields.role />
            <div class="field-row__stack">
                <SelectField
                    id="key-lifetime"
                    label="Expires"
                    choices=Lifetime::ALL.map(|it| Choice::new(it.as_str(), it.describe())).to_vec()
                    value=fields.lifetime
                    hint=Signal::derive(move || lifetime_hint(lifetime()))
                />
                <Show when=move || lifetime() == Lifetime::Date>
                    <TextField
                        field=fields.date
                        label="Last day"
                        kind="date"
                        hint=Some("The key expires at the end of that day.".to_owned())
                    />
                </Show>
            </div>
        </div>
    }
}

fn lifetime_hint(lifetime: Lifetime) -> Option<String> {
    let hint = match lifetime {
        Lifetime::Never => "Nothing will remind you to replace it.",
        Lifetime::Date => return None,
        Lifetime::Month | Lifetime::Quarter | Lifetime::Year => {
            "Programs that still use it then lose access."
        }
    };
    Some(hint.to_owned())
}
