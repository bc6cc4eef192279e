//! `/team/secrets`: what there is, by name; add, modify, delete. A value never comes back from the server, so this
//! page has no way to show one.
//!
//! Logic without a browser: [`names`], [`paging`] and, behind the dialog, [`editor`]'s own modules. What is fetched
//! lives in [`list`].

mod delete;
mod editor;
mod heading;
mod list;
mod names;
mod pager;
mod paging;
mod search;
mod table;

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::{Permission, Role};

use self::delete::DeleteDialog;
use self::editor::EditorDialog;
use self::editor::draft::Purpose;
use self::heading::{Heading, LockNotice};
use self::list::SecretList;
use self::table::SecretTable;
use crate::browser;
use crate::session::{Account, Session};

/// What the one who is logged in may do on this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a permission of its own")]
struct Allowed {
    read: bool,
    create: bool,
    modify: bool,
    delete: bool,
}

impl Allowed {
    fn of(account: &Account) -> Self {
        // As in the original, whoever may not update secrets manages none: the other permissions narrow it further.
        let manage = account.may(Permission::UpdateSecret);
        Self {
            read: account.may(Permission::ReadSecret),
            create: manage && account.may(Permission::CreateSecret),
            modify: manage,
            delete: manage && account.may(Permission::DeleteSecret),
        }
    }
}

/// Which dialog is open.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    Editor(Purpose),
    Delete(Arc<str>),
}

/// `/team/secrets`.
#[component]
pub fn SecretsPage() -> impl IntoView {
    browser::set_title("Secrets");
    // The frame shows this page to nobody else.
    let account = Session::expect().account();
    account.map(|account| view! { <Secrets allowed=Allowed::of(&account) role=account.role /> })
}

#[component]
fn Secrets(allowed: Allowed, role: Role) -> impl IntoView {
    let opened = RwSignal::new(None::<Opened>);
    let list = SecretList::new(opened.into());
    if allowed.read {
        list.keep_fresh();
    }
    let close = move |()| opened.set(None);
    let changed = move |()| list.refresh();

    view! {
        <div class="page">
            <Heading can_add=allowed.create on_add=move |()| opened.set(Some(Opened::Editor(Purpose::Create))) />
            {(!allowed.modify).then(|| view! { <LockNotice role can_read=allowed.read /> })}
            {allowed.read.then(|| view! { <SecretTable list allowed opened /> })}
        </div>
        {move || {
            opened
                .get()
                .map(|opened| match opened {
                    Opened::Editor(purpose) => {
                        view! {
                            <EditorDialog purpose names=list.names on_changed=changed on_closed=close />
                        }
                            .into_any()
                    }
                    Opened::Delete(name) => {
                        view! { <DeleteDialog name on_changed=changed on_closed=close /> }.into_any()
                    }
                })
        }}
    }
}
