//! `/team/settings`: the team's names and id, its webhook, and leaving the team.

mod webhook;

use strongroom_shared::BuiltInRole;
use strongroom_shared::input::UpdateTeamInput;

use self::webhook::WebhookSection;
use super::members::{LAST_ADMINISTRATOR, RemoveDialog, is_last};
use crate::component::{
    Button, CopyButton, DialogHost, FactRow, FormDialog, PageHeading, Snackbar, Submission, TeamNameFields,
    TeamNames,
};
use crate::prelude::*;

#[derive(Clone, Copy)]
enum Dialog {
    Rename,
    Leave,
}

#[component]
pub fn TeamPage() -> impl IntoView {
    // The shell shows this page only to logged-in users.
    Session::expect().account().map(|account| view! { <Team account /> })
}

#[component]
fn Team(account: Account) -> impl IntoView {
    let session = Session::expect();
    let opened = RwSignal::new(None::<Dialog>);
    DialogHost::provide(opened, || ());
    let team = Memo::new(move |_| session.with_account(|account| account.team.clone()));
    let name = move || team.get().map(|team| shown(team.name));
    let slug = move || team.get().map(|team| team.slug);
    let id = account.team.id.to_string();
    let role = role::label(&account.role);
    let may_update = account.may(Permission::UpdateTeam);
    // Events name secrets, their authors and their readers.
    let may_have_webhook =
        may_update && account.may(Permission::ReadSecret) && account.may(Permission::ReadAuditLog);
    let rename = may_update.then(|| {
        let open = move |()| opened.set(Some(Dialog::Rename));
        view! { <Button class="button--small" on_press=open>"Rename"</Button> }.into_any()
    });
    let copy = view! { <CopyButton text=id.clone() what="the team ID" small=true /> };
    let me = StoredValue::new(account);

    view! {
        <div class="page">
            <PageHeading title="Team">"The team's names, and its ID for programs."</PageHeading>
            <section class="card" aria-label="The team">
                <dl>
                    <FactRow term="Name" action=rename><bdi>{name}</bdi></FactRow>
                    <FactRow term="Short name" note="Used in commands."><code>{slug}</code></FactRow>
                    <FactRow term="Team ID" note="Prefect calls it the tenant ID." action=Some(copy.into_any())>
                        <code>{id}</code>
                    </FactRow>
                    <FactRow term="Your role">{role}</FactRow>
                </dl>
            </section>
            // In a closure, which owns its dialogs: they are not this page's.
            {move || may_have_webhook.then(|| view! { <WebhookSection /> })}
            <LeaveSection me opened />
        </div>
        {move || opened.get().map(|dialog| match dialog {
            Dialog::Rename => view! { <RenameDialog /> }.into_any(),
            Dialog::Leave => {
                let (user_id, email) = me.with_value(|me| (me.user_id, me.email.clone()));
                view! { <RemoveDialog user_id email /> }.into_any()
            }
        })}
    }
}

#[component]
fn LeaveSection(me: StoredValue<Account>, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    // Only an administrator can be the last one, and they may see the members.
    let is_administrator = me.with_value(|account| account.role.0 == BuiltInRole::Administrator.as_str());
    let members = is_administrator.then(|| outcome_of(api::members()));
    let is_last = Memo::new(move |_| match members.map(|members| members.get()) {
        Some(Some(Ok(members))) => is_last(&members, me.with_value(|account| account.user_id)),
        _ => false,
    });
    let text = move || {
        if is_last.get() {
            LAST_ADMINISTRATOR
        } else {
            "You lose access to its secrets immediately. To return, you need a new invitation."
        }
    };
    view! {
        <section class="part" aria-labelledby="leave-title">
            <h2 class="part__title" id="leave-title">"Leave the team"</h2>
            <div class="card card--row">
                <p id="leave-text">{text}</p>
                <button
                    type="button"
                    class="button button--danger-outline"
                    aria-describedby="leave-text"
                    disabled=is_last
                    on:click=move |_| opened.set(Some(Dialog::Leave))
                >
                    "Leave team…"
                </button>
            </div>
        </section>
    }
}

#[component]
fn RenameDialog() -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let (name, slug) =
        session.account().map(|account| (account.team.name, account.team.slug)).unwrap_or_default();
    let names = TeamNames::new(name.clone(), slug.clone());
    let before = StoredValue::new((name, slug));
    let changed = move || {
        let (name, slug) = (names.name.text(), names.slug.text());
        before.with_value(|(old_name, old_slug)| UpdateTeamInput {
            name: (name != *old_name).then_some(name),
            slug: (slug != *old_slug).then_some(slug),
        })
    };
    let unchanged = Signal::derive(move || {
        let UpdateTeamInput { name, slug } = changed();
        name.is_none() && slug.is_none()
    });
    let fill = move || {
        names.check()?;
        Ok(api::change(changed()))
    };
    let submission = Submission::new(Signal::derive(move || !unchanged.get()), fill, move |()| {
        snackbar.say("Team renamed.");
        spawn_local(session.refresh());
    });
    view! {
        <FormDialog submission title="Rename team" action="Save" unchanged>
            <TeamNameFields names />
            <p class="dialog__aside">
                "Programs keep working, because the team's ID stays the same. Commands need the new short name."
            </p>
        </FormDialog>
    }
}
