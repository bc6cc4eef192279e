//! Which secrets a command is about: `--only` and `--except`, by name or by the beginning of a name.
//!
//! Not here: what becomes of the secrets, which is the commands' business.

use anyhow::{anyhow, bail};
use strongroom::Error;
use strongroom_shared::SecretPattern;

use crate::command_line::{exit, output};

/// The options as they are typed.
#[derive(clap::Args)]
pub struct Options {
    /// Only these secrets: names, or beginnings such as `DB_*`. Fails if there is none
    #[arg(long, value_name = "NAME,…")]
    only: Vec<String>,
    /// Leave out these secrets: names, or beginnings such as `DB_*`
    #[arg(long, value_name = "NAME,…")]
    except: Vec<String>,
}

impl Options {
    /// What they select. `there`: the names that are there, because a comma may be part of one.
    ///
    /// # Errors
    /// What is given can be no secret's name.
    pub fn selection(&self, there: &[String]) -> anyhow::Result<Selection> {
        let only = (!self.only.is_empty()).then(|| patterns("--only", &self.only, there)).transpose()?;
        if only.as_ref().is_some_and(Vec::is_empty) {
            return Err(exit::usage("`--only` names no secret. Leave it out to take all of them."));
        }
        Ok(Selection { only, except: patterns("--except", &self.except, there)? })
    }
}

/// One pattern each, or several with commas between. A name may have a comma itself; if such a secret is `there`, it is
/// meant.
fn patterns(option: &str, given: &[String], there: &[String]) -> anyhow::Result<Vec<SecretPattern>> {
    let mut patterns = Vec::new();
    for given in given {
        let mut parts: Vec<&str> = given.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        if there.contains(given) {
            if parts.len() > 1 && parts.iter().any(|part| there.iter().any(|name| name == part)) {
                output::warn(&format!(
                    "`{option} {given}` means the secret of that name. For the others, give `{option}` once for each."
                ));
            }
            parts = vec![given.as_str()];
        }
        for part in parts {
            let pattern = SecretPattern::parse(part.to_owned());
            // The name is not repeated: it may be a value that was pasted into the wrong place.
            patterns.push(pattern.map_err(|rule| exit::usage(format!("`{option}`: {rule}")))?);
        }
    }
    Ok(patterns)
}

/// Which secrets are meant.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `None`: all that the key may see.
    only: Option<Vec<SecretPattern>>,
    except: Vec<SecretPattern>,
}

impl Selection {
    /// Everything that the key may see.
    #[cfg(test)]
    pub const fn all() -> Self {
        Self { only: None, except: Vec::new() }
    }

    /// As `--only` selects.
    #[cfg(test)]
    pub fn of_names(only: &[&str]) -> Self {
        let given: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
        Self { only: Some(patterns("--only", &given, &[]).expect("names")), except: Vec::new() }
    }

    /// Whether a secret of that name is meant.
    pub fn includes(&self, name: &str) -> bool {
        let among = |patterns: &[SecretPattern]| patterns.iter().any(|pattern| pattern.matches(name));
        self.only.as_deref().is_none_or(among) && !among(&self.except)
    }

    /// The names that are given in full and not left out again. Each has to be there.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let full = self.only.iter().flatten().filter(|pattern| pattern.prefix().is_none());
        full.map(SecretPattern::as_str).filter(|name| self.includes(name))
    }

    /// Those of the names that are `there` that are meant, in their order.
    ///
    /// # Errors
    /// A secret that is named is not there, or no name begins as given, or nothing is left.
    pub fn choose(&self, there: &[String]) -> anyhow::Result<Vec<String>> {
        let is_there = |pattern: &&SecretPattern| there.iter().any(|name| pattern.matches(name));
        let missing: Vec<&str> =
            self.named().filter(|named| !there.iter().any(|name| name == named)).collect();
        if !missing.is_empty() {
            return Err(not_found(&missing));
        }
        if let Some(pattern) = self.only.iter().flatten().find(|pattern| !is_there(pattern)) {
            let beginning = pattern.prefix().unwrap_or_default();
            bail!(
                "No secret that the key may see begins with {beginning} (`--only {pattern}`). `strongroom list` shows \
                 those that there are."
            );
        }
        if let Some(pattern) = self.except.iter().find(|pattern| !is_there(pattern)) {
            output::warn(&format!("`--except {pattern}` leaves nothing out: there is no such secret."));
        }
        let chosen: Vec<String> = there.iter().filter(|name| self.includes(name)).cloned().collect();
        if chosen.is_empty() && self.only.is_some() {
            bail!("`--except` leaves out everything that `--only` names.");
        }
        Ok(chosen)
    }
}

/// Why a command ends that needs secrets which are not there.
pub fn not_found(names: &[&str]) -> anyhow::Error {
    match names {
        [name] => Error::SecretNotFound { name: (*name).to_owned() }.into(),
        names => anyhow!(
            "These secrets were not found: {}. Please ensure that they were set in the key's team.",
            output::list(names)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn select(only: &[&str], except: &[&str], there: &[&str]) -> anyhow::Result<Vec<String>> {
        let options = Options { only: owned(only), except: owned(except) };
        options.selection(&owned(there))?.choose(&owned(there))
    }

    #[test]
    fn names_and_beginnings_select_and_leave_out() {
        const THERE: [&str; 4] = ["A,B", "AWS_KEY", "DB_URL", "DB_USER"];
        for (only, except, expected) in [
            (&[][..], &[][..], &THERE[..]),
            (&["DB_URL, AWS_KEY,"], &[], &["AWS_KEY", "DB_URL"]),
            (&["DB_*"], &[], &["DB_URL", "DB_USER"]),
            (&["DB_*", "AWS_KEY"], &["DB_USER"], &["AWS_KEY", "DB_URL"]),
            (&["A,B"], &[], &["A,B"]),
            (&["DB_URL,DB_URL"], &[], &["DB_URL"]),
            (&[], &["DB_*,A,B", "A,B"], &["AWS_KEY"]),
            (&[], &["*"], &[]),
            (&["DB_URL", "AWS_KEY"], &["AWS_*"], &["DB_URL"]),
        ] {
            let found = select(only, except, &THERE).expect("a selection");
            assert_eq!(found, owned(expected), "{only:?} {except:?}");
        }
    }

    #[test]
    fn unmatched_option_is_an_error_that_names_it() {
        for (only, except, part) in [
            ("MISSING", "X", "MISSING"),
            ("A,MISSING,GONE", "X", "MISSING, GONE"),
            ("DB_*", "X", "begins with DB_"),
            ("A", "A", "--except"),
            ("A\u{7}", "X", "control characters"),
            (",", "X", "names no secret"),
        ] {
            let error = select(&[only], &[except], &["A"]).expect_err(only);
            assert!(format!("{error:#}").contains(part), "{error:#}");
        }
    }

    #[test]
    fn only_names_in_full_have_to_be_there() {
        let options = Options { only: owned(&["A,B_*,C"]), except: owned(&["C"]) };
        let selection = options.selection(&[]).expect("a selection");
        assert_eq!(selection.named().collect::<Vec<_>>(), ["A"]);
    }
}
