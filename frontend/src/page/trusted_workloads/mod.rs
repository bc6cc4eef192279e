//! `/team/trusted-workloads`: the outside identities that may log in without a key, such as a workflow or a service
//! account. Nothing on the page is secret, except a token that is being tested.
//!
//! Logic without a browser: [`draft`], [`identity`], [`settings`].

mod dialogs;
mod draft;
mod editor;
mod identity;
mod settings;
mod table;

use strongroom_shared::operation::{Trust, TrustLogin};

use self::dialogs::{LogInDialog, RemoveDialog, TestDialog};
use self::draft::Draft;
use self::editor::EditorDialog;
use self::table::TrustTable;
use super::api_keys::{SecretNames, names_for};
use crate::component::{DialogHost, Locked, PageHeading};
use crate::prelude::*;

#[derive(Clone)]
enum Dialog {
    /// Edits a trust; `None` creates one.
    Set(Option<Trust>),
    LogIn {
        draft: Draft,
        /// `None` for a trust that was added just now.
        logins: Option<Vec<TrustLogin>>,
    },
    Test(Trust),
    Remove(Trust),
}

#[component]
pub fn TrustedWorkloadsPage() -> impl IntoView {
    // The shell shows this page only to logged-in users.
    Session::expect().account().map(|account| view! { <TrustedWorkloads account /> })
}

#[component]
fn TrustedWorkloads(account: Account) -> impl IntoView {
    let held = account.permissions;
    let opened = RwSignal::new(None::<Dialog>);
    let list = account.may(Permission::ReadApiKey).then(|| Fetched::new(api::trusts));
    DialogHost::provide(opened, move || {
        if let Some(list) = list {
            list.catch_up();
        }
    });
    let names = names_for(&account);

    view! {
        <div class="page page--wide">
            <PageHeading
                title="Trusted workloads"
                action=account.may(Permission::CreateApiKey).then_some("Trust a workload")
                on_action=move |()| opened.set(Some(Dialog::Set(None)))
            >
                "Programs that log in with the identity of their platform instead of an API key."
            </PageHeading>
            {match list {
                Some(list) => view! { <TrustTable list held opened /> }.into_any(),
                None => view! { <Locked what="this team's trusted workloads" /> }.into_any(),
            }}
        </div>
        {move || opened.get().map(|dialog| match dialog {
            Dialog::Set(trust) => view! { <EditorDialog trust held names opened /> }.into_any(),
            Dialog::LogIn { draft, logins } => view! { <LogInDialog draft logins names /> }.into_any(),
            Dialog::Test(trust) => view! { <TestDialog trust /> }.into_any(),
            Dialog::Remove(trust) => view! { <RemoveDialog trust /> }.into_any(),
        })}
    }
}

/// The role that programs log in with.
fn role_of(name: &str) -> String {
    let team = Session::expect().account().map(|account| account.team.slug).unwrap_or_default();
    format!("{team}/{name}")
}
