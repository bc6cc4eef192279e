//! The tables of members and of pending invitations.

use strongroom_shared::operation::{Invitation, Member};

use super::Dialog;
use super::rules::{Availability, Rules, find};
use crate::component::{Button, Empty, Fetching, Icon, IconButton, RelativeTime, SearchField, TableHead};
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
            <Fetching status=members.status() what="the team's members"><Rows rules search opened /></Fetching>
        </section>
    }
}

#[component]
fn Rows(rules: Memo<Rules>, search: RwSignal<String>, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let found = Memo::new(move |_| rules.with(|rules| search.with(|search| find(&rules.members, search))));
    let rows = move || {
        rules.track();
        found.get().into_iter().map(|member| view! { <Row member rules opened /> }).collect_view()
    };
    view! {
        <table class="table table--stacked" hidden=move || found.with(Vec::is_empty)>
            <TableHead columns=&COLUMNS />
            <tbody>{rows}</tbody>
        </table>
        <Show when=move || found.with(Vec::is_empty)>
            <Empty icon=Icon::Search title="No member matches.">
                <Button on_press=move |()| search.set(String::new())>"Clear search"</Button>
            </Empty>
        </Show>
    }
}

#[component]
fn Row(member: Member, rules: Memo<Rules>, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let rules = rules.read_untracked();
    let is_me = rules.me == member.user_id;
    let email = shown(&member.email);
    let title = email.clone();
    let role = role::label(&member.role);
    let last_login = match member.last_login.clone() {
        Some(time) => view! { <RelativeTime time /> }.into_any(),
        None => view! { <span class="soft">"never"</span> }.into_any(),
    };
    let (icon, remove_label, tooltip) = if is_me {
        (Icon::LogOut, "Leave the team".to_owned(), "Leave the team")
    } else {
        (Icon::Trash, format!("Remove {email}"), "Remove member")
    };
    let open = |dialog: fn(Member) -> Dialog| {
        let member = member.clone();
        move |()| opened.set(Some(dialog(member.clone())))
    };
    view! {
        <tr>
            <td class="table__lead">
                <span class="table__who">
                    <span class="table__text" title=title>{email.clone()}</span>
                    {is_me.then(|| view! { <span class="chip">"you"</span> })}
                </span>
            </td>
            <td data-label="Role">{role}</td>
            <td data-label="Joined"><RelativeTime time=member.joined.clone() /></td>
            <td data-label="Last login">{last_login}</td>
            <td class="table__actions">
                <Action
                    availability=rules.change(&member)
                    icon=Icon::Pencil
                    label=format!("Change the role of {email}")
                    tooltip="Change role"
                    on_press=open(Dialog::ChangeRole)
                />
                <Action
                    availability=rules.end_sessions(&member)
                    icon=Icon::LogOut
                    label=format!("End the sessions of {email}")
                    tooltip="End sessions"
                    on_press=open(Dialog::EndSessions)
                />
                <Action
                    availability=rules.remove(&member)
                    icon
                    label=remove_label
                    tooltip
                    danger=!is_me
                    on_press=open(Dialog::Remove)
                />
            </td>
        </tr>
    }
}

#[component]
fn Action(
    availability: Availability,
    icon: Icon,
    label: String,
    tooltip: &'static str,
    #[prop(optional)] danger: bool,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    let refusal = match availability {
        Availability::Hidden => return None,
        Availability::Enabled => None,
        Availability::Disabled(why) => Some(why),
    };
    Some(view! { <IconButton icon label tooltip refusal danger on_press /> })
}

#[component]
pub fn InvitationTable(
    invitations: Fetched<Vec<Invitation>>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let list = Memo::new(move |_| invitations.known());
    let is_hidden = move || list.with(Vec::is_empty) && invitations.error().is_none();
    let rows = move || {
        list.get().into_iter().map(|invitation| view! { <InvitationRow invitation opened /> }).collect_view()
    };
    view! {
        <section class="part" aria-labelledby="invitations-title" hidden=is_hidden>
            <h2 class="part__title" id="invitations-title">"Pending invitations"</h2>
            <div class="card">
                <Fetching status=invitations.status() what="the invitations">
                    <table class="table table--stacked">
                        <TableHead columns=&INVITATION_COLUMNS />
                        <tbody>{rows}</tbody>
                    </table>
                </Fetching>
            </div>
        </section>
    }
}

#[component]
fn InvitationRow(invitation: Invitation, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let email = shown(&invitation.email);
    let title = email.clone();
    let by = shown(&invitation.created_by);
    let by_title = by.clone();
    let role = role::label(&invitation.role);
    let expires = invitation.expires_at.clone();
    let label = format!("Withdraw the invitation of {email}");
    let withdraw = move |()| opened.set(Some(Dialog::Withdraw(invitation.clone())));
    view! {
        <tr>
            <td class="table__lead"><span class="table__text" title=title>{email}</span></td>
            <td data-label="Role">{role}</td>
            <td data-label="By"><span class="table__text" title=by_title>{by}</span></td>
            <td data-label="Link expires"><RelativeTime time=expires /></td>
            <td class="table__actions">
                <Button class="button--small" label on_press=withdraw>"Withdraw"</Button>
            </td>
        </tr>
    }
}
