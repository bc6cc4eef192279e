//! `/team/roles`: the permissions of each role, and the team's own roles.
//!
//! Logic without a browser: [`groups`].

mod editor;
mod groups;
mod matrix;

use strongroom_shared::input::DeleteRoleInput;
use strongroom_shared::operation::Role;

use self::editor::EditorDialog;
use self::matrix::Matrix;
use crate::component::{ConfirmDialog, DialogHost, Fetching, Locked, PageHeading, Submission};
use crate::prelude::*;

#[derive(Clone)]
enum Dialog {
    /// `None` creates a role.
    Editor(Option<Role>),
    Delete(Role),
}

#[component]
pub fn RolesPage() -> impl IntoView {
    // The shell shows this page only to logged-in users.
    Session::expect().account().map(|account| {
        let may_read = account.may(Permission::ReadMember) || account.may(Permission::CreateApiKey);
        let may_create = may_read && account.may(Permission::CreateRole);
        let opened = RwSignal::new(None::<Dialog>);
        view! {
            <div class="page page--wide">
                <PageHeading
                    title="Roles"
                    action=may_create.then_some("Create role")
                    on_action=move |()| opened.set(Some(Dialog::Editor(None)))
                >
                    "The permissions of each role. You can only grant permissions that you have."
                </PageHeading>
                {if may_read {
                    view! { <Roles account opened /> }.into_any()
                } else {
                    view! { <Locked what="this team's roles" /> }.into_any()
                }}
            </div>
        }
    })
}

#[component]
fn Roles(account: Account, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let session = Session::expect();
    let roles = Fetched::new(api::roles);
    let held = account.permissions;
    let account = StoredValue::new(account);
    DialogHost::provide(opened, move || {
        roles.catch_up();
        // It may be the user's own role that has changed.
        spawn_local(session.recheck());
    });
    view! {
        <section class="card roles" aria-label="The team's roles">
            <Fetching status=roles.status() what="the team's roles">
                <Matrix roles account opened />
            </Fetching>
        </section>
        {move || opened.get().map(|dialog| match dialog {
            Dialog::Editor(role) => view! { <EditorDialog role held /> }.into_any(),
            Dialog::Delete(role) => view! { <DeleteDialog role /> }.into_any(),
        })}
    }
}

#[component]
fn DeleteDialog(role: Role) -> impl IntoView {
    // Built-in roles have no id, and no button that leads here.
    let id = role.id.unwrap_or_default();
    let submission = Submission::confirm(move || api::change(DeleteRoleInput { id }), "Role deleted.");
    view! {
        <ConfirmDialog submission title="Delete role?" action="Delete role" subject=role.name.0>
            <p>"You can delete a role only while no member, invitation or API key has it."</p>
        </ConfirmDialog>
    }
}
