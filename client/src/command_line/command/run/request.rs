//! The secrets that a command gets, and the forms of their variables, as the options request them.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::command_line::selection::Selection;

/// `NAME=VARIABLE`. Only the secret's name may contain a `=`, so the last one separates the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    pub name: String,
    pub variable: String,
}

impl FromStr for Map {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.rsplit_once('=') {
            Some((name, variable))
                if !name.is_empty() && !variable.is_empty() && !variable.contains('\0') =>
            {
                Ok(Self { name: name.to_owned(), variable: variable.to_owned() })
            }
            _ => Err("expected the names of a secret and a variable, such as DB_PASSWORD=PGPASSWORD"),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub selection: Selection,
    pub forms: Forms,
    pub maps: Vec<Map>,
}

impl Request {
    /// The full names in options. These secrets must exist.
    pub fn named(&self) -> BTreeSet<&str> {
        self.selection.named().chain(self.mapped()).collect()
    }

    pub fn mapped(&self) -> impl Iterator<Item = &str> {
        self.maps.iter().map(|map| map.name.as_str())
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forms {
    #[default]
    Both,
    Plain,
    Prefect,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_split_at_the_last_equals_sign() {
        for (text, name, variable) in [
            ("DB=PGPASSWORD", "DB", "PGPASSWORD"),
            ("a=b=C", "a=b", "C"),
            ("a==C", "a=", "C"),
            ("a b, c=X Y", "a b, c", "X Y"),
        ] {
            assert_eq!(text.parse(), Ok(Map { name: name.to_owned(), variable: variable.to_owned() }));
        }
        for wrong in ["", "A", "A=", "=B", "=", "A=B\0"] {
            assert!(wrong.parse::<Map>().is_err(), "{wrong:?}");
        }
    }
}
