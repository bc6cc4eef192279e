//! The dialog that makes a team, whose administrator one then is.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use strongroom_shared::input::CreateTeamInput;
use strongroom_shared::slug::slug_of_name;

use super::field::TextField;
use super::form_dialog::{FormDialog, Submission};
use super::snackbar::Snackbar;
use crate::api;
use crate::routes::HOME;
use crate::session::Session;
use crate::team::{name_problem, slug_problem};

const NAME: &str = "team-name";
const SLUG: &str = "team-slug";

#[derive(Clone, Copy)]
pub struct TeamNames {
    pub name: RwSignal<String>,
    pub slug: RwSignal<String>,
    name_error: RwSignal<Option<String>>,
    slug_error: RwSignal<Option<String>>,
}

impl TeamNames {
    pub fn new(name: String, slug: String) -> Self {
        Self {
            name: RwSignal::new(name),
            slug: RwSignal::new(slug),
            name_error: RwSignal::new(None),
            slug_error: RwSignal::new(None),
        }
    }

    /// The short name follows the name until somebody types another.
    fn follow(self) {
        Effect::watch(
            move || self.name.get(),
            move |name, before, _| {
                let followed = before.and_then(|before| slug_of_name(before)).unwrap_or_default();
                if *self.slug.read_untracked() == followed {
                    self.slug.set(slug_of_name(name).unwrap_or_default());
                }
            },
            false,
        );
    }

    pub fn check(self) -> Result<(), &'static str> {
        let name = name_problem(&self.name.read_untracked());
        let slug = slug_problem(self.slug.read_untracked().trim());
        let checked = match (&name, &slug) {
            (Some(_), _) => Err(NAME),
            (None, Some(_)) => Err(SLUG),
            (None, None) => Ok(()),
        };
        self.name_error.set(name);
        self.slug_error.set(slug);
        checked
    }
}

#[component]
pub fn TeamNameFields(names: TeamNames) -> impl IntoView {
    view! {
        <TextField id=NAME label="Team name" autofocus=true value=names.name error=names.name_error />
        <TextField
            id=SLUG
            label="Short name"
            value=names.slug
            error=names.slug_error
            hint=Some("What the team is called in commands.".to_owned())
        />
    }
}

#[component]
pub fn NewTeamDialog(#[prop(into)] on_closed: Callback<()>) -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let navigate = use_navigate();
    let names = TeamNames::new(String::new(), String::new());
    names.follow();
    let touched = Signal::derive(move || !names.name.read().is_empty() || !names.slug.read().is_empty());
    let submission = Submission::new(
        touched,
        move || {
            names.check()?;
            Ok(api::team::create(CreateTeamInput {
                name: names.name.get_untracked().trim().to_owned(),
                slug: Some(names.slug.get_untracked().trim().to_owned()),
            }))
        },
        move |team| {
            let name = names.name.get_untracked().trim().to_owned();
            let navigate = navigate.clone();
            spawn_local(async move {
                match session.switch(team).await {
                    Ok(()) => {
                        snackbar.say(format!("{name} is there. You are its administrator."));
                        navigate(HOME, leptos_router::NavigateOptions::default());
                    }
                    Err(error) => {
                        snackbar
                            .say(format!("{name} is there, but could not be opened. {}", error.message()));
                    }
                }
            });
        },
    );
    view! {
        <FormDialog
            submission
            title="New team"
            action="Create team"
            intro="A team has its own secrets, members, roles and API keys. You become its administrator."
            on_closed
        >
            <TeamNameFields names />
        </FormDialog>
    }
}
