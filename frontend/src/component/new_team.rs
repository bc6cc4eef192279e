//! The fields for a team's names, and the dialog that creates a team.

use strongroom_shared::input::CreateTeamInput;
use strongroom_shared::limit::LABEL_CHARS;
use strongroom_shared::slug::{SLUG_CHARS, is_slug, slug_of_name};

use super::{Field, FormDialog, Snackbar, Submission, TextField};
use crate::prelude::*;
use crate::router::Router;

#[derive(Clone, Copy)]
pub struct TeamNames {
    pub name: Field,
    pub slug: Field,
}

impl TeamNames {
    pub fn new(name: String, slug: String) -> Self {
        Self {
            name: Field::new("team-name", name, team_name_problem),
            slug: Field::new("team-slug", slug, slug_problem),
        }
    }

    /// The short name follows the name until the user types another.
    fn follow(self) {
        Effect::watch(
            move || self.name.value.get(),
            move |name, before, _| {
                let slug = |name: &String| slug_of_name(&text::lower(name)).unwrap_or_default();
                if *self.slug.value.read_untracked() == before.map(slug).unwrap_or_default() {
                    self.slug.value.set(slug(name));
                }
            },
            false,
        );
    }

    pub fn check(self) -> Result<(), &'static str> {
        Field::check_all([self.name, self.slug])
    }
}

#[component]
pub fn TeamNameFields(names: TeamNames) -> impl IntoView {
    view! {
        <TextField field=names.name label="Team name" autofocus=true />
        <TextField field=names.slug label="Short name" hint=Some("Used in commands.".to_owned()) />
    }
}

#[component]
pub fn NewTeamDialog() -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let router = Router::expect();
    let names = TeamNames::new(String::new(), String::new());
    names.follow();
    let touched = Signal::derive(move || !names.name.is_empty() || !names.slug.is_empty());
    let fill = move || {
        names.check()?;
        Ok(api::mutate(CreateTeamInput { name: names.name.text(), slug: Some(names.slug.text()) }))
    };
    let submission = Submission::new(touched, fill, move |team| {
        let name = untrack(|| names.name.text());
        spawn_local(async move {
            match session.switch(team.id).await {
                Ok(()) => {
                    snackbar.say(format!("{name} created. You are its administrator."));
                    router.go(browser::HOME);
                }
                Err(error) => {
                    snackbar.say(format!("{name} was created, but could not be opened. {}", error.message()));
                }
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
    (!is_slug(slug.trim())).then(|| {
        format!("Use 1 to {SLUG_CHARS} lower-case letters and digits, with single dashes between them.")
    })
}

pub fn team_name_problem(name: &str) -> Option<String> {
    let name = name.trim();
    if name.is_empty() { Some("Give the team a name.".to_owned()) } else { text::too_long(name, LABEL_CHARS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn team_name_is_required_and_limited() {
        assert!(team_name_problem("  ").is_some());
        assert_eq!(team_name_problem(&"é".repeat(LABEL_CHARS)), None);
        assert!(team_name_problem(&"x".repeat(LABEL_CHARS + 1)).is_some());
    }
}
