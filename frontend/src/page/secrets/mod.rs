//! `/team/secrets`: the team's secrets by name. The server never returns a value, so this page can't show one.
//!
//! Logic without a browser: [`rows`], and modules of [`editor`].

mod columns;
mod delete;
mod deleted;
mod editor;
mod history;
mod listing;
mod paging;
mod rows;
mod table;

use std::sync::Arc;

use strongroom_shared::operation::{Limits, Secret};

use self::delete::DeleteDialog;
use self::deleted::DeletedDialog;
use self::editor::EditorDialog;
use self::editor::draft::Purpose;
use self::history::HistoryDialog;
use self::listing::Chosen;
use self::rows::SecretRows;
use self::table::SecretTable;
use crate::component::lazy::{self, lazy};
use crate::component::{DialogHost, Icon, Notice, PageHeading, Picture, Tone};
use crate::prelude::*;

const DOCS: &str = "https://docs-v1.prefect.io/orchestration/concepts/secrets.html";

#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a permission of its own")]
struct Allowed {
    read: bool,
    create: bool,
    modify: bool,
    delete: bool,
}

impl Allowed {
    fn of(account: &Account) -> Self {
        // As in Prefect, managing secrets requires the permission to update them. The others narrow it further.
        let manage = account.may(Permission::UpdateSecret);
        Self {
            read: account.may(Permission::ReadSecret),
            create: manage && account.may(Permission::CreateSecret),
            modify: manage,
            delete: manage && account.may(Permission::DeleteSecret),
        }
    }
}

#[derive(Clone)]
pub enum Dialog {
    Editor(Purpose),
    History(Arc<str>),
    Delete(Arc<Secret>),
    Deleted,
}

#[component]
pub fn SecretsPage() -> impl IntoView {
    // The shell shows this page only to logged-in users.
    let account = Session::expect().account();
    account.map(|account| {
        provide_context(account.limits);
        view! { <Secrets allowed=Allowed::of(&account) role=role::label(&account.role) /> }
    })
}

#[component]
fn Secrets(allowed: Allowed, role: String) -> impl IntoView {
    let opened = RwSignal::new(None::<Dialog>);
    let fetch = || -> Reply<_> { Box::pin(async { Ok(SecretRows::new(api::secrets().await?, text::nfkd)) }) };
    let list = allowed.read.then(|| Fetched::new(fetch));
    let rows = Signal::derive(move || list.and_then(|list| list.data.get()));
    let chosen = Chosen::new();
    let removed = Callback::new(move |name: String| {
        if let Some(list) = list {
            list.update(|rows| rows.without(&name));
        }
    });
    DialogHost::provide(opened, move || {
        if let Some(list) = list {
            list.catch_up();
        }
    });
    let keeps_deleted = expect_context::<Limits>().restore_seconds.0 > 0;
    let can_restore = allowed.create && allowed.read && keeps_deleted;

    view! {
        <div class="page page--wide">
            <PageHeading
                title="Secrets"
                action=allowed.create.then_some("Add secret")
                on_action=move |()| opened.set(Some(Dialog::Editor(Purpose::Create)))
            >
                "The "
                <a href=DOCS target="_blank" rel="noopener noreferrer">
                    "secrets"
                    <Picture icon=Icon::External />
                    <span class="visually-hidden">" (opens in a new tab)"</span>
                </a>
                " of your team's flows. Values are never shown again: only programs with a runner key can read them."
            </PageHeading>
            {(!allowed.modify).then(|| view! { <LockNotice role can_read=allowed.read /> })}
            {list.map(|list| view! { <SecretTable list chosen allowed opened /> })}
            {can_restore.then(|| view! {
                <p class="secrets__below">
                    <button type="button" class="link" on:click=move |_| opened.set(Some(Dialog::Deleted))>
                        "Recently deleted"
                    </button>
                </p>
            })}
        </div>
        {move || opened.get().map(|dialog| {
            lazy::dialog(secret_dialog(dialog, rows, chosen, can_restore, removed))
        })}
    }
}

lazy!(dialogs, load_dialogs:
    pub fn secret_dialog(
        dialog: Dialog,
        rows: Signal<Option<Arc<SecretRows>>>,
        chosen: Chosen,
        can_restore: bool,
        removed: Callback<String>
    ) {
        match dialog {
            Dialog::Editor(purpose) => view! { <EditorDialog purpose rows chosen /> }.into_any(),
            Dialog::History(name) => view! { <HistoryDialog name /> }.into_any(),
            Dialog::Delete(secret) => {
                let (name, version) = (secret.name.clone(), secret.version);
                view! { <DeleteDialog name version can_restore removed /> }.into_any()
            }
            Dialog::Deleted => view! { <DeletedDialog /> }.into_any(),
        }
    }
);

#[component]
fn LockNotice(role: String, can_read: bool) -> impl IntoView {
    let allowed = if can_read {
        "You can see the names of secrets, but not add, change or delete them."
    } else {
        "You can't see or manage secrets."
    };
    view! {
        <Notice tone=Tone::Warning icon=Icon::Lock>
            <strong>"You can't manage this team's secrets."</strong>
            " " {allowed} " Your role is " <strong>{role}</strong> "; ask an administrator if you need more."
        </Notice>
    }
}
