//! The table of keys.

use strongroom_shared::DateTime;
use strongroom_shared::operation::ApiKey;

use super::Dialog;
use crate::clock::Clock;
use crate::component::{
    ActionsCell, Cell, Chips, Empty, ExpiryBadge, Fetching, Icon, IconButton, LastTime, LeadCell,
    RelativeTime, StackedTable,
};
use crate::expiry::Urgency;
use crate::prelude::*;

const COLUMNS: [(&str, &str); 5] = [
    ("Name", ""),
    ("Secrets", "keys__secrets"),
    ("Created by", "keys__made"),
    ("Expires", "table__time"),
    ("Last used", "table__time"),
];

const LIMITS_SHOWN: usize = 4;

#[component]
pub fn KeyTable(
    list: Fetched<Vec<ApiKey>>,
    held: Permissions,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let is_empty = list.is_empty();
    let content = move || {
        if is_empty.get() {
            view! { <NoKeys can_create=held.contains(Permission::CreateApiKey) /> }.into_any()
        } else {
            view! { <Rows list held opened /> }.into_any()
        }
    };
    view! {
        <section class="card" aria-label="The team's API keys">
            <Fetching status=list.status() what="the team's API keys">{content}</Fetching>
        </section>
    }
}

#[component]
fn Rows(list: Fetched<Vec<ApiKey>>, held: Permissions, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let may_update = held.contains(Permission::UpdateApiKey);
    let may_revoke = held.contains(Permission::DeleteApiKey);
    view! {
        <StackedTable columns=&COLUMNS actions=may_update || may_revoke class="keys__table">
            <For each=move || list.known() key=|key| key.id let:key>
                <Row key=list.row(key, |key| key.id) may_update may_revoke opened />
            </For>
        </StackedTable>
    }
}

#[component]
fn Row(
    key: Memo<ApiKey>,
    may_update: bool,
    may_revoke: bool,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let name = move || key.with(|key| shown(&key.name));
    let limits = move || view! { <Limits secrets=key.with(|key| key.secrets.clone()) /> };
    let last_used = move || view! { <LastTime time=key.with(|key| key.last_used.clone()) /> };
    let team_owned = move || {
        key.with(|key| key.is_team_owned).then(|| {
            view! { <span class="chip" title="Keeps working if its creator leaves the team.">"team-owned"</span> }
        })
    };
    let ApiKey { role, created, created_by, expires_at, .. } = key.get_untracked();
    view! {
        <tr role="row">
            <LeadCell>
                <span class="key-name" dir="auto">{name}</span>
                <span class="key-role">{role::label(&role)}</span>
            </LeadCell>
            <Cell label="Secrets">{limits}</Cell>
            <Cell label="Created by">
                <bdi class="fact__who">{shown(created_by)}</bdi>
                <span class="keys__when"><RelativeTime time=created /> {team_owned}</span>
            </Cell>
            <Cell label="Expires"><Expiry time=expires_at /></Cell>
            <Cell label="Last used">{last_used}</Cell>
            {(may_update || may_revoke).then(|| view! { <Actions key may_update may_revoke opened /> })}
        </tr>
    }
}

#[component]
fn Actions(
    key: Memo<ApiKey>,
    may_update: bool,
    may_revoke: bool,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let label = move |action: &str| key.with(|key| format!("{action} {}", shown(&key.name)));
    view! {
        <ActionsCell>
            {may_update.then(|| view! {
                <IconButton
                    icon=Icon::Pencil
                    label=Signal::derive(move || label("Edit API key"))
                    tooltip="Edit API key"
                    keys="e"
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
        </ActionsCell>
    }
}

#[component]
fn Limits(secrets: Option<Vec<String>>) -> impl IntoView {
    secrets.map_or_else(
        || "all secrets".into_any(),
        |names| view! { <Chips names limit=LIMITS_SHOWN /> }.into_any(),
    )
}

#[component]
fn Expiry(time: Option<DateTime>) -> impl IntoView {
    let Some(time) = time else {
        return "never".into_any();
    };
    let clock = Clock::expect();
    let end = time.clone();
    let is_fine = Memo::new(move |_| Urgency::of(clock.seconds_until(&end)) == Urgency::Fine);
    (move || {
        let time = time.clone();
        if is_fine.get() {
            view! { <RelativeTime time /> }.into_any()
        } else {
            view! { <ExpiryBadge time /> }.into_any()
        }
    })
    .into_any()
}

#[component]
fn NoKeys(can_create: bool) -> impl IntoView {
    view! {
        <Empty icon=Icon::Key title="Your team doesn't have any API keys yet.">
            <p class="empty__text">
                "A flow reads secrets with a key that has the " <strong>"runner"</strong>
                " role. You can limit the key to the secrets that the flow needs."
            </p>
            {can_create.then(|| view! {
                <p class="empty__text">
                    "Choose " <strong>"Create API key"</strong> ". You'll also get the settings for Prefect, ready to paste."
                </p>
            })}
        </Empty>
    }
}
