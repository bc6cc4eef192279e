//! The dialog *Create API key*.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::input::CreateApiKeyInput;
use strongroom_shared::operation::Role;
use strongroom_shared::{BuiltInRole, DateTime, Permission, Permissions, RoleName};
use zeroize::Zeroizing;

use super::created::NewKey;
use super::expiry::Lifetime;
use super::limits;
use super::limits_field::{LimitsField, SECRETS};
use super::{NAME, Opened, name_problem};
use crate::api;
use crate::component::field::TextField;
use crate::component::form_dialog::{FormDialog, Submission};
use crate::component::icon::Icon;
use crate::component::select::{Choice, SelectField};
use crate::fetched::Fetched;
use crate::role;

const DATE: &str = "key-date";

#[derive(Clone, Copy)]
struct Fields {
    name: RwSignal<String>,
    role: RwSignal<String>,
    lifetime: RwSignal<String>,
    date: RwSignal<String>,
    secrets: RwSignal<String>,
    /// Whether sending has been tried, from when on what is missing is named.
    tried: RwSignal<bool>,
}

impl Fields {
    fn new() -> Self {
        Self {
            name: RwSignal::default(),
            role: RwSignal::new(BuiltInRole::Runner.as_str().to_owned()),
            lifetime: RwSignal::new(Lifetime::Year.as_str().to_owned()),
            date: RwSignal::default(),
            secrets: RwSignal::default(),
            tried: RwSignal::new(false),
        }
    }

    fn is_touched(self) -> bool {
        self.name.with(|name| !name.is_empty()) || self.secrets.with(|secrets| !secrets.is_empty())
    }

    /// Chooses another role where the one that is chosen is more than the person may hand out.
    fn choose_grantable(self, roles: &[Role], held: Permissions) {
        let can_be = |role: &&Role| role::is_grantable(role, held);
        let chosen = self.role.get_untracked();
        if !roles.iter().filter(can_be).any(|role| role.name.0 == chosen)
            && let Some(role) = roles.iter().find(can_be)
        {
            self.role.set(role.name.0.clone());
        }
    }

    fn lifetime(self) -> Lifetime {
        self.lifetime.with(|lifetime| Lifetime::parse(lifetime)).unwrap_or(Lifetime::Year)
    }

    fn end(self) -> Result<Option<DateTime>, &'static str> {
        self.date.with(|date| self.lifetime().end(date))
    }

    fn check(self) -> Result<CreateApiKeyInput, &'static str> {
        untrack(|| {
            let name = self.name.with(|name| name.trim().to_owned());
            if name_problem(&name).is_some() {
                return Err(NAME);
            }
            let expires_at = self.end().map_err(|_| DATE)?;
            let secrets = self.secrets.with(|secrets| limits::parse(secrets)).map_err(|_| SECRETS)?;
            Ok(CreateApiKeyInput {
                name,
                user_id: None,
                expires_at,
                role: Some(RoleName(self.role.get())),
                secrets: (!secrets.is_empty()).then(|| limits::to_texts(&secrets)),
            })
        })
    }
}

/// *Create API key*. Once it is made, the dialog that shows it takes its place.
#[component]
pub fn CreateDialog(
    held: Permissions,
    /// The names that there are, where the person may know them.
    names: Signal<Option<Arc<Vec<String>>>>,
    opened: RwSignal<Option<Opened>>,
    #[prop(into)] on_created: Callback<()>,
) -> impl IntoView {
    let fields = Fields::new();
    let roles = Fetched::new(api::role::list);
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
    let fill = move || {
        fields.tried.set(true);
        fields.check().map(api::api_key::create)
    };
    let submission = Submission::new(Signal::derive(move || fields.is_touched()), fill, move |made| {
        let reads = untrack(role).is_some_and(|role| reads_values(&role));
        next.set_value(Some(NewKey {
            name: fields.name.get_untracked().trim().to_owned(),
            key: Arc::new(Zeroizing::new(made.key)),
            try_with: reads.then(|| first_readable(fields, names)),
        }));
        on_created.run(());
    });
    let closed = move |()| opened.set(next.try_update_value(Option::take).flatten().map(Opened::Created));

    view! {
        <FormDialog submission title="Create API key" action="Create" wide=true on_closed=closed>
            <TextField
                id=NAME
                label="Name"
                icon=Icon::Key
                autofocus=true
                value=fields.name
                error=Signal::derive(move || {
                    fields.tried.get().then(|| fields.name.with(|name| name_problem(name))).flatten()
                })
                hint=Some("What the key is for: the program that gets it.".to_owned())
            />
            <RoleAndLifetime fields roles role=Signal::derive(role) held />
            <LimitsField text=fields.secrets names />
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
    view! {
        <div class="field-row">
            <SelectField
                id="key-role"
                label="Role"
                choices=Signal::derive(move || role_choices(roles.data.get().as_deref(), held))
                value=fields.role
                hint=Signal::derive(move || role.get().map(|role| meaning(&role)))
            />
            <div class="field-row__stack">
                <SelectField
                    id="key-lifetime"
                    label="Expires"
                    choices=lifetime_choices()
                    value=fields.lifetime
                    hint=Signal::derive(move || lifetime_hint(fields.lifetime()))
                />
                <Show when=move || fields.lifetime() == Lifetime::Date>
                    <TextField
                        id=DATE
                        label="Last day"
                        kind="date"
                        value=fields.date
                        error=Signal::derive(move || {
                            fields.tried.get().then(|| fields.end().err().map(str::to_owned)).flatten()
                        })
                        hint=Some("The key works until the end of that day.".to_owned())
                    />
                </Show>
            </div>
        </div>
    }
}

/// The roles to choose from: until they are known, the one that is chosen anyway.
fn role_choices(roles: Option<&Vec<Role>>, held: Permissions) -> Vec<Choice> {
    let Some(roles) = roles else {
        return vec![Choice::new(BuiltInRole::Runner.as_str(), "Runner")];
    };
    let mut choices: Vec<_> = roles
        .iter()
        .map(|role| Choice {
            refusal: (!role::is_grantable(role, held)).then(|| "more than you may do".to_owned()),
            ..Choice::new(role.name.0.as_str(), role::label(&role.name))
        })
        .collect();
    // What a key is mostly for comes first.
    let is_runner = |choice: &Choice| choice.value == BuiltInRole::Runner.as_str();
    if let Some(place) = choices.iter().position(is_runner) {
        choices[..=place].rotate_right(1);
    }
    choices
}

fn lifetime_choices() -> Vec<Choice> {
    let choice = |lifetime: Lifetime| Choice::new(lifetime.as_str(), lifetime.label());
    Lifetime::ALL.into_iter().map(choice).collect()
}

fn lifetime_hint(lifetime: Lifetime) -> Option<String> {
    let hint = match lifetime {
        Lifetime::Never => "Nobody will be reminded to replace it.",
        Lifetime::Date => return None,
        Lifetime::Month | Lifetime::Quarter | Lifetime::Year => {
            "Programs that still use it then are turned away."
        }
    };
    Some(hint.to_owned())
}

fn reads_values(role: &Role) -> bool {
    role.permissions.iter().any(|permission| permission == Permission::ReadSecretValue.as_str())
}

fn meaning(role: &Role) -> String {
    let about = role::description(role);
    match (BuiltInRole::parse(&role.name.0), reads_values(role)) {
        (Some(BuiltInRole::Runner), _) => {
            "For programs: reads values and the names of secrets, changes nothing. No other built-in role reads values."
                .to_owned()
        }
        (_, reads) => {
            let reading = if reads { "Reads values." } else { "Reads no values." };
            about.map_or_else(|| reading.to_owned(), |about| format!("{about} {reading}"))
        }
    }
}

/// A name to try the key with: the first one that it may read.
fn first_readable(fields: Fields, names: Signal<Option<Arc<Vec<String>>>>) -> String {
    let patterns = fields.secrets.with_untracked(|text| limits::parse(text)).unwrap_or_default();
    let names = names.get_untracked().unwrap_or_default();
    let is_readable = |name: &&String| patterns.is_empty() || patterns.iter().any(|it| it.matches(name));
    let first = names.iter().find(is_readable).cloned();
    let exact = patterns.iter().find(|pattern| pattern.prefix().is_none());
    first.or_else(|| exact.map(ToString::to_string)).unwrap_or_else(|| "my secret".to_owned())
}
