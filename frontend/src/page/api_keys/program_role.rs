//! The field for the role of programs.

use strongroom_shared::operation::Role;
use strongroom_shared::{BuiltInRole, RoleName};

use crate::component::{Choice, SelectField, role_choices};
use crate::prelude::*;

#[derive(Clone, Copy)]
pub struct ProgramRole {
    value: RwSignal<String>,
    /// The role that was selected when the dialog opened.
    first: RwSignal<String>,
    roles: Fetched<Vec<Role>>,
    held: Permissions,
}

impl ProgramRole {
    /// `held` are the user's own permissions.
    pub fn new(name: impl Into<String>, held: Permissions) -> Self {
        let name = name.into();
        Self {
            first: RwSignal::new(name.clone()),
            value: RwSignal::new(name),
            roles: Fetched::new(api::roles),
            held,
        }
    }

    /// The usual one or, if the user may not grant it, another.
    pub fn usual(held: Permissions) -> Self {
        let role = Self::new(BuiltInRole::Runner.as_str(), held);
        effect(move || {
            if let Some(roles) = role.roles.data.get() {
                role.choose_grantable(&roles);
            }
        });
        role
    }

    fn choose_grantable(self, roles: &[Role]) {
        let can_be = |role: &&Role| role::is_grantable(role, self.held);
        let chosen = self.value.get_untracked();
        if !roles.iter().filter(can_be).any(|role| role.name.0 == chosen)
            && let Some(role) = roles.iter().find(can_be)
        {
            self.first.set(role.name.0.clone());
            self.value.set(role.name.0.clone());
        }
    }

    pub fn name(self) -> RoleName {
        RoleName(self.value.get())
    }

    pub fn is_changed(self) -> bool {
        *self.value.read() != *self.first.read()
    }

    pub fn reads_values(self) -> bool {
        self.chosen().is_some_and(|role| reads_values(&role))
    }

    /// `None` until the roles are known.
    fn chosen(self) -> Option<Role> {
        let roles = self.roles.data.get()?;
        let chosen = self.value.get();
        roles.iter().find(|role| role.name.0 == chosen).cloned()
    }

    /// The usual role first. It is the only one until the others are known.
    fn choices(self) -> Vec<Choice> {
        let Some(roles) = self.roles.data.get() else {
            return vec![Choice::new(BuiltInRole::Runner.as_str(), "Runner")];
        };
        let mut choices = role_choices(&roles, self.held);
        let is_runner = |choice: &Choice| choice.value == BuiltInRole::Runner.as_str();
        if let Some(place) = choices.iter().position(is_runner) {
            choices[..=place].rotate_right(1);
        }
        choices
    }
}

#[component]
pub fn ProgramRoleField(role: ProgramRole) -> impl IntoView {
    view! {
        <SelectField
            id="key-role"
            label="Role"
            choices=Signal::derive(move || role.choices())
            value=role.value
            hint=Signal::derive(move || role.chosen().map(|role| describe(&role)))
        />
    }
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
