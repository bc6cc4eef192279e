//! `/team/api-keys`: the keys with which programs come in. A key itself is seen once, when it is made.
//!
//! Logic without a browser: [`limits`], [`settings`]; [`expiry`] needs a calendar only.

mod create;
mod created;
mod edit;
mod expiry;
mod limits;
mod limits_field;
mod revoke;
mod settings;
mod table;

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::Permission;
use strongroom_shared::operation::ApiKey;

use self::create::CreateDialog;
use self::created::{CreatedDialog, NewKey};
use self::edit::EditDialog;
use self::revoke::RevokeDialog;
use self::table::KeyTable;
use crate::api::{self, ApiError};
use crate::component::heading::PageHeading;
use crate::component::icon::Icon;
use crate::component::notice::{Notice, Tone};
use crate::fetched::Fetched;
use crate::session::{Account, Session};

const NAME: &str = "key-name";

/// The length of a key's name that the field takes notice of.
const NAME_CHARS: usize = strongroom_shared::limit::LABEL_CHARS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a permission of its own")]
struct Allowed {
    read: bool,
    create: bool,
    update: bool,
    revoke: bool,
}

impl Allowed {
    fn of(account: &Account) -> Self {
        Self {
            read: account.may(Permission::ReadApiKey),
            create: account.may(Permission::CreateApiKey),
            update: account.may(Permission::UpdateApiKey),
            revoke: account.may(Permission::DeleteApiKey),
        }
    }
}

#[derive(Clone)]
enum Opened {
    Create,
    Created(NewKey),
    Edit(Arc<ApiKey>),
    Revoke(Arc<ApiKey>),
}

#[component]
pub fn ApiKeysPage() -> impl IntoView {
    let account = Session::expect().account();
    account.map(|account| view! { <ApiKeys account /> })
}

#[component]
fn ApiKeys(account: Account) -> impl IntoView {
    let allowed = Allowed::of(&account);
    let held = account.permissions;
    let opened = RwSignal::new(None::<Opened>);
    let list = allowed.read.then(|| Fetched::new(|| Box::pin(list())));
    let close = move |()| opened.set(None);
    let changed = move |()| {
        if let Some(list) = list {
            list.refresh();
        }
    };
    let names = account.may(Permission::ReadSecret).then(|| Fetched::new(|| Box::pin(names())));
    let names = Signal::derive(move || names.and_then(|names| names.data.get()));

    view! {
        <div class="page page--wide">
            <PageHeading
                title="API Keys"
                action=allowed.create.then_some("Create API key")
                on_action=move |()| opened.set(Some(Opened::Create))
            >
                "Programs come in with a key. One of the role " <strong>"runner"</strong>
                " reads values and changes nothing. A key is shown once, when it is made; the store keeps no copy."
            </PageHeading>
            {match list {
                Some(list) => view! { <KeyTable list allowed opened /> }.into_any(),
                None => view! {
                    <Notice tone=Tone::Warning icon=Icon::Lock>
                        <strong>"You can't see this team's API keys."</strong>
                        " Ask an administrator if you need to."
                    </Notice>
                }.into_any(),
            }}
        </div>
        {move || {
            opened
                .get()
                .map(|now| match now {
                    Opened::Create => {
                        view! { <CreateDialog held names opened on_created=changed /> }.into_any()
                    }
                    Opened::Created(key) => view! { <CreatedDialog key on_closed=close /> }.into_any(),
                    Opened::Edit(key) => {
                        view! { <EditDialog key names on_changed=changed on_closed=close /> }.into_any()
                    }
                    Opened::Revoke(key) => {
                        view! { <RevokeDialog key on_changed=changed on_closed=close /> }.into_any()
                    }
                })
        }}
    }
}

/// The newest first: it is the one that people come to look for.
async fn list() -> Result<Vec<ApiKey>, ApiError> {
    let mut keys = api::api_key::list().await?;
    // Times are all of one form.
    keys.sort_by(|one, two| two.created.0.cmp(&one.created.0));
    Ok(keys)
}

async fn names() -> Result<Vec<String>, ApiError> {
    let secrets = api::secret::list().await?;
    let mut names: Vec<_> = secrets.into_iter().map(|secret| secret.name).collect();
    names.sort();
    Ok(names)
}

fn name_problem(name: &str) -> Option<String> {
    let name = name.trim();
    if name.is_empty() {
        Some("Name the key after the program that gets it.".to_owned())
    } else if name.chars().count() > NAME_CHARS {
        Some(format!("A key's name has at most {NAME_CHARS} characters."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_a_name_of_some_length() {
        assert!(name_problem(" ").is_some());
        assert_eq!(name_problem(" flows "), None);
        assert!(name_problem(&"x".repeat(NAME_CHARS + 1)).is_some());
    }
}
