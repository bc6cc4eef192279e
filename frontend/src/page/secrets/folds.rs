//! The groups that the user has folded, which the browser remembers for each team.

use strongroom_shared::limit::FOLDED_GROUPS;

use crate::prelude::*;

const FOLDED: &str = "folded";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    pub folded: bool,
    /// The prefixes for which it is the other way round.
    pub except: Vec<String>,
}

impl Folds {
    pub fn stored(team: Uuid) -> Self {
        browser::stored(&key(team)).map_or_else(Self::default, |text| Self::parse(&text))
    }

    pub fn store(&self, team: Uuid) {
        let is_default = *self == Self::default();
        browser::store(&key(team), (!is_default).then(|| self.to_text()).as_deref());
    }

    pub fn toggle(&mut self, prefix: &str) {
        let before = self.except.len();
        self.except.retain(|other| other != prefix);
        if self.except.len() == before {
            if before >= FOLDED_GROUPS {
                self.except.remove(0);
            }
            self.except.push(prefix.to_owned());
        }
    }

    /// No prefix has a line break.
    fn to_text(&self) -> String {
        let first = if self.folded { FOLDED } else { "" };
        format!("{first}\n{}", self.except.join("\n"))
    }

    fn parse(text: &str) -> Self {
        let (first, except) = text.split_once('\n').unwrap_or((text, ""));
        let except = except.split('\n').filter(|prefix| !prefix.is_empty()).take(FOLDED_GROUPS);
        Self { folded: first == FOLDED, except: except.map(str::to_owned).collect() }
    }
}

/// The key in the browser's storage.
fn key(team: Uuid) -> String {
    format!("strongroom.folds.{team}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_toggled_and_read_back() {
        let mut folds = Folds::default();
        for prefix in ["DB_", "apps/web/", "DB_"] {
            folds.toggle(prefix);
        }
        assert_eq!(folds.except, ["apps/web/"]);
        for folded in [true, false] {
            let folds = Folds { folded, ..folds.clone() };
            assert_eq!(Folds::parse(&folds.to_text()), folds);
        }
        assert_eq!(Folds::parse("nonsense"), Folds::default());
        (0..1001).for_each(|number| folds.toggle(&number.to_string()));
        assert_eq!((folds.except.len(), &*folds.except[0]), (1000, "1"));
    }
}
