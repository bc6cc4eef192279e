//! `/team/api-keys`: the keys of programs. A key itself is shown once, when it is created.
//!
//! Logic without a browser: [`limits`], [`settings`]; [`expiry`] needs only a calendar.

mod create;
mod created;
mod edit;
mod expiry;
mod limits;
mod settings;
mod table;

use std::sync::Arc;

use strongroom_shared::limit::LABEL_CHARS;
use strongroom_shared::operation::ApiKey;

use self::create::CreateDialog;
use self::created::{CreatedDialog, NewKey};
use self::edit::{EditDialog, RevokeDialog};
use self::table::KeyTable;
use crate::component::{DialogHost, Locked, PageHeading};
use crate::prelude::*;

const NAME: &str = "key-name";

/// The names of the team's secrets; `None` if the user may not see them.
type SecretNames = Signal<Option<Arc<Vec<String>>>>;

#[derive(Clone)]
enum Dialog {
    Create,
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
    let names = account.may(Permission::ReadSecret).then(|| Fetched::new(|| Box::pin(names())));
    let names = Signal::derive(move || names.and_then(|names| names.data.get()));

    view! {
        <div class="page page--wide">
            <PageHeading
                title="API keys"
                action=account.may(Permission::CreateApiKey).then_some("Create API key")
                on_action=move |()| opened.set(Some(Dialog::Create))
            >
                "Programs authenticate with a key. Give them the role " <strong>"runner"</strong>
                " to read values and change nothing."
            </PageHeading>
            {match list {
                Some(list) => view! { <KeyTable list held opened /> }.into_any(),
                None => view! { <Locked what="this team's API keys" /> }.into_any(),
            }}
        </div>
        {move || opened.get().map(|dialog| match dialog {
            Dialog::Create => view! { <CreateDialog held names opened /> }.into_any(),
            Dialog::Created(key) => view! { <CreatedDialog key /> }.into_any(),
            Dialog::Edit(key) => view! { <EditDialog key names /> }.into_any(),
            Dialog::Revoke(key) => view! { <RevokeDialog key /> }.into_any(),
        })}
    }
}

/// The keys, the newest first.
async fn list() -> Result<Vec<ApiKey>, ApiError> {
    let mut keys = api::api_keys().await?;
    // All times have the same format.
    keys.sort_by(|one, two| two.created.0.cmp(&one.created.0));
    Ok(keys)
}

async fn names() -> Result<Vec<String>, ApiError> {
    let secrets = api::secrets().await?;
    let mut names: Vec<_> = secrets.into_iter().map(|secret| secret.name).collect();
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
