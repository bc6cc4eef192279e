//! `/team/members`: the members and the pending invitations.
//!
//! Logic without a browser: [`rules`].

mod dialogs;
mod invite;
mod rules;
mod table;

use strongroom_shared::operation::{Invitation, Member, Role};

pub use self::dialogs::RemoveDialog;
use self::dialogs::{ChangeRoleDialog, EndSessionsDialog, WithdrawDialog};
use self::invite::{InviteDialog, InvitedDialog, Link};
pub use self::rules::LAST_ADMINISTRATOR;
use self::rules::{Rules, is_last_administrator};
use self::table::{InvitationTable, MemberTable};
use crate::component::{DialogHost, Locked, PageHeading};
use crate::prelude::*;

#[derive(Clone)]
enum Dialog {
    Invite,
    Invited(Link),
    ChangeRole(Member),
    EndSessions(Member),
    Remove(Member),
    Withdraw(Invitation),
}

pub fn is_last(members: &[Member], user_id: Uuid) -> bool {
    members.iter().any(|member| member.user_id == user_id && is_last_administrator(members, member))
}

#[component]
pub fn MembersPage() -> impl IntoView {
    // The shell shows this page only to logged-in users.
    Session::expect().account().map(|account| {
        let may_invite = account.may(Permission::CreateMember);
        let opened = RwSignal::new(None::<Dialog>);
        view! {
            <div class="page">
                <PageHeading
                    title="Members"
                    action=may_invite.then_some("Invite member")
                    on_action=move |()| opened.set(Some(Dialog::Invite))
                >
                    "The people in this team. Their permissions depend on their "
                    <a href=browser::link("/team/roles")>"role"</a> "."
                </PageHeading>
                {if account.may(Permission::ReadMember) {
                    view! { <Members account opened /> }.into_any()
                } else {
                    view! { <Locked what="this team's members" /> }.into_any()
                }}
            </div>
        }
    })
}

#[component]
fn Members(account: Account, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let session = Session::expect();
    let members = Fetched::new(api::members);
    let roles = Fetched::new(api::roles);
    let invitations = account.may(Permission::CreateMember).then(|| Fetched::new(api::invitations));
    let me = account.user_id;
    let held = account.permissions;
    let rules = Memo::new(move |_| Rules { me, held, roles: roles.known(), members: members.known() });
    let known_roles = Signal::derive(move || rules.with(|rules| rules.roles.clone()));
    let refresh = move || {
        members.catch_up();
        if let Some(invitations) = invitations {
            invitations.catch_up();
        }
    };
    DialogHost::provide(opened, refresh);
    // A change of the user's own role may hide this page.
    let changed_member = move |user_id| {
        refresh();
        if user_id == me {
            spawn_local(session.recheck());
        }
    };

    view! {
        <MemberTable members rules opened />
        {invitations.map(|invitations| view! { <InvitationTable invitations opened /> })}
        {move || opened.get().map(|dialog| match dialog {
            Dialog::Invite => {
                let invited = untrack(|| invitations.map(Fetched::known)).unwrap_or_default();
                view! { <InviteDialog roles=known_roles held invited opened /> }.into_any()
            }
            Dialog::Invited(link) => view! { <InvitedDialog link /> }.into_any(),
            Dialog::ChangeRole(member) => {
                view! { <ChangeRoleDialog member roles=known_roles held on_changed=changed_member /> }.into_any()
            }
            Dialog::EndSessions(member) => view! { <EndSessionsDialog member /> }.into_any(),
            Dialog::Remove(Member { user_id, email, .. }) => view! { <RemoveDialog user_id email /> }.into_any(),
            Dialog::Withdraw(invitation) => view! { <WithdrawDialog invitation /> }.into_any(),
        })}
    }
}

fn fit_person(roles: Vec<Role>) -> Vec<Role> {
    roles.into_iter().filter(|role| role.fits_person).collect()
}
