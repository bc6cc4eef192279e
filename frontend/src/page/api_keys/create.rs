//! The dialog *Create API key*.

use std::sync::Arc;

use strongroom_shared::input::CreateApiKeyInput;
use strongroom_shared::operation::Role;
use strongroom_shared::{BuiltInRole, RoleName};
use zeroize::Zeroizing;

use super::created::NewKey;
use super::limits::{self, LimitsField, SECRETS};
use super::{Dialog, NAME, SecretNames, name_problem};
use crate::component::{
    Choice, DialogHost, Field, FormDialog, Icon, SelectField, Submission, TextField, role_choices,
};
use crate::expiry::Lifetime;
use crate::prelude::*;

#[derive(Clone, Copy)]
struct Fields {
    name: Field,
    role: RwSignal<String>,
    lifetime: RwSignal<String>,
    date: Field,
    secrets: Field,
}

impl Fields {
    fn new(secrets: String) -> Self {
        let lifetime = RwSignal::new(Lifetime::Year.as_str().to_owned());
        Self {
            name: Field::new(NAME, "", name_problem),
            role: RwSignal::new(BuiltInRole::Runner.as_str().to_owned()),
            lifetime,
            date: Field::new("key-date", "", move |date| chosen(lifetime).end(date).err().map(str::to_owned)),
            secrets: Field::live(SECRETS, RwSignal::new(secrets), limits::problem),
        }
    }

    /// Whether the user has typed anything.
    fn is_touched(self, secrets: &str) -> bool {
        !self.name.is_empty() || *self.secrets.value.read() != secrets
    }

    /// Chooses another role if the user may not grant the chosen one.
    fn choose_grantable(self, roles: &[Role], held: Permissions) {
        let can_be = |role: &&Role| role::is_grantable(role, held);
        let chosen = self.role.get_untracked();
        if !roles.iter().filter(can_be).any(|role| role.name.0 == chosen)
            && let Some(role) = roles.iter().find(can_be)
        {
            self.role.set(role.name.0.clone());
        }
    }

    fn check(self) -> Result<CreateApiKeyInput, &'static str> {
        Field::check_all([self.name, self.date, self.secrets])?;
        let secrets = limits::parse(&self.secrets.value.read()).unwrap_or_default();
        Ok(CreateApiKeyInput {
            name: self.name.text(),
            user_id: None,
            expires_at: chosen(self.lifetime).end(&self.date.value.read()).ok().flatten(),
            role: Some(RoleName(self.role.get())),
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
    let fields = Fields::new(secrets);
    let first = fields.secrets.value.get_untracked();
    let roles = Fetched::new(api::roles);
    let role = move || {
        let roles = roles.data.get()?;
        let chosen = fields.role.get();
        roles.iter().find(|role| role.name.0 == chosen).cloned()
    };

    Effect::new(move |_| {
        if let Some(roles) = roles.data.get() {
            fields.choose_grantable(&roles, held);
        }
    });

    let next = StoredValue::new(None::<NewKey>);
    let fill = move || fields.check().map(api::mutate);
    let submission =
        Submission::new(Signal::derive(move || fields.is_touched(&first)), fill, move |created| {
            let reads = untrack(role).is_some_and(|role| reads_values(&role));
            next.set_value(Some(NewKey {
                name: untrack(|| fields.name.text()),
                key: Arc::new(Zeroizing::new(created.key)),
                try_with: reads.then(|| first_readable(fields, names)),
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
            <RoleAndLifetime fields roles role=Signal::derive(role) held />
            <LimitsField field=fields.secrets names />
        </FormDialog>
    }
}

#[component]
fn RoleAndLifetime(
    fields: Fields,
    roles: Fetched<Vec<Role>>,
    role: Signal<Option<Role>>,
    held: Permissions,
) -> impl IntoView {
    let lifetime = move || chosen(fields.lifetime);
    view! {
        <div class="field-row">
            <SelectField
                id="key-role"
                label="Role"
                choices=Signal::derive(move || choices(roles.data.get().as_deref(), held))
                value=fields.role
                hint=Signal::derive(move || role.get().map(|role| describe(&role)))
            />
            <div class="field-row__stack">
                <SelectField
                    id="key-lifetime"
                    label="Expires"
                    choices=Lifetime::ALL.map(|it| Choice::new(it.as_str(), it.label())).to_vec()
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

/// The usual role first. It is the only one until the others are known.
fn choices(roles: Option<&Vec<Role>>, held: Permissions) -> Vec<Choice> {
    let Some(roles) = roles else {
        return vec![Choice::new(BuiltInRole::Runner.as_str(), "Runner")];
    };
    let mut choices = role_choices(roles, held);
    let is_runner = |choice: &Choice| choice.value == BuiltInRole::Runner.as_str();
    if let Some(place) = choices.iter().position(is_runner) {
        choices[..=place].rotate_right(1);
    }
    choices
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

fn reads_values(role: &Role) -> bool {
    role.permissions.iter().any(|permission| permission == Permission::ReadSecretValue.as_str())
}

fn describe(role: &Role) -> String {
    if BuiltInRole::parse(&role.name.0) == Some(BuiltInRole::Runner) {
        return "For programs: reads secrets and their values, changes nothing. The only built-in role that reads values."
            .to_owned();
    }
    let reading = if reads_values(role) { "Can read values." } else { "Can't read values." };
    role::description(role).map_or_else(|| reading.to_owned(), |about| format!("{about} {reading}"))
}

/// An example for the settings: the first secret that the key may read.
fn first_readable(fields: Fields, names: SecretNames) -> String {
    let patterns = fields.secrets.value.with_untracked(|text| limits::parse(text)).unwrap_or_default();
    let names = names.get_untracked().unwrap_or_default();
    let is_readable = |name: &&String| patterns.is_empty() || patterns.iter().any(|it| it.matches(name));
    let first = names.iter().find(is_readable).cloned();
    let exact = patterns.iter().find(|pattern| pattern.prefix().is_none());
    first.or_else(|| exact.map(ToString::to_string)).unwrap_or_else(|| "my secret".to_owned())
}
