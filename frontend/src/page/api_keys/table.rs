//! The table of keys.

use std::sync::Arc;

use strongroom_shared::DateTime;
use strongroom_shared::operation::ApiKey;

use super::Dialog;
use super::expiry::Urgency;
use crate::clock::Clock;
use crate::component::{
    Chips, Empty, Fetching, Icon, IconButton, LastTime, Picture, RelativeTime, TableHead,
};
use crate::prelude::*;

const COLUMNS: [(&str, &str); 5] = [
    ("Name", "keys__name"),
    ("Secrets", "keys__secrets"),
    ("Created by", "keys__made"),
    ("Expires", "keys__end"),
    ("Last used", "keys__used"),
];

const LIMITS_SHOWN: usize = 4;

#[component]
pub fn KeyTable(
    list: Fetched<Vec<ApiKey>>,
    held: Permissions,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let is_empty =
        Memo::new(move |_| list.data.with(|keys| keys.as_ref().is_some_and(|keys| keys.is_empty())));
    let content = move || {
        if is_empty.get() {
            view! { <NoKeys can_create=held.contains(Permission::CreateApiKey) /> }.into_any()
        } else {
            view! { <Rows list held opened /> }.into_any()
        }
    };
    view! {
        <section class="card keys" aria-label="The team's API keys">
            <Fetching status=list.status() what="the team's API keys">{content}</Fetching>
        </section>
    }
}

/// Narrow windows show the other columns below the name; see the table of secrets about the roles.
#[component]
fn Rows(list: Fetched<Vec<ApiKey>>, held: Permissions, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let may_update = held.contains(Permission::UpdateApiKey);
    let may_revoke = held.contains(Permission::DeleteApiKey);
    let rows = move || {
        let keys = list.data.get().unwrap_or_default();
        keys.iter().cloned().map(Arc::new).collect::<Vec<_>>()
    };
    view! {
        <table class="table keys__table" role="table">
            <TableHead columns=&COLUMNS actions=may_update || may_revoke />
            <tbody role="rowgroup">
                <For each=rows key=|key| key.id let:key>
                    <Row key=list.follow(key.clone(), move |keys| same(keys, &key)) may_update may_revoke opened />
                </For>
            </tbody>
        </table>
    }
}

fn same(keys: &[ApiKey], key: &ApiKey) -> Option<Arc<ApiKey>> {
    keys.iter().find(|other| other.id == key.id).cloned().map(Arc::new)
}

#[component]
fn Row(
    key: Memo<Arc<ApiKey>>,
    may_update: bool,
    may_revoke: bool,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let name = move || key.with(|key| shown(&key.name));
    let creator = move || key.with(|key| shown(&key.created_by));
    let team_owned = move || {
        key.with(|key| key.is_team_owned).then(|| {
            view! { <span class="chip" title="Keeps working if its creator leaves the team.">"team-owned"</span> }
        })
    };
    let last_used = move || view! { <LastTime time=key.with(|key| key.last_used.clone()) /> };
    view! {
        <tr role="row">
            <td role="cell" class="keys__name">
                <span class="key-name" dir="auto" title=name>{name}</span>
                <span class="key-role">{move || key.with(|key| role::label(&key.role))}</span>
            </td>
            <td role="cell" class="keys__secrets" data-label="Secrets">
                {move || view! { <Limits secrets=key.with(|key| key.secrets.clone()) /> }}
            </td>
            <td role="cell" class="keys__made" data-label="Created by">
                <bdi class="fact__who" title=creator>{creator}</bdi>
                <span class="keys__when">
                    {move || view! { <RelativeTime time=key.with(|key| key.created.clone()) /> }}
                    {team_owned}
                </span>
            </td>
            <td role="cell" class="keys__end" data-label="Expires">
                {move || view! { <Expiry time=key.with(|key| key.expires_at.clone()) /> }}
            </td>
            <td role="cell" class="keys__used" data-label="Last used">{last_used}</td>
            {(may_update || may_revoke).then(|| view! { <Actions key may_update may_revoke opened /> })}
        </tr>
    }
}

#[component]
fn Actions(
    key: Memo<Arc<ApiKey>>,
    may_update: bool,
    may_revoke: bool,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let label = move |action: &str| key.with(|key| format!("{action} {}", shown(&key.name)));
    view! {
        <td role="cell" class="table__actions">
            {may_update.then(|| view! {
                <IconButton
                    icon=Icon::Pencil
                    label=Signal::derive(move || label("Edit API key"))
                    tooltip="Edit API key"
                    on_press=move |()| opened.set(Some(Dialog::Edit(key.get_untracked())))
                />
            })}
            {may_revoke.then(|| view! {
                <IconButton
                    icon=Icon::Trash
                    label=Signal::derive(move || label("Revoke API key"))
                    tooltip="Revoke API key"
                    danger=true
                    on_press=move |()| opened.set(Some(Dialog::Revoke(key.get_untracked())))
                />
            })}
        </td>
    }
}

#[component]
fn Limits(secrets: Option<Vec<String>>) -> impl IntoView {
    secrets.map_or_else(
        || "all secrets".into_any(),
        |names| {
            let title = shown(names.join("\n"));
            view! { <Chips names limit=LIMITS_SHOWN title /> }.into_any()
        },
    )
}

#[component]
fn Expiry(time: Option<DateTime>) -> impl IntoView {
    let Some(time) = time else {
        return "never".into_any();
    };
    let clock = Clock::expect();
    let end = time.clone();
    let urgency = Memo::new(move |_| Urgency::of(clock.seconds_until(&end)));
    let is_expired = move || urgency.get() == Urgency::Expired;
    view! {
        <span class:key-end=move || urgency.get() != Urgency::Fine class:key-end--expired=is_expired>
            <Show when=move || urgency.get() != Urgency::Fine><Picture icon=Icon::Warning /></Show>
            <span>{move || is_expired().then_some("Expired ")} <RelativeTime time /></span>
        </span>
    }
    .into_any()
}

#[component]
fn NoKeys(can_create: bool) -> impl IntoView {
    view! {
        <Empty icon=Icon::Key title="Your team doesn't have any API keys yet.">
            <p class="empty__text">
                "A flow reads secrets with a key of the role " <strong>"runner"</strong>
                ". You can limit a key to the secrets that the flow needs."
            </p>
            {can_create.then(|| view! {
                <p class="empty__text">
                    "Choose " <strong>"Create API key"</strong> ". You get the settings for Prefect with it, ready to paste."
                </p>
            })}
        </Empty>
    }
}
