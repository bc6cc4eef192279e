//! Teams and their names.

use strongroom_shared::{limit, slug, visible};

use super::id::TeamId;
use super::rule::Rule;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Prefect's `tenant_id`.
    pub id: TeamId,
    /// The short name in commands: `acme-data`.
    pub slug: Slug,
    pub name: TeamName,
}

/// A short name: lower-case letters, digits and single dashes between them, at most 63 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let rule =
            "A team's slug must have 1 to 63 lower-case letters, digits and single dashes between them.";
        if slug::is_slug(text) { Ok(Self(text.to_owned())) } else { Err(Rule::new(rule)) }
    }

    /// The default slug of a team's name; `team` if no character of the name fits.
    pub fn of_name(name: &TeamName) -> Self {
        Self(slug::slug_of_name(&name.as_str().to_lowercase()).unwrap_or_else(|| "team".to_owned()))
    }

    /// The slug with a number, for another team of that name.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let number = format!("-{number}");
        let kept = self.0.len().min(slug::SLUG_CHARS - number.len());
        Self(self.0[..kept].trim_end_matches('-').to_owned() + &number)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The display name: 1 to 100 characters, no control characters, no white space or invisible characters at either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamName(String);

impl TeamName {
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let rule = "A team's name must have 1 to 100 characters, no control characters, and no white space or \
                    invisible characters at its start or end.";
        if is_label(text) { Ok(Self(text.to_owned())) } else { Err(Rule::new(rule)) }
    }

    /// A stored name, which may be older than a rule.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text can be the name of a team or a key.
pub fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.trim().len() == text.len()
        && text.chars().count() <= limit::LABEL_CHARS
        && !text.chars().any(char::is_control)
        && !visible::has_hidden_end(text)
}
