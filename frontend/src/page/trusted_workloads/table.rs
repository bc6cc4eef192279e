//! The table of trusts.

use strongroom_shared::operation::{Trust, TrustLogin};

use super::Dialog;
use super::draft::Draft;
use super::identity::Identity;
use crate::component::{
    ActionsCell, Button, Cell, Chips, Empty, Fetching, Icon, IconButton, LastTime, LeadCell, StackedTable,
};
use crate::prelude::*;

const COLUMNS: [(&str, &str); 4] =
    [("Name", "keys__made"), ("Trusted identity", ""), ("Role", "keys__made"), ("Last login", "keys__made")];

const LIMITS_SHOWN: usize = 4;

#[component]
pub fn TrustTable(
    list: Fetched<Vec<Trust>>,
    held: Permissions,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let is_empty = list.is_empty();
    let content = move || {
        if is_empty.get() {
            view! { <NoTrusts can_create=held.contains(Permission::CreateApiKey) opened /> }.into_any()
        } else {
            view! {
                <StackedTable columns=&COLUMNS class="keys__table">
                    <For each=move || list.known() key=|trust| trust.id let:trust>
                        <Row trust=list.row(trust, |trust| trust.id) held opened />
                    </For>
                </StackedTable>
            }
            .into_any()
        }
    };
    view! {
        <section class="card" aria-label="The team's trusted workloads">
            <Fetching status=list.status() what="the team's trusted workloads">{content}</Fetching>
        </section>
    }
}

#[component]
fn Row(trust: Memo<Trust>, held: Permissions, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let identity = Memo::new(move |_| trust.with(Identity::of));
    let claim = |line: String| view! { <bdi class="key-role">{shown(line)}</bdi> };
    let claims = move || identity.with(Identity::describe).into_iter().map(claim).collect_view();
    let last = move || {
        let last = trust.with(|trust| trust.logins.first().cloned());
        let (time, subject) = last.map(|TrustLogin { created, subject, .. }| (created, subject)).unzip();
        view! {
            <LastTime time />
            {subject.map(|subject| view! { <bdi class="key-role">{shown(subject)}</bdi> })}
        }
    };
    let limits = move || trust.with(|trust| trust.secrets.clone());
    let limits = move || limits().map(|names| view! { <Chips names limit=LIMITS_SHOWN /> });
    view! {
        <tr role="row">
            <LeadCell>
                <span class="key-name" dir="auto">{move || trust.with(|trust| shown(&trust.name))}</span>
            </LeadCell>
            <Cell label="Trusted identity">
                <span class="key-name">{move || shown(identity.with(Identity::label))}</span>
                {claims}
            </Cell>
            <Cell label="Role">
                <span class="key-role">{move || trust.with(|trust| role::label(&trust.role))}</span>
                {limits}
            </Cell>
            <Cell label="Last login">{last}</Cell>
            <Actions trust held opened />
        </tr>
    }
}

#[component]
fn Actions(trust: Memo<Trust>, held: Permissions, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let label = move |action: &'static str| {
        Signal::derive(move || trust.with(|trust| format!("{action} {}", shown(&trust.name))))
    };
    let open = move |dialog: fn(Trust) -> Dialog| move |()| opened.set(Some(dialog(trust.get_untracked())));
    view! {
        <ActionsCell>
            <IconButton
                icon=Icon::Code
                label=label("How to log in with")
                tooltip="How to log in"
                on_press=open(|trust| Dialog::LogIn { draft: Draft::of(&trust), logins: Some(trust.logins) })
            />
            {held.contains(Permission::UpdateApiKey).then(|| view! {
                <IconButton
                    icon=Icon::Shield
                    label=label("Test a token for")
                    tooltip="Test a token"
                    on_press=open(Dialog::Test)
                />
                <IconButton
                    icon=Icon::Pencil
                    label=label("Edit trust")
                    tooltip="Edit trust"
                    keys="e"
                    on_press=open(|trust| Dialog::Set(Some(trust)))
                />
            })}
            {held.contains(Permission::DeleteApiKey).then(|| view! {
                <IconButton
                    icon=Icon::Trash
                    label=label("Remove trust")
                    tooltip="Remove trust"
                    danger=true
                    on_press=open(Dialog::Remove)
                />
            })}
        </ActionsCell>
    }
}

#[component]
fn NoTrusts(can_create: bool, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let add = move |()| opened.set(Some(Dialog::Set(None)));
    view! {
        <Empty icon=Icon::Code title="Your team doesn't trust any workloads yet.">
            <p class="empty__text">
                "A GitHub workflow, a GitLab job or a Kubernetes service account can log in with its own identity, so \
                 there is no key to store."
            </p>
            {can_create.then(|| view! {
                <Button class="button--primary" on_press=add>"Trust your first workload"</Button>
            })}
        </Empty>
    }
}
