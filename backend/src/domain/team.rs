//! A team and its names.

use strongroom_shared::limit;

use super::id::TeamId;

/// A team: what every secret, member, key and audit entry belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// The team's id, Prefect's `tenant_id`.
    pub id: TeamId,
    /// The short name in commands: `acme-data`.
    pub slug: Slug,
    /// The name people read.
    pub name: TeamName,
}

/// A short name: lower-case letters, digits and single dashes between them, at most 63 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Checks a slug.
    ///
    /// # Errors
    /// The rule, in words, if `text` breaks it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let fits = !text.is_empty()
            && text.len() <= 63
            && text.split('-').all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err("A team's slug has 1 to 63 lower-case letters, digits and single dashes between them.")
        }
    }

    /// Makes a slug of a team's name; `team` where nothing of the name can be kept.
    pub fn of_name(name: &TeamName) -> Self {
        let mut slug = String::new();
        for character in name.as_str().to_lowercase().chars() {
            if character.is_ascii_alphanumeric() {
                slug.push(character);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(63);
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { "team" } else { slug }.to_owned())
    }

    /// The same with a number behind it, for the next team of that name.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let number = format!("-{number}");
        let kept = self.0.len().min(63 - number.len());
        Self(self.0[..kept].trim_end_matches('-').to_owned() + &number)
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name people read: 1 to 100 characters, no control characters, no white space at either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamName(String);

impl TeamName {
    /// Checks a name.
    ///
    /// # Errors
    /// The rule, in words, if `text` breaks it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if is_label(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(
                "A team's name has 1 to 100 characters, no control characters, and no white space at its start or end.",
            )
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` can label a thing for people: 1 to 100 characters, none of them control, no outer white space.
pub fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.trim().len() == text.len()
        && text.chars().count() <= limit::LABEL_CHARS
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_lower_case_words_with_dashes() {
        for good in ["a", "acme-data-2", "0"] {
            assert!(Slug::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "ä", &"a".repeat(64)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slug_is_made_of_any_name() {
        for (name, slug) in [
            ("Acme & Söhne", "acme-s-hne"),
            ("Data", "data"),
            ("日本", "team"),
            ("a!", "a"),
        ] {
            let name = TeamName::parse(name).expect("a valid name");
            assert_eq!(Slug::of_name(&name).as_str(), slug);
        }
    }
}
