//! `/team/roles`: which role may do what; make, change and remove roles of the team's own.
//!
//! Logic without a browser: [`groups`].

mod delete;
mod editor;
mod groups;
mod matrix;

use leptos::prelude::*;
use strongroom_shared::Permission;
use strongroom_shared::operation::Role;

use self::delete::DeleteDialog;
use self::editor::EditorDialog;
use self::matrix::Matrix;
use crate::api;
use crate::component::fetching::Fetching;
use crate::component::heading::PageHeading;
use crate::component::lock::Locked;
use crate::fetched::Fetched;
use crate::session::{Account, Session};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    Create,
    Edit(Role),
    Delete(Role),
}

#[component]
pub fn RolesPage() -> impl IntoView {
    // The frame shows this page to nobody else.
    Session::expect().account().map(|account| {
        let may_read = account.may(Permission::ReadMember) || account.may(Permission::CreateApiKey);
        let may_create = may_read && account.may(Permission::CreateRole);
        let opened = RwSignal::new(None::<Opened>);
        view! {
            <div class="page page--wide">
                <PageHeading
                    title="Roles"
                    action=may_create.then_some("New role")
                    on_action=move |()| opened.set(Some(Opened::Create))
                >
                    "What each role may do. Nobody can hand out more than they may do themselves."
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
fn Roles(account: Account, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let session = Session::expect();
    let roles = Fetched::new(api::role::list);
    let held = account.permissions;
    let account = StoredValue::new(account);
    let close = move |()| opened.set(None);
    let changed = move |()| {
        roles.refresh();
        // It may be one's own role that has changed.
        leptos::task::spawn_local(session.recheck());
    };
    view! {
        <section class="card roles" aria-label="The team's roles">
            <Fetching
                status=roles.status()
                loading="Loading the team's roles"
                failed="The roles can't be loaded"
            >
                <Matrix roles=roles.data account opened />
            </Fetching>
        </section>
        {move || {
            let dialog = match opened.get()? {
                Opened::Create => {
                    view! { <EditorDialog role=None held on_changed=changed on_closed=close /> }.into_any()
                }
                Opened::Edit(role) => {
                    view! { <EditorDialog role=Some(role) held on_changed=changed on_closed=close /> }.into_any()
                }
                Opened::Delete(role) => {
                    view! { <DeleteDialog role on_changed=changed on_closed=close /> }.into_any()
                }
            };
            Some(dialog)
        }}
    }
}
