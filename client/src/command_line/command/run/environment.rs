//! The variables for a command.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, Hash as _, Hasher as _};

use zeroize::Zeroizing;

use crate::command_line::output::list;

#[derive(Default)]
pub struct Environment {
    variables: BTreeMap<String, Zeroizing<String>>,
    /// By secret.
    sizes: BTreeMap<String, usize>,
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

    /// The secrets with the sizes of their variables, largest first.
    pub fn into_sizes(self) -> Vec<(String, usize)> {
        let mut sizes: Vec<_> = self.sizes.into_iter().collect();
        sizes.sort_by_key(|(_, bytes)| Reverse(*bytes));
        sizes
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
        *self.sizes.entry(secret.to_owned()).or_default() += size(&variable, &text);
        self.variables.insert(variable, text);
    }

    /// Warns about these secrets, if any. `NAME` in the hint becomes the first name.
    pub fn warn(&mut self, names: &[&str], reason: &str, hint: &str) {
        if let Some(first) = names.first() {
            self.warnings.push(format!("{reason}: {}.{}", list(names), hint.replace("NAME", first)));
        }
    }
}

/// A variable's size, including the `=` and the trailing NUL.
pub const fn size(variable: &str, text: &str) -> usize {
    variable.len() + text.len() + 2
}
