//! The table of which role may do what: permissions down, roles across.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::operation::Role;
use strongroom_shared::{Permission, Permissions};

use super::Opened;
use super::groups::{GROUPS, Group};
use crate::component::button::IconButton;
use crate::component::icon::{Icon, Picture};
use crate::role;
use crate::session::Account;

const MAY_DO_MORE: &str = "This role may do more than you.";

#[derive(Clone, Debug)]
struct Column {
    permissions: Permissions,
    is_own: bool,
}

#[component]
pub fn Matrix(
    roles: RwSignal<Option<Arc<Vec<Role>>>>,
    account: StoredValue<Account>,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let columns = move |roles: &[Role]| {
        roles
            .iter()
            .map(|role| Column {
                permissions: role.permissions.iter().filter_map(|text| Permission::parse(text)).collect(),
                is_own: account.with_value(|account| account.role == role.name),
            })
            .collect::<Vec<_>>()
    };
    move || {
        let roles = roles.get().unwrap_or_default();
        let columns = columns(&roles);
        view! {
            // What scrolls has to be in reach of the keyboard.
            <div class="matrix-frame" role="region" aria-label="What each role may do" tabindex="0">
                <table class="matrix">
                    <thead>
                        <tr>
                            <td class="matrix__corner"></td>
                            {roles
                                .iter()
                                .zip(&columns)
                                .map(|(role, column)| {
                                    view! { <Head role=role.clone() is_own=column.is_own account opened /> }
                                })
                                .collect_view()}
                        </tr>
                    </thead>
                    {GROUPS
                        .iter()
                        .map(|group| view! { <Rows group columns=columns.clone() /> })
                        .collect_view()}
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
    opened: RwSignal<Option<Opened>>,
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
                            on_press=move |()| opened.set(Some(Opened::Edit(edited.clone())))
                        />
                    })}
                    {may_delete.then(|| view! {
                        <IconButton
                            icon=Icon::Trash
                            label=delete_label
                            tooltip="Delete role"
                            refusal
                            danger=true
                            on_press=move |()| opened.set(Some(Opened::Delete(role.clone())))
                        />
                    })}
                </span>
            })}
        </th>
    }
}

#[component]
fn Rows(group: &'static Group, columns: Vec<Column>) -> impl IntoView {
    let width = columns.len() + 1;
    view! {
        <tbody>
            <tr>
                <th scope="rowgroup" class="matrix__group" colspan=width.to_string()>
                    <span>{group.label}</span>
                </th>
            </tr>
            {group
                .permissions
                .iter()
                .map(|&permission| view! {
                    <tr>
                        <th scope="row" class="matrix__permission" title=permission.as_str()>
                            {permission.describe()}
                        </th>
                        {columns
                            .iter()
                            .map(|column| {
                                let is_held = column.permissions.contains(permission);
                                view! { <Cell is_held is_own=column.is_own /> }
                            })
                            .collect_view()}
                    </tr>
                })
                .collect_view()}
        </tbody>
    }
}

#[component]
fn Cell(is_held: bool, is_own: bool) -> impl IntoView {
    view! {
        <td class="matrix__cell" class:matrix__cell--own=is_own>
            {if is_held {
                view! {
                    <span class="matrix__tick">
                        <Picture icon=Icon::Check />
                        <span class="visually-hidden">"Yes"</span>
                    </span>
                }.into_any()
            } else {
                view! {
                    <span class="matrix__none">
                        <span aria-hidden="true">"–"</span>
                        <span class="visually-hidden">"No"</span>
                    </span>
                }.into_any()
            }}
        </td>
    }
}
