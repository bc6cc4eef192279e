//! The table of members, with everything it can be instead.

use leptos::prelude::*;
use strongroom_shared::operation::Member;

use super::Opened;
use super::rules::{Offer, Rules, find};
use crate::component::button::IconButton;
use crate::component::fetching::Fetching;
use crate::component::icon::Icon;
use crate::component::search::SearchField;
use crate::component::table::{Empty, TableHead};
use crate::component::time::RelativeTime;
use crate::fetched::Fetched;
use crate::role;
use crate::text::shown;

const MANY: usize = 10;

const COLUMNS: [(&str, &str); 4] =
    [("Member", ""), ("Role", "table__role"), ("Joined", "table__time"), ("Last log-in", "table__time")];

#[component]
pub fn MemberTable(
    members: Fetched<Vec<Member>>,
    rules: Memo<Rules>,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let count = Memo::new(move |_| members.data.get().map(|members| members.len()));
    view! {
        <section class="card" aria-label="The team's members">
            <div class="card__bar" hidden=move || count.get().is_none_or(|count| count <= MANY)>
                <SearchField search label="Search for a member" />
                <span class="card__count">{move || count.get().map(|count| format!("{count} members"))}</span>
            </div>
            <Fetching
                status=members.status()
                loading="Loading the team's members"
                failed="The members can't be loaded"
            >
                <Rows rules search opened />
            </Fetching>
        </section>
    }
}

#[component]
fn Rows(rules: Memo<Rules>, search: RwSignal<String>, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let found = Memo::new(move |_| rules.with(|rules| search.with(|search| find(&rules.members, search))));
    view! {
        <table class="table table--stacked" hidden=move || found.with(Vec::is_empty)>
            <TableHead columns=&COLUMNS />
            <tbody>
                {move || {
                    rules.track();
                    found.get().into_iter().map(|member| view! { <Row member rules opened /> }).collect_view()
                }}
            </tbody>
        </table>
        <Show when=move || found.with(Vec::is_empty)>
            <Empty icon=Icon::Search title="No member has this in their address or role.">
                <button type="button" class="button" on:click=move |_| search.set(String::new())>
                    "Clear search"
                </button>
            </Empty>
        </Show>
    }
}

#[component]
fn Row(member: Member, rules: Memo<Rules>, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let rules = rules.read_untracked();
    let is_me = rules.me == member.user_id;
    let email = shown(&member.email);
    let title = email.clone();
    let role = role::label(&member.role);
    let (icon, remove_label, danger) = if is_me {
        (Icon::LogOut, "Leave the team".to_owned(), false)
    } else {
        (Icon::Trash, format!("Remove {email}"), true)
    };
    let change_label = format!("Change the role of {email}");
    let end_label = format!("End the sessions of {email}");
    let (changed, ended, removed) = (member.clone(), member.clone(), member.clone());
    view! {
        <tr>
            <td class="table__lead">
                <span class="table__who">
                    <span class="table__text" title=title>{email}</span>
                    {is_me.then(|| view! { <span class="chip">"you"</span> })}
                </span>
            </td>
            <td data-label="Role">{role}</td>
            <td data-label="Joined">
                <RelativeTime time=member.joined.clone() />
            </td>
            <td data-label="Last log-in">
                {match member.last_login.clone() {
                    Some(time) => view! { <RelativeTime time /> }.into_any(),
                    None => view! { <span class="soft">"never"</span> }.into_any(),
                }}
            </td>
            <td class="table__actions">
                <OfferedButton
                    offer=rules.change(&member)
                    icon=Icon::Pencil
                    label=change_label
                    tooltip="Change role"
                    on_press=move |()| opened.set(Some(Opened::ChangeRole(changed.clone())))
                />
                <OfferedButton
                    offer=rules.end_sessions(&member)
                    icon=Icon::LogOut
                    label=end_label
                    tooltip="End sessions"
                    on_press=move |()| opened.set(Some(Opened::EndSessions(ended.clone())))
                />
                <OfferedButton
                    offer=rules.remove(&member)
                    icon
                    label=remove_label
                    tooltip=if is_me { "Leave the team" } else { "Remove member" }
                    danger
                    on_press=move |()| opened.set(Some(Opened::Remove(removed.clone())))
                />
            </td>
        </tr>
    }
}

#[component]
fn OfferedButton(
    offer: Offer,
    icon: Icon,
    label: String,
    tooltip: &'static str,
    #[prop(optional)] danger: bool,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    let refusal = match offer {
        Offer::Hidden => return None,
        Offer::Open => None,
        Offer::Refused(why) => Some(why),
    };
    Some(view! { <IconButton icon label tooltip refusal danger on_press /> })
}
