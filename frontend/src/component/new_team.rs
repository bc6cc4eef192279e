//! The fields for a team's names, and the dialog that creates a team.

use leptos_router::hooks::use_navigate;
use strongroom_shared::input::CreateTeamInput;
use strongroom_shared::limit::LABEL_CHARS;
use strongroom_shared::slug::{SLUG_CHARS, is_slug, slug_of_name};

use super::{FormDialog, Snackbar, Submission, TextField, show_errors};
use crate::prelude::*;

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

    /// The short name follows the name until the user types another.
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
        show_errors([(NAME, self.name_error, name), (SLUG, self.slug_error, slug)])
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
            hint=Some("Used in commands.".to_owned())
        />
    }
}

#[component]
pub fn NewTeamDialog() -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let navigate = use_navigate();
    let names = TeamNames::new(String::new(), String::new());
    names.follow();
    let touched = Signal::derive(move || !names.name.read().is_empty() || !names.slug.read().is_empty());
    let fill = move || {
        names.check()?;
        let name = names.name.get_untracked().trim().to_owned();
        let slug = Some(names.slug.get_untracked().trim().to_owned());
        Ok(api::mutate(CreateTeamInput { name, slug }))
    };
    let submission = Submission::new(touched, fill, move |team| {
        let name = names.name.get_untracked().trim().to_owned();
        let navigate = navigate.clone();
        spawn_local(async move {
            match session.switch(team.id).await {
                Ok(()) => {
                    snackbar.say(format!("{name} created. You are its administrator."));
                    navigate(browser::HOME, leptos_router::NavigateOptions::default());
                }
                Err(error) => snackbar.say(format!("{name} created, but not opened. {}", error.message())),
            }
        });
    });
    view! {
        <FormDialog
            submission
            title="New team"
            action="Create team"
            intro="A team has its own secrets, members, roles and API keys. You become its administrator."
        >
            <TeamNameFields names />
        </FormDialog>
    }
}

fn slug_problem(slug: &str) -> Option<String> {
    (!is_slug(slug)).then(|| {
        format!("Use 1 to {SLUG_CHARS} lower-case letters and digits, with single dashes between them.")
    })
}

fn name_problem(name: &str) -> Option<String> {
    let name = name.trim();
    if name.is_empty() { Some("Give the team a name.".to_owned()) } else { text::too_long(name, LABEL_CHARS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn team_name_is_required_and_limited() {
        assert!(name_problem("  ").is_some());
        assert_eq!(name_problem(&"é".repeat(LABEL_CHARS)), None);
        assert!(name_problem(&"x".repeat(LABEL_CHARS + 1)).is_some());
    }
}
