//! Selects secrets: `--only` and `--except`, with names or prefixes.

use anyhow::{anyhow, bail, ensure};
use strongroom::Error;
use strongroom_shared::SecretPattern;

use crate::command_line::{exit, output};

#[derive(clap::Args)]
pub struct Options {
    /// Only these secrets: names, or prefixes such as `DB_*`. Fails if one of them matches no secret
    #[arg(long, value_name = "NAME,…")]
    only: Vec<String>,
    /// All but these secrets: names, or prefixes such as `DB_*`
    #[arg(long, value_name = "NAME,…")]
    except: Vec<String>,
}

impl Options {
    /// Parses the options. `there` are the existing names, because a name may contain a comma.
    pub fn selection(&self, there: &[String]) -> anyhow::Result<Selection> {
        let only = (!self.only.is_empty()).then(|| patterns("--only", &self.only, there)).transpose()?;
        if only.as_ref().is_some_and(Vec::is_empty) {
            return Err(exit::usage("`--only` names no secret. Omit it to select all."));
        }
        Ok(Selection { only, except: patterns("--except", &self.except, there)? })
    }
}

fn patterns(option: &str, given: &[String], there: &[String]) -> anyhow::Result<Vec<SecretPattern>> {
    let mut patterns = Vec::new();
    for given in given {
        let mut parts: Vec<&str> = given.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        if there.contains(given) {
            if parts.len() > 1 && parts.iter().any(|part| there.iter().any(|name| name == part)) {
                output::warn(&format!(
                    "`{option} {given}` selects the secret of that name. For several secrets, repeat `{option}`."
                ));
            }
            parts = vec![given.as_str()];
        }
        for part in parts {
            let pattern = SecretPattern::parse(part.to_owned());
            // Don't repeat the name: it may be a value pasted into the wrong place.
            patterns.push(pattern.map_err(|rule| exit::usage(format!("`{option}`: {rule}")))?);
        }
    }
    Ok(patterns)
}

#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `None`: all that the key can access.
    only: Option<Vec<SecretPattern>>,
    except: Vec<SecretPattern>,
}

impl Selection {
    pub fn includes(&self, name: &str) -> bool {
        let among = |patterns: &[SecretPattern]| patterns.iter().any(|pattern| pattern.matches(name));
        self.only.as_deref().is_none_or(among) && !among(&self.except)
    }

    /// The full names that `--except` does not exclude. These secrets must exist.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let full = self.only.iter().flatten().filter(|pattern| pattern.prefix().is_none());
        full.map(SecretPattern::as_str).filter(|name| self.includes(name))
    }

    /// Keeps the order. Fails if a full name does not exist, a prefix matches nothing, or nothing is left.
    pub fn choose(&self, there: &[String]) -> anyhow::Result<Vec<String>> {
        let is_there = |pattern: &&SecretPattern| there.iter().any(|name| pattern.matches(name));
        let missing: Vec<_> = self.named().filter(|named| !there.iter().any(|name| name == named)).collect();
        if !missing.is_empty() {
            return Err(not_found(&missing));
        }
        if let Some(pattern) = self.only.iter().flatten().find(|pattern| !is_there(pattern)) {
            let prefix = pattern.prefix().unwrap_or_default();
            bail!("The key can access no secret whose name begins with {prefix} (`--only {pattern}`).");
        }
        if let Some(pattern) = self.except.iter().find(|pattern| !is_there(pattern)) {
            output::warn(&format!("`--except {pattern}` excludes nothing: there is no such secret."));
        }
        let chosen: Vec<String> = there.iter().filter(|name| self.includes(name)).cloned().collect();
        ensure!(
            self.only.is_none() || !chosen.is_empty(),
            "`--except` excludes everything that `--only` selects."
        );
        Ok(chosen)
    }
}

pub fn not_found(names: &[&str]) -> anyhow::Error {
    match names {
        [name] => Error::SecretNotFound { name: (*name).to_owned() }.into(),
        names => {
            let names = output::list(names);
            anyhow!(
                "These secrets were not found: {names}. Please ensure that they were set in the key's team."
            )
        }
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
    fn names_and_prefixes_select_and_exclude() {
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
    fn only_full_names_must_exist() {
        let options = Options { only: owned(&["A,B_*,C"]), except: owned(&["C"]) };
        let selection = options.selection(&[]).expect("a selection");
        assert_eq!(selection.named().collect::<Vec<_>>(), ["A"]);
    }
}
