//! `/team/members`: who is in the team and who is invited; invite, change roles, end sessions, remove, leave.
//!
//! Logic without a browser: [`rules`].

mod change_role;
mod end_sessions;
mod invitations;
mod invite;
mod remove;
mod rules;
mod table;
mod withdraw;

use leptos::prelude::*;
use leptos_router::components::A;
use strongroom_shared::Permission;
use strongroom_shared::operation::{Invitation, Member, Role};

use self::change_role::ChangeRoleDialog;
use self::end_sessions::EndSessionsDialog;
use self::invitations::InvitationTable;
use self::invite::InviteDialog;
pub use self::remove::RemoveDialog;
pub use self::rules::LAST_ADMINISTRATOR;
use self::rules::{Rules, is_last_administrator};
use self::table::MemberTable;
use self::withdraw::WithdrawDialog;
use crate::api;
use crate::browser;
use crate::component::heading::PageHeading;
use crate::component::lock::Locked;
use crate::fetched::Fetched;
use crate::session::{Account, Session};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Opened {
    Invite,
    ChangeRole(Member),
    EndSessions(Member),
    Remove(Member),
    Withdraw(Invitation),
}

pub fn is_last(members: &[Member], user_id: strongroom_shared::Uuid) -> bool {
    members.iter().any(|member| member.user_id == user_id && is_last_administrator(members, member))
}

#[component]
pub fn MembersPage() -> impl IntoView {
    // The frame shows this page to nobody else.
    Session::expect().account().map(|account| {
        let may_read = account.may(Permission::ReadMember);
        let may_invite = account.may(Permission::CreateMember);
        let opened = RwSignal::new(None::<Opened>);
        view! {
            <div class="page">
                <PageHeading
                    title="Members"
                    action=may_invite.then_some("Invite")
                    on_action=move |()| opened.set(Some(Opened::Invite))
                >
                    "The people in this team. What each of them may do depends on their "
                    <A href=browser::link("/team/roles")>"role"</A> "."
                </PageHeading>
                {if may_read {
                    view! { <Members account opened /> }.into_any()
                } else {
                    view! { <Locked what="this team's members" /> }.into_any()
                }}
            </div>
        }
    })
}

#[component]
fn Members(account: Account, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let session = Session::expect();
    let may_invite = account.may(Permission::CreateMember);
    let members = Fetched::new(api::member::list);
    let roles = Fetched::new(api::role::list);
    let invitations = may_invite.then(|| Fetched::new(api::member::invitations));
    let me = account.user_id;
    let held = account.permissions;
    let rules = Memo::new(move |_| Rules { me, held, roles: roles.known(), members: members.known() });
    let known_roles = Signal::derive(move || rules.with(|rules| rules.roles.clone()));
    let close = move |()| opened.set(None);
    let changed = move |()| {
        members.refresh();
        if let Some(invitations) = invitations {
            invitations.refresh();
        }
    };
    // What somebody does to themselves may take away the very page they do it on.
    let changed_member = move |user_id| {
        changed(());
        if user_id == me {
            leptos::task::spawn_local(session.recheck());
        }
    };

    view! {
        <MemberTable members rules opened />
        {invitations.map(|invitations| view! { <InvitationTable invitations opened /> })}
        {move || {
            let dialog = match opened.get()? {
                Opened::Invite => {
                    let invited = untrack(|| invitations.map(Fetched::known)).unwrap_or_default();
                    view! { <InviteDialog roles=known_roles held invited on_changed=changed on_closed=close /> }
                        .into_any()
                }
                Opened::ChangeRole(member) => view! {
                    <ChangeRoleDialog
                        is_me=member.user_id == me
                        member
                        roles=known_roles
                        held
                        on_changed=changed_member
                        on_closed=close
                    />
                }.into_any(),
                Opened::EndSessions(member) => {
                    view! { <EndSessionsDialog member on_closed=close /> }.into_any()
                }
                Opened::Remove(Member { user_id, email, .. }) => {
                    view! { <RemoveDialog user_id email on_changed=changed on_closed=close /> }.into_any()
                }
                Opened::Withdraw(invitation) => {
                    view! { <WithdrawDialog invitation on_changed=changed on_closed=close /> }.into_any()
                }
            };
            Some(dialog)
        }}
    }
}

/// The roles that a person can have, for those who choose one.
fn fit_person(roles: Vec<Role>) -> Vec<Role> {
    roles.into_iter().filter(|role| role.fits_person).collect()
}
