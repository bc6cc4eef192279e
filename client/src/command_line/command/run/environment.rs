//! The variables for a command.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, Hash as _, Hasher as _};

use zeroize::Zeroizing;

use crate::command_line::output::list;

#[derive(Default)]
pub struct Environment {
    variables: BTreeMap<String, Zeroizing<String>>,
    sizes: Sizes,
    /// Names, never values.
    pub warnings: Vec<String>,
    pub notes: Vec<String>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl Environment {
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    pub fn into_sizes(self) -> Sizes {
        self.sizes
    }

    /// Allows comparing variables without keeping them. Without the hasher's random key, it reveals nothing about a value.
    pub fn fingerprint(&self, hasher: &impl BuildHasher) -> u64 {
        let mut state = hasher.build_hasher();
        for (name, text) in self.variables() {
            name.hash(&mut state);
            text.hash(&mut state);
        }
        state.finish()
    }

    pub fn set(&mut self, secret: &str, variable: String, text: Zeroizing<String>) {
        *self.sizes.0.entry(secret.to_owned()).or_default() += size(&variable, &text);
        self.variables.insert(variable, text);
    }

    /// Warns about these secrets, if any. `NAME` in the hint becomes the first name.
    pub fn warn(&mut self, names: &[&str], reason: &str, hint: &str) {
        if let Some(first) = names.first() {
            self.warnings.push(format!("{reason}: {}.{}", list(names), hint.replace("NAME", first)));
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Sizes(BTreeMap<String, usize>);

impl Sizes {
    pub fn total(&self) -> usize {
        self.0.values().sum()
    }

    pub fn largest(&self) -> Vec<(&str, usize)> {
        let mut sizes: Vec<_> = self.0.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        sizes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        sizes
    }
}

/// A variable's size, including the `=` and the trailing NUL.
pub const fn size(variable: &str, text: &str) -> usize {
    variable.len() + text.len() + 2
}
