//! `/team/secrets`: the team's secrets by name. The server never returns a value, so this page can't show one.
//!
//! The server searches, filters, sorts, groups and pages; this page asks for the rows that it shows.
//!
//! Logic without a browser: [`rows`], [`listing`], [`folds`], and modules of [`editor`] and [`import`].

mod access;
mod columns;
mod delete;
mod deleted;
mod editor;
mod filters;
mod folds;
mod history;
mod import;
mod listing;
mod paging;
mod rows;
mod selection;
mod selection_bar;
mod table;
mod use_it;
mod well_known;

use std::sync::Arc;

use strongroom_shared::operation::Limits;

use self::delete::DeleteDialog;
use self::deleted::DeletedDialog;
use self::editor::EditorDialog;
use self::editor::draft::Purpose;
use self::folds::Folds;
use self::history::HistoryDialog;
use self::import::{dropped, import_dialog};
use self::listing::{Chosen, Listing};
use self::rows::SecretRows;
use self::selection::{Selected, Selection};
use self::table::SecretTable;
use self::use_it::UseDialog;
use crate::component::lazy::{self, lazy};
use crate::component::{Button, DialogHost, Icon, Notice, PageHeading, Picture, Tone};
use crate::page::api_keys::key_for;
use crate::prelude::*;

const DOCS: &str = "https://docs-v1.prefect.io/orchestration/concepts/secrets.html";

#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a permission of its own")]
struct Allowed {
    read: bool,
    create: bool,
    modify: bool,
    delete: bool,
    /// To see who reads a secret.
    access: bool,
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
            access: account.may(Permission::ReadAuditLog),
        }
    }
}

#[derive(Clone)]
pub enum Dialog {
    Editor(Purpose),
    History(Arc<str>),
    Use(Arc<str>),
    Delete(Vec<Selected>),
    /// A new API key that reads the secrets of these names.
    Key(Vec<String>),
    Deleted,
    Import,
}

#[component]
pub fn SecretsPage() -> impl IntoView {
    // The shell shows this page only to logged-in users.
    let account = Session::expect().account();
    account.map(|account| {
        provide_context(account.limits);
        let (team, allowed) = (account.team.id, Allowed::of(&account));
        view! { <Secrets team allowed role=role::label(&account.role) /> }
    })
}

#[component]
fn Secrets(team: Uuid, allowed: Allowed, role: String) -> impl IntoView {
    let opened = RwSignal::new(None::<Dialog>);
    let chosen = Chosen::new(team);
    let list = allowed.read.then(|| listed(chosen));
    Effect::watch(move || chosen.folds.get(), move |folds, _, _| folds.store(team), false);
    let selection = list.map(|list| Selection::new(list, chosen));
    let removed = Callback::new(move |ids: Vec<Uuid>| {
        if let Some(selection) = selection {
            selection.forget(&ids);
            selection.list.update(|rows| rows.without(&ids));
        }
    });
    DialogHost::provide(opened, move || {
        if let Some(list) = list {
            list.catch_up();
        }
    });
    let host = DialogHost::expect();
    if allowed.create {
        dropped::follow(false, Callback::new(move |()| opened.set(Some(Dialog::Import))));
    }
    let keeps_deleted = expect_context::<Limits>().restore_seconds.0 > 0;
    // An empty list has the button itself.
    let is_empty = move || {
        list.is_some_and(|list| list.data.with(|rows| rows.as_ref().is_some_and(|rows| rows.all == 0)))
    };
    let import = allowed.create.then(|| {
        view! { <span class="heading__other" hidden=is_empty><ImportButton opened /></span> }.into_any()
    });
    let can_restore = allowed.create && allowed.read && keeps_deleted;

    view! {
        <div class="page page--wide">
            <PageHeading
                title="Secrets"
                action=allowed.create.then_some("Add secret")
                on_action=move |()| opened.set(Some(Dialog::Editor(Purpose::Create)))
                other=import
            >
                "Your team's "
                <a href=DOCS target="_blank" rel="noopener noreferrer">
                    "secrets"
                    <Picture icon=Icon::External />
                    <span class="visually-hidden">" (opens in a new tab)"</span>
                </a>
                ". Only programs with a runner key can read their values."
            </PageHeading>
            {(!allowed.modify).then(|| view! { <LockNotice role can_read=allowed.read /> })}
            {selection.map(|selection| view! { <SecretTable selection allowed opened /> })}
            {can_restore.then(|| view! {
                <p class="secrets__below">
                    <button type="button" class="link" on:click=move |_| opened.set(Some(Dialog::Deleted))>
                        "Recently deleted"
                    </button>
                </p>
            })}
        </div>
        {move || {
            // The dialogs for a key provide a host of their own here, which outlives them.
            provide_context(host);
            opened.get().map(|dialog| match dialog {
                Dialog::Key(names) => lazy::dialog(key_for(names)),
                Dialog::Import => lazy::dialog(import_dialog()),
                dialog => lazy::dialog(secret_dialog(dialog, chosen, allowed.read, can_restore, removed)),
            })
        }}
    }
}

/// Asks for another page when the user chooses one. The last one stays until then.
fn listed(chosen: Chosen) -> Fetched<SecretRows> {
    let list = Fetched::new(move || chosen.ask());
    let choose = move || (chosen.listing.get(), chosen.folds.get());
    let ask = move |_: &(Listing, Folds), _: Option<&(Listing, Folds)>, _: Option<()>| {
        chosen.grown.set_value(0);
        list.refresh();
    };
    Effect::watch(choose, ask, false);
    list
}

#[component]
fn ImportButton(opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    view! {
        <Button class="button--tall" on_press=move |()| opened.set(Some(Dialog::Import))>"Import"</Button>
    }
}

lazy!(rest, load_rest:
    pub fn secret_dialog(
        dialog: Dialog,
        chosen: Chosen,
        can_read: bool,
        can_restore: bool,
        removed: Callback<Vec<Uuid>>
    ) {
        match dialog {
            Dialog::Editor(purpose) => view! { <EditorDialog purpose chosen can_read /> }.into_any(),
            Dialog::History(name) => view! { <HistoryDialog name /> }.into_any(),
            Dialog::Use(name) => view! { <UseDialog name /> }.into_any(),
            Dialog::Delete(secrets) => view! { <DeleteDialog secrets can_restore removed /> }.into_any(),
            Dialog::Deleted => view! { <DeletedDialog /> }.into_any(),
            Dialog::Key(_) | Dialog::Import => ().into_any(),
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
