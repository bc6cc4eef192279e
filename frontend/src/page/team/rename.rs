//! The dialog that renames the team.

use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::input::UpdateTeamInput;

use crate::api;
use crate::component::form_dialog::{FormDialog, Submission};
use crate::component::new_team::{TeamNameFields, TeamNames};
use crate::component::snackbar::Snackbar;
use crate::session::Session;

#[component]
pub fn RenameDialog(#[prop(into)] on_closed: Callback<()>) -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let before = StoredValue::new(session.account().map(|account| account.team));
    let names = before.with_value(|team| {
        let (name, slug) =
            team.as_ref().map(|team| (team.name.clone(), team.slug.clone())).unwrap_or_default();
        TeamNames::new(name, slug)
    });
    let changed = move || {
        let (name, slug) = (names.name.read().trim().to_owned(), names.slug.read().trim().to_owned());
        before.with_value(|team| {
            let name = team.as_ref().is_none_or(|team| team.name != name).then_some(name);
            let slug = team.as_ref().is_none_or(|team| team.slug != slug).then_some(slug);
            UpdateTeamInput { name, slug }
        })
    };
    let is_changed = move || {
        let UpdateTeamInput { name, slug } = changed();
        name.is_some() || slug.is_some()
    };
    let submission = Submission::new(
        Signal::derive(is_changed),
        move || {
            names.check()?;
            Ok(api::team::update(untrack(changed)))
        },
        move |()| {
            snackbar.say("Team renamed.");
            spawn_local(session.refresh());
        },
    );
    view! {
        <FormDialog
            submission
            title="Rename team"
            action="Save"
            unchanged=Signal::derive(move || !is_changed())
            on_closed
        >
            <TeamNameFields names />
            <p class="dialog__aside">
                "Programs know the team by its id, which stays. Commands need the new short name from now on."
            </p>
        </FormDialog>
    }
}
