//! The dialogs *New role* and *Edit role*.

use strongroom_shared::input::{CreateRoleInput, UpdateRoleInput};
use strongroom_shared::limit::{DESCRIPTION_CHARS, ROLE_NAME_CHARS};
use strongroom_shared::operation::Role;
use strongroom_shared::permission::grantable;
use strongroom_shared::{BuiltInRole, RoleName};

use super::groups::{GROUPS, Group};
use crate::component::{
    Checkbox, ErrorNotice, Field, FormDialog, Icon, Notice, Overwrite, Submission, TextField, Tone,
};
use crate::prelude::*;

const PERMISSIONS: &str = "role-permissions";

#[derive(Default, PartialEq)]
struct Draft {
    name: String,
    description: String,
    permissions: Permissions,
}

#[derive(Clone, Copy)]
struct Fields {
    id: Option<Uuid>,
    before: StoredValue<Draft>,
    name: Field,
    description: Field,
    ticks: StoredValue<Vec<(Permission, RwSignal<bool>)>>,
    overwrite: Overwrite,
}

impl Fields {
    fn new(role: Option<Role>) -> Self {
        let id = role.as_ref().and_then(|role| role.id);
        let before = role.map_or_else(Draft::default, |role| Draft {
            permissions: role::permissions(&role).unwrap_or_default(),
            name: role.name.0,
            description: role.description.unwrap_or_default(),
        });
        let ticks = Permissions::all()
            .iter()
            .map(|permission| (permission, RwSignal::new(before.permissions.contains(permission))))
            .collect();
        Self {
            id,
            name: Field::new("role-name", before.name.as_str(), name_problem),
            description: Field::new("role-description", before.description.as_str(), |text| {
                text::too_long(text.trim(), DESCRIPTION_CHARS)
            }),
            ticks: StoredValue::new(ticks),
            before: StoredValue::new(before),
            overwrite: Overwrite::new(),
        }
    }

    fn draft(self) -> Draft {
        Draft {
            name: self.name.text(),
            description: self.description.text(),
            permissions: self.ticks.with_value(|ticks| {
                let ticked = ticks.iter().filter(|(_, tick)| tick.get());
                ticked.map(|(permission, _)| *permission).collect()
            }),
        }
    }

    fn is_changed(self) -> bool {
        self.before.with_value(|before| self.draft() != *before)
    }

    fn send(self, draft: Draft) -> Reply<()> {
        let Draft { name, description, permissions } = draft;
        let texts = |permissions: Permissions| permissions.iter().map(|it| it.to_string()).collect();
        match self.id {
            None => {
                let description = (!description.is_empty()).then_some(description);
                api::change(CreateRoleInput { name, description, permissions: texts(permissions) })
            }
            // Only changes, because somebody else may have changed the rest.
            Some(id) => self.before.with_value(|before| {
                let expected = (permissions != before.permissions).then_some(before.permissions);
                self.overwrite.ask(api::change(UpdateRoleInput {
                    id,
                    name: (name != before.name).then_some(name),
                    description: (description != before.description).then_some(description),
                    permissions: expected.map(|_| texts(permissions)),
                    expected_permissions: self.overwrite.unless_agreed(expected).map(texts),
                }))
            }),
        }
    }
}

#[component]
pub fn EditorDialog(
    /// The role to edit; `None` creates one.
    role: Option<Role>,
    held: Permissions,
) -> impl IntoView {
    let is_new = role.is_none();
    let fields = Fields::new(role);
    let permissions_error = RwSignal::new(None::<String>);
    let unchanged = Signal::derive(move || !fields.is_changed());
    let fill = move || {
        let draft = fields.draft();
        let is_empty = draft.permissions.is_empty();
        permissions_error.set(is_empty.then(|| "Tick at least one permission.".to_owned()));
        Field::check_all([fields.name, fields.description])?;
        // A group of checkboxes can't have the focus, so it stays where it is.
        if is_empty { Err(PERMISSIONS) } else { Ok(fields.send(draft)) }
    };
    let (title, action, intro, message) = if is_new {
        ("New role", "Create role", "", "Role created.")
    } else {
        let intro = "Takes effect immediately, for every member and API key with this role.";
        ("Edit role", "Save", intro, "Role changed.")
    };
    let submission = Submission::saving(Signal::derive(move || fields.is_changed()), fill, message);
    view! {
        <FormDialog submission title action wide=true intro unchanged>
            <TextField field=fields.name label="Role name" autofocus=true />
            <TextField
                field=fields.description
                label="Description"
                optional=true
                hint=Some("Optional: what the role is for.".to_owned())
            />
            <ErrorNotice error=permissions_error />
            <div class="permissions" id=PERMISSIONS>
                {GROUPS.iter().map(|group| view! { <Ticks group fields held /> }).collect_view()}
            </div>
        </FormDialog>
    }
}

#[component]
fn Ticks(group: &'static Group, fields: Fields, held: Permissions) -> impl IntoView {
    let allowed = grantable(held);
    let ticks = fields.ticks.with_value(|ticks| {
        let find = |wanted| ticks.iter().find(|(permission, _)| permission == wanted).copied();
        group.permissions.iter().filter_map(find).collect::<Vec<_>>()
    });
    let tick = |(permission, checked): (Permission, RwSignal<bool>)| {
        let refusal = (!allowed.contains(permission)).then_some("You don't have this permission.");
        let reads_values = permission == Permission::ReadSecretValue;
        view! {
            <Checkbox label=permission.describe() checked refusal />
            <Show when=move || reads_values && checked.get()>
                <Notice tone=Tone::Warning icon=Icon::Key>
                    "Only API keys can have this role, because values can't be read in a browser."
                </Notice>
            </Show>
        }
    };
    view! {
        <fieldset class="permissions__group">
            <legend>{group.label}</legend>
            {ticks.into_iter().map(tick).collect_view()}
        </fieldset>
    }
}

fn name_problem(name: &str) -> Option<String> {
    let name = name.trim();
    if name.is_empty() {
        Some("Give the role a name.".to_owned())
    } else if BuiltInRole::parse(&text::lower(name).replace('_', "-")).is_some() {
        Some(format!("{} is a built-in role.", role::label(&RoleName(text::lower(name)))))
    } else {
        text::too_long(name, ROLE_NAME_CHARS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_built_in_roles_are_refused() {
        for bad in ["", "User", "read_only", &"x".repeat(ROLE_NAME_CHARS + 1)] {
            assert!(name_problem(bad).is_some(), "{bad}");
        }
        for good in ["on-call", "Users", "読"] {
            assert_eq!(name_problem(good), None, "{good}");
        }
    }
}
