//! The table of keys, with everything it can be instead: loading, failed, empty.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::DateTime;
use strongroom_shared::operation::ApiKey;

use super::expiry::Urgency;
use super::{Allowed, Opened};
use crate::component::button::IconButton;
use crate::component::fetching::Fetching;
use crate::component::icon::{Icon, Picture};
use crate::component::table::{Chips, Empty, TableHead};
use crate::component::time::RelativeTime;
use crate::fetched::Fetched;
use crate::role;
use crate::text::shown;

const COLUMNS: [(&str, &str); 5] = [
    ("Name", "keys__name"),
    ("Secrets", "keys__secrets"),
    ("Made by", "keys__made"),
    ("Expires", "keys__end"),
    ("Last used", "keys__used"),
];

const LIMITS_SHOWN: usize = 4;

#[component]
pub fn KeyTable(
    list: Fetched<Vec<ApiKey>>,
    allowed: Allowed,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let is_empty =
        Memo::new(move |_| list.data.with(|keys| keys.as_ref().is_some_and(|keys| keys.is_empty())));
    view! {
        <section class="card keys" aria-label="The team's API keys">
            <Fetching
                status=list.status()
                loading="Loading the team's API keys"
                failed="The API keys can't be loaded"
            >
                {move || {
                    if is_empty.get() {
                        view! { <NoKeys can_add=allowed.create /> }.into_any()
                    } else {
                        view! { <Rows list allowed opened /> }.into_any()
                    }
                }}
            </Fetching>
        </section>
    }
}

/// Narrow windows show a key's facts below its name; see the table of secrets about the roles.
#[component]
fn Rows(list: Fetched<Vec<ApiKey>>, allowed: Allowed, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let has_actions = allowed.update || allowed.revoke;
    let rows = move || {
        let keys = list.data.get().unwrap_or_default();
        keys.iter().cloned().map(Arc::new).collect::<Vec<_>>()
    };
    view! {
        <table class="table keys__table" role="table">
            <TableHead columns=&COLUMNS actions=has_actions />
            <tbody role="rowgroup">
                <For each=rows key=|key| key.id let:key>
                    <Row key=list.follow(key.clone(), move |keys| same(keys, &key)) allowed opened />
                </For>
            </tbody>
        </table>
    }
}

fn same(keys: &[ApiKey], key: &ApiKey) -> Option<Arc<ApiKey>> {
    keys.iter().find(|other| other.id == key.id).cloned().map(Arc::new)
}

#[component]
fn Row(key: Memo<Arc<ApiKey>>, allowed: Allowed, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let name = move || key.with(|key| shown(&key.name));
    let maker = move || key.with(|key| shown(&key.created_by));
    view! {
        <tr role="row">
            <td role="cell" class="keys__name">
                <span class="key-name" dir="auto" title=name>{name}</span>
                <span class="key-role">{move || key.with(|key| role::label(&key.role))}</span>
            </td>
            <td role="cell" class="keys__secrets" data-label="Secrets">
                {move || view! { <Limits secrets=key.with(|key| key.secrets.clone()) /> }}
            </td>
            <td role="cell" class="keys__made" data-label="Made by">
                <bdi class="fact__who" title=maker>{maker}</bdi>
                <span class="keys__when">
                    {move || view! { <RelativeTime time=key.with(|key| key.created.clone()) /> }}
                    {move || {
                        key.with(|key| key.is_team_owned)
                            .then(|| view! {
                                <span class="chip" title="It goes on working, whoever leaves the team.">
                                    "team's own"
                                </span>
                            })
                    }}
                </span>
            </td>
            <td role="cell" class="keys__end" data-label="Expires">
                {move || view! { <End time=key.with(|key| key.expires_at.clone()) /> }}
            </td>
            <td role="cell" class="keys__used" data-label="Last used">
                {move || match key.with(|key| key.last_used.clone()) {
                    Some(time) => view! { <RelativeTime time /> }.into_any(),
                    None => "never".into_any(),
                }}
            </td>
            {(allowed.update || allowed.revoke).then(|| view! { <Actions key allowed opened /> })}
        </tr>
    }
}

#[component]
fn Actions(key: Memo<Arc<ApiKey>>, allowed: Allowed, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let label = move |action: &str| key.with(|key| format!("{action} {}", shown(&key.name)));
    view! {
        <td role="cell" class="table__actions">
            {allowed.update.then(|| view! {
                <IconButton
                    icon=Icon::Pencil
                    label=Signal::derive(move || label("Edit API key"))
                    tooltip="Edit API key"
                    on_press=move |()| opened.set(Some(Opened::Edit(key.get_untracked())))
                />
            })}
            {allowed.revoke.then(|| view! {
                <IconButton
                    icon=Icon::Trash
                    label=Signal::derive(move || label("Revoke API key"))
                    tooltip="Revoke API key"
                    danger=true
                    on_press=move |()| opened.set(Some(Opened::Revoke(key.get_untracked())))
                />
            })}
        </td>
    }
}

#[component]
fn Limits(secrets: Option<Vec<String>>) -> impl IntoView {
    match secrets {
        None => "all secrets".into_any(),
        Some(names) => {
            let all = shown(names.join("\n"));
            view! { <Chips names limit=LIMITS_SHOWN title=all /> }.into_any()
        }
    }
}

#[component]
fn End(time: Option<DateTime>) -> impl IntoView {
    let Some(time) = time else {
        return "never".into_any();
    };
    match Urgency::of(&time) {
        Urgency::Fine => view! { <RelativeTime time /> }.into_any(),
        urgency => {
            let is_over = urgency == Urgency::Over;
            view! {
                <span class="key-end" class:key-end--soon=!is_over class:key-end--over=is_over>
                    <Picture icon=Icon::Warning />
                    <span>{is_over.then_some("Expired ")} <RelativeTime time /></span>
                </span>
            }
            .into_any()
        }
    }
}

#[component]
fn NoKeys(can_add: bool) -> impl IntoView {
    view! {
        <Empty icon=Icon::Key title="Your team doesn't have any API keys yet.">
            <p class="empty__text">
                "A flow reads secrets with a key of the role " <strong>"runner"</strong>
                ": it can read values and change nothing, each read is in the audit log, and it can be limited to the secrets that the flow needs."
            </p>
            {can_add.then(|| view! {
                <p class="empty__text">
                    "Choose " <strong>"Create API key"</strong>
                    " to make the first one. You get the settings for Prefect with it, ready to paste."
                </p>
            })}
        </Empty>
    }
}
