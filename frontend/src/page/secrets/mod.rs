//! `/team/secrets`: what there is, by name; add, modify, delete, and bring back. A value never comes back from the
//! server, so this page has no way to show one.
//!
//! Logic without a browser: [`rows`], [`facts`], [`paging`] and, behind the dialog, [`editor`]'s own modules.

mod columns;
mod delete;
mod deleted;
mod editor;
mod facts;
mod heading;
mod history;
mod pager;
mod paging;
mod rows;
mod table;

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::Permission;
use strongroom_shared::operation::Secret;

use self::delete::DeleteDialog;
use self::deleted::DeletedDialog;
use self::editor::EditorDialog;
use self::editor::draft::Purpose;
use self::heading::{Heading, LockNotice};
use self::history::HistoryDialog;
use self::rows::SecretRows;
use self::table::SecretTable;
use crate::api::{self, Reply};
use crate::fetched::Fetched;
use crate::role;
use crate::session::{Account, Session};
use crate::text;

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

#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    Editor(Purpose),
    History(Arc<str>),
    Delete(Arc<Secret>),
    Deleted,
}

#[component]
pub fn SecretsPage() -> impl IntoView {
    // The frame shows this page to nobody else.
    let account = Session::expect().account();
    account.map(|account| view! { <Secrets allowed=Allowed::of(&account) role=role::label(&account.role) /> })
}

#[component]
fn Secrets(allowed: Allowed, role: String) -> impl IntoView {
    let opened = RwSignal::new(None::<Opened>);
    let fetch =
        || -> Reply<_> { Box::pin(async { Ok(SecretRows::new(api::secret::list().await?, text::nfkd)) }) };
    let list = allowed.read.then(|| Fetched::new(fetch));
    let rows = Signal::derive(move || list.and_then(|list| list.data.get()));
    let close = move |()| opened.set(None);
    // Made here, not where it is passed on: Undo still needs it when the dialog is gone.
    let changed = Callback::new(move |()| {
        if let Some(list) = list {
            list.refresh();
        }
    });
    let can_restore = allowed.create && allowed.read;

    view! {
        <div class="page page--wide">
            <Heading can_add=allowed.create on_add=move |()| opened.set(Some(Opened::Editor(Purpose::Create))) />
            {(!allowed.modify).then(|| view! { <LockNotice role can_read=allowed.read /> })}
            {list.map(|list| view! { <SecretTable list allowed opened /> })}
            {can_restore.then(|| view! {
                <p class="secrets__below">
                    <button type="button" class="link" on:click=move |_| opened.set(Some(Opened::Deleted))>
                        "Recently deleted"
                    </button>
                </p>
            })}
        </div>
        {move || {
            opened
                .get()
                .map(|opened| match opened {
                    Opened::Editor(purpose) => {
                        view! { <EditorDialog purpose rows on_changed=changed on_closed=close /> }.into_any()
                    }
                    Opened::History(name) => {
                        view! { <HistoryDialog name on_changed=changed on_closed=close /> }.into_any()
                    }
                    Opened::Delete(secret) => {
                        let (name, version) = (secret.name.clone(), secret.version);
                        view! { <DeleteDialog name version can_restore on_changed=changed on_closed=close /> }
                            .into_any()
                    }
                    Opened::Deleted => {
                        view! { <DeletedDialog on_changed=changed on_closed=close /> }.into_any()
                    }
                })
        }}
    }
}
