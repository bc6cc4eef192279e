//! `/team/api-keys`: the keys of programs. A key itself is shown once, when it is created.
//!
//! Logic without a browser: [`limits`], [`settings`].

mod create;
mod created;
mod edit;
pub mod limits;
pub mod program_role;
mod settings;
mod table;

use std::sync::Arc;

use strongroom_shared::limit::LABEL_CHARS;
use strongroom_shared::operation::ApiKey;

use self::create::CreateDialog;
use self::created::{CreatedDialog, NewKey};
use self::edit::{EditDialog, RevokeDialog};
use self::table::KeyTable;
use crate::component::lazy::lazy;
use crate::component::{DialogHost, Locked, PageHeading};
use crate::prelude::*;

const NAME: &str = "key-name";

/// The names of the team's secrets; `None` if the user may not see them.
pub type SecretNames = Signal<Option<Arc<Vec<String>>>>;

#[derive(Clone)]
enum Dialog {
    /// With the secrets that the key is limited to at first, one per line.
    Create(String),
    Created(NewKey),
    Edit(ApiKey),
    Revoke(ApiKey),
}

#[component]
pub fn ApiKeysPage() -> impl IntoView {
    // The shell shows this page only to logged-in users.
    Session::expect().account().map(|account| view! { <ApiKeys account /> })
}

#[component]
fn ApiKeys(account: Account) -> impl IntoView {
    let held = account.permissions;
    let opened = RwSignal::new(None::<Dialog>);
    let list = account.may(Permission::ReadApiKey).then(|| Fetched::new(|| Box::pin(list())));
    DialogHost::provide(opened, move || {
        if let Some(list) = list {
            list.catch_up();
        }
    });
    let names = names_for(&account);

    view! {
        <div class="page page--wide">
            <PageHeading
                title="API keys"
                action=account.may(Permission::CreateApiKey).then_some("Create API key")
                on_action=move |()| opened.set(Some(Dialog::Create(String::new())))
            >
                "Programs authenticate with a key. With the " <strong>"runner"</strong>
                " role, it reads values and changes nothing."
            </PageHeading>
            {match list {
                Some(list) => view! { <KeyTable list held opened /> }.into_any(),
                None => view! { <Locked what="this team's API keys" /> }.into_any(),
            }}
        </div>
        {move || opened.get().map(|dialog| dialog_view(dialog, held, names, opened))}
    }
}

fn dialog_view(
    dialog: Dialog,
    held: Permissions,
    names: SecretNames,
    opened: RwSignal<Option<Dialog>>,
) -> AnyView {
    match dialog {
        Dialog::Create(secrets) => view! { <CreateDialog held names secrets opened /> }.into_any(),
        Dialog::Created(key) => view! { <CreatedDialog key /> }.into_any(),
        Dialog::Edit(key) => view! { <EditDialog key names /> }.into_any(),
        Dialog::Revoke(key) => view! { <RevokeDialog key /> }.into_any(),
    }
}

lazy!(rest:
    pub fn key_for(secrets: Vec<String>) {
        Session::expect().account().map(|account| view! { <KeyFor account secrets /> }).into_any()
    }
);

/// The dialogs for a new key, in a dialog's place on another page.
#[component]
fn KeyFor(account: Account, secrets: Vec<String>) -> impl IntoView {
    let host = DialogHost::expect();
    let held = account.permissions;
    let names = names_for(&account);
    let opened = RwSignal::new(Some(Dialog::Create(secrets.join("\n"))));
    DialogHost::provide(opened, || ());
    effect(move || {
        if opened.with(Option::is_none) {
            host.closed.run(());
        }
    });
    move || opened.get().map(|dialog| dialog_view(dialog, held, names, opened))
}

pub fn names_for(account: &Account) -> SecretNames {
    let names = account.may(Permission::ReadSecret).then(|| Fetched::new(|| Box::pin(names())));
    Signal::derive(move || names.and_then(|names| names.data.get()))
}

/// The keys, the newest first.
async fn list() -> Result<Vec<ApiKey>, ApiError> {
    let mut keys = api::api_keys().await?;
    // All times have the same format.
    keys.sort_by(|one, two| two.created.0.cmp(&one.created.0));
    Ok(keys)
}

async fn names() -> Result<Vec<String>, ApiError> {
    let mut names = api::secret_names().await?;
    names.sort();
    Ok(names)
}

fn name_problem(name: &str) -> Option<String> {
    let name = name.trim();
    if name.is_empty() {
        Some("Name the key after the program that uses it.".to_owned())
    } else {
        text::too_long(name, LABEL_CHARS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_name_is_required_and_limited() {
        assert!(name_problem(" ").is_some());
        assert_eq!(name_problem(" flows "), None);
        assert!(name_problem(&"x".repeat(LABEL_CHARS + 1)).is_some());
    }
}
