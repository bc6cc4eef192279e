//! What is known of a secret besides its name, and which of it people want to see.
//!
//! To add a fact: a variant, its label, its order, its text in [`super::table`], and its width in `style/secrets.css`.

use std::cmp::Ordering;

use strongroom_shared::operation::Secret;

use crate::browser;

/// The key in the browser's storage. It holds names of columns, and nothing of the team's.
const KEY: &str = "strongroom.columns";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    Ascending,
    Descending,
}

impl Direction {
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }

    pub const fn as_aria(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// When it was last set, renamed or described.
    Updated,
    UpdatedBy,
    /// How often its value was set.
    Version,
    LastRead,
    LastReadBy,
}

impl Fact {
    pub const ALL: [Self; 5] =
        [Self::Updated, Self::UpdatedBy, Self::Version, Self::LastRead, Self::LastReadBy];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Updated => "Updated",
            Self::UpdatedBy => "Updated by",
            Self::Version => "Version",
            Self::LastRead => "Last read",
            Self::LastReadBy => "Last read by",
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::UpdatedBy => "updated-by",
            Self::Version => "version",
            Self::LastRead => "last-read",
            Self::LastReadBy => "last-read-by",
        }
    }

    /// The end that people want first: what is new, and what begins with A.
    pub const fn first_direction(self) -> Direction {
        match self {
            Self::Updated | Self::Version | Self::LastRead => Direction::Descending,
            Self::UpdatedBy | Self::LastReadBy => Direction::Ascending,
        }
    }

    /// The ascending order. Times are all of one form, so that their text is in the order of time; never comes first.
    pub fn order(self, one: &Secret, two: &Secret) -> Ordering {
        let folded = |text: &str| text.to_lowercase();
        match self {
            Self::Updated => one.updated.0.cmp(&two.updated.0),
            Self::UpdatedBy => folded(&one.updated_by).cmp(&folded(&two.updated_by)),
            Self::Version => one.version.cmp(&two.version),
            Self::LastRead => {
                let time = |secret: &Secret| secret.last_read.clone().map(|time| time.0);
                time(one).cmp(&time(two))
            }
            Self::LastReadBy => {
                let reader = |secret: &Secret| secret.last_read_by.as_deref().map(folded);
                reader(one).cmp(&reader(two))
            }
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts(u8);

impl Default for Facts {
    fn default() -> Self {
        Self(Fact::Updated.bit() | Fact::UpdatedBy.bit())
    }
}

impl Facts {
    pub const fn contains(self, fact: Fact) -> bool {
        self.0 & fact.bit() != 0
    }

    /// The same with it if it was missing, without it if it was there.
    #[must_use]
    pub const fn toggled(self, fact: Fact) -> Self {
        Self(self.0 ^ fact.bit())
    }

    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub fn stored() -> Self {
        browser::stored(KEY).map_or_else(Self::default, |text| Self::parse(&text))
    }

    pub fn store(self) {
        browser::store(KEY, Some(&self.to_text()));
    }

    fn to_text(self) -> String {
        let chosen = Fact::ALL.into_iter().filter(|fact| self.contains(*fact));
        chosen.map(Fact::as_str).collect::<Vec<_>>().join(" ")
    }

    fn parse(text: &str) -> Self {
        let chosen = Fact::ALL.into_iter().filter(|fact| text.split(' ').any(|word| word == fact.as_str()));
        Self(chosen.fold(0, |bits, fact| bits | fact.bit()))
    }
}

#[cfg(test)]
pub mod tests {
    use strongroom_shared::{DateTime, Uuid};

    use super::*;

    pub fn secret(name: &str) -> Secret {
        Secret {
            id: Uuid::nil(),
            name: name.to_owned(),
            description: None,
            version: 1,
            updated: DateTime("2026-11-21T10:00:00Z".to_owned()),
            updated_by: "ada@example.com".to_owned(),
            last_read: None,
            last_read_by: None,
        }
    }

    #[test]
    fn a_choice_is_read_back_and_what_is_unknown_is_skipped() {
        let chosen = Facts::default().toggled(Fact::LastReadBy).toggled(Fact::Updated);
        assert_eq!(chosen.to_text(), "updated-by last-read-by");
        assert_eq!(Facts::parse(&chosen.to_text()), chosen);
        assert_eq!(Facts::parse("version <script>").len(), 1);
        assert_eq!(Facts::parse("").len(), 0);
    }
}
