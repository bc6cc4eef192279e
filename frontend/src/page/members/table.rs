//! The tables of members and of pending invitations.

use strongroom_shared::operation::{Invitation, Member};

use super::Dialog;
use super::rules::{Availability, Rules, find};
use crate::component::{
    ActionsCell, Button, Cell, Empty, Fetching, Icon, IconButton, LastTime, LeadCell, RelativeTime,
    SearchField, StackedTable,
};
use crate::prelude::*;

/// More members than this need a search field.
const MANY: usize = 10;

const COLUMNS: [(&str, &str); 4] =
    [("Member", ""), ("Role", "table__role"), ("Joined", "table__time"), ("Last login", "table__time")];

const INVITATION_COLUMNS: [(&str, &str); 4] =
    [("Invited", ""), ("Role", "table__role"), ("By", ""), ("Link expires", "table__time")];

#[component]
pub fn MemberTable(
    members: Fetched<Vec<Member>>,
    rules: Memo<Rules>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let count = Memo::new(move |_| members.data.get().map(|members| members.len()));
    view! {
        <section class="card" aria-label="The team's members">
            <div class="card__bar" hidden=move || count.get().is_none_or(|count| count <= MANY)>
                <SearchField search label="Search for a member" />
                <span class="card__count">{move || count.get().map(|count| format!("{count} members"))}</span>
            </div>
            <Fetching status=members.status() what="the team's members">
                <Rows members rules search opened />
            </Fetching>
        </section>
    }
}

#[component]
fn Rows(
    members: Fetched<Vec<Member>>,
    rules: Memo<Rules>,
    search: RwSignal<String>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let found = Memo::new(move |_| rules.with(|rules| search.with(|search| find(&rules.members, search))));
    view! {
        <div hidden=move || found.with(Vec::is_empty)>
            <StackedTable columns=&COLUMNS>
                <For each=move || found.get() key=|member| member.user_id let:member>
                    <Row member=members.row(member, |member| member.user_id) rules opened />
                </For>
            </StackedTable>
        </div>
        <Show when=move || found.with(Vec::is_empty)>
            <Empty icon=Icon::Search title="No member matches.">
                <Button on_press=move |()| search.set(String::new())>"Clear search"</Button>
            </Empty>
        </Show>
    }
}

#[component]
fn Row(member: Memo<Member>, rules: Memo<Rules>, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let Member { user_id, email, joined, .. } = member.get_untracked();
    let is_me = rules.with_untracked(|rules| rules.me == user_id);
    let email = shown(email);
    let role = move || member.with(|member| role::label(&member.role));
    let last_login = move || view! { <LastTime time=member.with(|member| member.last_login.clone()) /> };
    let (icon, remove_label, tooltip) = if is_me {
        (Icon::LogOut, "Leave the team".to_owned(), "Leave the team")
    } else {
        (Icon::Trash, format!("Remove {email}"), "Remove member")
    };
    let (change_label, end_label) =
        (format!("Change the role of {email}"), format!("End the sessions of {email}"));
    let available = move |rule: fn(&Rules, &Member) -> Availability| {
        Memo::new(move |_| rules.with(|rules| member.with(|member| rule(rules, member))))
    };
    let open = move |dialog: fn(Member) -> Dialog| move |()| opened.set(Some(dialog(member.get_untracked())));
    view! {
        <tr role="row">
            <LeadCell>
                <span>{email}</span>
                " "
                {is_me.then(|| view! { <span class="chip">"you"</span> })}
            </LeadCell>
            <Cell label="Role">{role}</Cell>
            <Cell label="Joined"><RelativeTime time=joined /></Cell>
            <Cell label="Last login">{last_login}</Cell>
            <ActionsCell>
                <Action
                    availability=available(Rules::change)
                    icon=Icon::Pencil
                    label=change_label
                    tooltip="Change role"
                    on_press=open(Dialog::ChangeRole)
                />
                <Action
                    availability=available(Rules::end_sessions)
                    icon=Icon::LogOut
                    label=end_label
                    tooltip="End sessions"
                    on_press=open(Dialog::EndSessions)
                />
                <Action
                    availability=available(Rules::remove)
                    icon
                    label=remove_label
                    tooltip
                    danger=!is_me
                    on_press=open(Dialog::Remove)
                />
            </ActionsCell>
        </tr>
    }
}

#[component]
fn Action(
    availability: Memo<Availability>,
    icon: Icon,
    label: String,
    tooltip: &'static str,
    #[prop(optional)] danger: bool,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    move || {
        let refusal = match availability.get() {
            Availability::Hidden => return None,
            Availability::Enabled => None,
            Availability::Disabled(why) => Some(why),
        };
        Some(view! { <IconButton icon label=label.clone() tooltip refusal danger on_press /> })
    }
}

#[component]
pub fn InvitationTable(
    invitations: Fetched<Vec<Invitation>>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let status = invitations.status();
    let is_hidden = move || invitations.known().is_empty() && status.error.with(Option::is_none);
    view! {
        <section class="part" aria-labelledby="invitations-title" hidden=is_hidden>
            <h2 class="part__title" id="invitations-title">"Pending invitations"</h2>
            <div class="card">
                <Fetching status what="the invitations">
                    <StackedTable columns=&INVITATION_COLUMNS>
                        <For each=move || invitations.known() key=|invitation| invitation.id let:invitation>
                            <InvitationRow invitation opened />
                        </For>
                    </StackedTable>
                </Fetching>
            </div>
        </section>
    }
}

/// An invitation never changes.
#[component]
fn InvitationRow(invitation: Invitation, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let Invitation { email, role, created_by, expires_at, .. } = invitation.clone();
    let email = shown(email);
    let label = format!("Withdraw the invitation of {email}");
    let withdraw = move |()| opened.set(Some(Dialog::Withdraw(invitation.clone())));
    view! {
        <tr role="row">
            <LeadCell>{email}</LeadCell>
            <Cell label="Role">{role::label(&role)}</Cell>
            <Cell label="By">{shown(created_by)}</Cell>
            <Cell label="Link expires"><RelativeTime time=expires_at /></Cell>
            <ActionsCell>
                <Button class="button--small" label on_press=withdraw>"Withdraw"</Button>
            </ActionsCell>
        </tr>
    }
}
