//! The sources of a configuration besides files: variables, and the home directories of accounts.

use std::env;

use zeroize::Zeroizing;

const HOME_VARIABLE: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };

/// Variables, read once, and the accounts of this computer.
#[derive(Clone, Default)]
pub struct Surroundings {
    pub(super) variables: Vec<(String, Zeroizing<String>)>,
    /// The names of variables that are not Unicode, with replacement characters.
    pub(super) not_unicode: Vec<String>,
}

impl Surroundings {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let mut surroundings = Self::default();
        for (name, value) in env::vars_os() {
            match (name.to_str(), value.into_string()) {
                (Some(name), Ok(value)) => surroundings.add(name.to_owned(), value),
                _ => surroundings.not_unicode.push(name.to_string_lossy().into_owned()),
            }
        }
        surroundings
    }

    /// These variables, in this order. The first of duplicates wins.
    pub fn new(variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let mut surroundings = Self::default();
        for (name, value) in variables {
            surroundings.add(name.into(), value.into());
        }
        surroundings
    }

    fn add(&mut self, name: String, value: String) {
        let value = Zeroizing::new(value);
        if self.variable(&name).is_none() {
            self.variables.push((name, value));
        }
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The home directory of an account, or of the current user if the name is empty.
    pub(super) fn home(&self, account: &str) -> Option<String> {
        match self.variable(HOME_VARIABLE) {
            Some(home) if account.is_empty() => Some(home.to_owned()),
            _ => home_of(account),
        }
    }
}

opaque_debug!(Surroundings);

#[cfg(unix)]
fn home_of(account: &str) -> Option<String> {
    use nix::unistd::{Uid, User};

    let user = if account.is_empty() { User::from_uid(Uid::current()) } else { User::from_name(account) };
    user.ok()??.dir.into_os_string().into_string().ok()
}

#[cfg(not(unix))]
fn home_of(_: &str) -> Option<String> {
    None
}
