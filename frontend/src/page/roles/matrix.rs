//! The table of permissions (rows) and roles (columns).

use strongroom_shared::operation::Role;

use super::Dialog;
use super::groups::{GROUPS, Group};
use crate::component::{Icon, IconButton, Picture};
use crate::prelude::*;

const MAY_DO_MORE: &str = "This role has permissions that you don't have.";

#[derive(Clone, Debug)]
struct Column {
    permissions: Permissions,
    is_own: bool,
}

#[component]
pub fn Matrix(
    roles: Fetched<Vec<Role>>,
    account: StoredValue<Account>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let column = move |role: &Role| Column {
        permissions: role.permissions.iter().filter_map(|text| Permission::parse(text)).collect(),
        is_own: account.with_value(|account| account.role == role.name),
    };
    move || {
        let roles = roles.data.get().unwrap_or_default();
        let columns: Vec<_> = roles.iter().map(column).collect();
        let head = |(role, column): (&Role, &Column)| {
            view! { <Head role=role.clone() is_own=column.is_own account opened /> }
        };
        let rows = |group| view! { <Rows group columns=columns.clone() /> };
        view! {
            // Scrollable content must be focusable for the keyboard.
            <div class="matrix-frame" role="region" aria-label="Permissions of each role" tabindex="0">
                <table class="matrix">
                    <thead>
                        <tr>
                            <td class="matrix__corner"></td>
                            {roles.iter().zip(&columns).map(head).collect_view()}
                        </tr>
                    </thead>
                    {GROUPS.iter().map(rows).collect_view()}
                </table>
            </div>
        }
    }
}

#[component]
fn Head(
    role: Role,
    is_own: bool,
    account: StoredValue<Account>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let label = role::label(&role.name);
    let is_custom = role.id.is_some();
    let (may_edit, may_delete, refusal) = account.with_value(|account| {
        (
            is_custom && account.may(Permission::UpdateRole),
            is_custom && account.may(Permission::DeleteRole),
            (!role::is_grantable(&role, account.permissions)).then_some(MAY_DO_MORE),
        )
    });
    let description = role::description(&role);
    let fits_person = role.fits_person;
    let (edit_label, delete_label) = (format!("Edit role {label}"), format!("Delete role {label}"));
    let edited = role.clone();
    view! {
        <th scope="col" class="matrix__role" class:matrix__role--own=is_own>
            <span class="matrix__name" dir="auto">{label}</span>
            {is_own.then(|| view! { <span class="chip">"your role"</span> })}
            {(is_custom && !fits_person).then(|| view! { <span class="chip chip--plain">"keys only"</span> })}
            {description.map(|text| view! { <span class="matrix__description">{text}</span> })}
            {(may_edit || may_delete).then(|| view! {
                <span class="matrix__actions">
                    {may_edit.then(|| view! {
                        <IconButton
                            icon=Icon::Pencil
                            label=edit_label
                            tooltip="Edit role"
                            refusal
                            on_press=move |()| opened.set(Some(Dialog::Editor(Some(edited.clone()))))
                        />
                    })}
                    {may_delete.then(|| view! {
                        <IconButton
                            icon=Icon::Trash
                            label=delete_label
                            tooltip="Delete role"
                            refusal
                            danger=true
                            on_press=move |()| opened.set(Some(Dialog::Delete(role.clone())))
                        />
                    })}
                </span>
            })}
        </th>
    }
}

#[component]
fn Rows(group: &'static Group, columns: Vec<Column>) -> impl IntoView {
    let row = |&permission: &Permission| {
        let cell = |column: &Column| {
            let is_held = column.permissions.contains(permission);
            view! { <Cell is_held is_own=column.is_own /> }
        };
        view! {
            <tr>
                <th scope="row" class="matrix__permission" title=permission.as_str()>{permission.describe()}</th>
                {columns.iter().map(cell).collect_view()}
            </tr>
        }
    };
    view! {
        <tbody>
            <tr>
                <th scope="rowgroup" class="matrix__group" colspan=(columns.len() + 1).to_string()>
                    <span>{group.label}</span>
                </th>
            </tr>
            {group.permissions.iter().map(row).collect_view()}
        </tbody>
    }
}

#[component]
fn Cell(is_held: bool, is_own: bool) -> impl IntoView {
    let mark = if is_held {
        view! { <span class="matrix__tick"><Picture icon=Icon::Check /></span> }.into_any()
    } else {
        view! { <span class="matrix__none" aria-hidden="true">"–"</span> }.into_any()
    };
    view! {
        <td class="matrix__cell" class:matrix__cell--own=is_own>
            {mark}
            <span class="visually-hidden">{if is_held { "Yes" } else { "No" }}</span>
        </td>
    }
}
