//! `/team/settings`: what the team is called, by which id programs know it, and the way out of it.

mod rename;

use leptos::prelude::*;
use strongroom_shared::{BuiltInRole, Permission};

use self::rename::RenameDialog;
use super::members::{LAST_ADMINISTRATOR, RemoveDialog, is_last};
use crate::api;
use crate::component::copy::CopyButton;
use crate::component::heading::PageHeading;
use crate::request::outcome_of;
use crate::role;
use crate::session::{Account, Session};
use crate::text::shown;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    Rename,
    Leave,
}

#[component]
pub fn TeamPage() -> impl IntoView {
    // The frame shows this page to nobody else.
    Session::expect().account().map(|account| view! { <Team account /> })
}

#[component]
fn Team(account: Account) -> impl IntoView {
    let session = Session::expect();
    let opened = RwSignal::new(None::<Opened>);
    let close = move |()| opened.set(None);
    let team = Memo::new(move |_| session.with_account(|account| account.team.clone()));
    let name = move || team.get().map(|team| shown(team.name));
    let slug = move || team.get().map(|team| team.slug);
    let id = account.team.id.to_string();
    let may_rename = account.may(Permission::UpdateTeam);
    let role = role::label(&account.role);
    let me = StoredValue::new(account);

    view! {
        <div class="page">
            <PageHeading title="Team">"What this team is called, and how programs know it."</PageHeading>
            <section class="card" aria-label="The team">
                <dl class="facts">
                    <div class="facts__row">
                        <dt>"Name"</dt>
                        <dd>
                            <bdi>{name}</bdi>
                        </dd>
                        {may_rename.then(|| view! {
                            <dd class="facts__action">
                                <button
                                    type="button"
                                    class="button button--small"
                                    on:click=move |_| opened.set(Some(Opened::Rename))
                                >
                                    "Rename"
                                </button>
                            </dd>
                        })}
                    </div>
                    <div class="facts__row">
                        <dt>"Short name"</dt>
                        <dd>
                            <code>{slug}</code>
                            <p class="facts__note">"What the team is called in commands."</p>
                        </dd>
                    </div>
                    <div class="facts__row">
                        <dt>"Team ID"</dt>
                        <dd>
                            <code>{id.clone()}</code>
                            <p class="facts__note">"Prefect calls it the tenant id."</p>
                        </dd>
                        <dd class="facts__action">
                            <CopyButton text=id what="the team ID" small=true />
                        </dd>
                    </div>
                    <div class="facts__row">
                        <dt>"Your role"</dt>
                        <dd>{role}</dd>
                    </div>
                </dl>
            </section>
            <LeaveSection me opened />
        </div>
        {move || {
            let dialog = match opened.get()? {
                Opened::Rename => view! { <RenameDialog on_closed=close /> }.into_any(),
                Opened::Leave => {
                    let (user_id, email) = me.with_value(|me| (me.user_id, me.email.clone()));
                    view! { <RemoveDialog user_id email on_changed=|()| () on_closed=close /> }.into_any()
                }
            };
            Some(dialog)
        }}
    }
}

#[component]
fn LeaveSection(me: StoredValue<Account>, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    // Only an administrator can be the last one, and they may see the members.
    let is_administrator = me.with_value(|account| account.role.0 == BuiltInRole::Administrator.as_str());
    let members = is_administrator.then(|| outcome_of(api::member::list()));
    let is_last = Memo::new(move |_| match members?.read().as_ref()? {
        Ok(members) => Some(is_last(members, me.with_value(|account| account.user_id))),
        Err(_) => None,
    });
    let is_last = move || is_last.get() == Some(true);
    view! {
        <section class="part" aria-labelledby="leave-title">
            <h2 class="part__title" id="leave-title">"Leave the team"</h2>
            <div class="card card--row">
                <p id="leave-text">
                    {move || {
                        if is_last() {
                            LAST_ADMINISTRATOR
                        } else {
                            "You lose access to its secrets at once. To come back, you have to be invited again."
                        }
                    }}
                </p>
                <button
                    type="button"
                    class="button button--danger-outline"
                    aria-describedby="leave-text"
                    disabled=is_last
                    on:click=move |_| opened.set(Some(Opened::Leave))
                >
                    "Leave team…"
                </button>
            </div>
        </section>
    }
}
