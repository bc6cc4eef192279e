//! Decides which variables a command gets, from the names of secrets and of existing variables: first a [`Plan`], so that
//! `run` reads only the values it needs, then its [`Environment`]. It neither reads nor sets the process's variables.
//!
//! If several sources set a variable, the precedence is: existing variables, `--map`, Prefect's variable, the plain one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use strongroom::local::{Unmappable, to_variable, variable_name};
use strongroom::{Json, SecretWithValue};
use strongroom_formats::{env::is_name, plain_text};
use thiserror::Error;
use zeroize::Zeroizing;

use super::Request;
use super::environment::{Environment, size};
use super::guard::loads_code;
use crate::command_line::output::list;

/// In bytes, including the name, the `=` and the trailing NUL. Systems other than Linux only limit the total.
const MAX_VARIABLE: Option<usize> = if cfg!(target_os = "linux") { Some(128 * 1024) } else { None };

const PREFECT: &str = "PREFECT__";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Map,
    Prefect,
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    #[error(
        "a variable's name has only ASCII letters, digits and underscores, and does not begin with a digit"
    )]
    Name,
    #[error("such a variable can make programs run code")]
    Guarded,
    #[error("{0}")]
    Unmappable(Unmappable),
    #[error("its value contains a NUL, where a variable would end")]
    Nul,
    #[error("a variable holds at most 128 KiB here, with its name, and this one would have {} bytes", .0)]
    TooLarge(usize),
}

#[derive(Debug, Error, PartialEq, Eq)]
pub enum Error {
    #[error("The secret {name} can't be passed on: {reason}.{}", hint(.name, *.reason))]
    LeftOut { name: String, reason: Reason },
    #[error("The secret {name} can't become the variable {variable}: {reason}.")]
    Mapped { name: String, variable: String, reason: Reason },
}

fn hint(name: &str, reason: Reason) -> String {
    match reason {
        Reason::Name => format!(" Add `--map '{name}=VARIABLE'`, or `--prefect` if only Prefect needs it."),
        Reason::Unmappable(_) => format!(" Add `--map '{name}=VARIABLE'` to give it a variable."),
        Reason::Guarded => format!(" To set it anyway, use `--map {name}={name}`."),
        Reason::Nul | Reason::TooLarge(_) => " `strongroom get` can write it to a file.".to_owned(),
    }
}

/// The variables to set, computed before any value is read.
pub struct Plan<'a> {
    request: &'a Request,
    targets: BTreeMap<String, (&'a str, Form)>,
    kept: BTreeSet<String>,
    /// Secrets for which at least one variable is set.
    passed_on: BTreeSet<&'a str>,
    left_out: Vec<(&'a str, Reason)>,
    /// Without settings for Prefect, warnings about Prefect's variables are useless.
    has_prefect: bool,
}

impl<'a> Plan<'a> {
    /// Plans for the secrets `names`, keeping the variables in `already_set`.
    pub fn of(names: &'a [String], request: &'a Request, already_set: &BTreeSet<String>) -> Self {
        let mut plan = Self {
            request,
            targets: BTreeMap::new(),
            kept: BTreeSet::new(),
            passed_on: BTreeSet::new(),
            left_out: Vec::new(),
            has_prefect: has_prefix(already_set, PREFECT),
        };
        for map in &request.maps {
            plan.assign(&map.name, &map.variable, Form::Map, already_set.contains(&map.variable));
        }
        let names: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| request.selection.includes(name)).collect();
        if !request.forms.plain {
            for &name in &names {
                match variable_name(name) {
                    Err(reason) => plan.left_out.push((name, Reason::Unmappable(reason))),
                    Ok(variable) => {
                        let is_set = is_set_for_prefect(&variable, already_set);
                        plan.assign(name, &variable, Form::Prefect, is_set);
                    }
                }
            }
        }
        if !request.forms.prefect {
            for &name in &names {
                if !is_name(name) {
                    plan.left_out.push((name, Reason::Name));
                } else if loads_code(name) {
                    plan.left_out.push((name, Reason::Guarded));
                } else {
                    plan.assign(name, name, Form::Plain, already_set.contains(name));
                }
            }
        }
        plan
    }

    /// Assigns a variable to a secret. The first one gets it.
    fn assign(&mut self, name: &'a str, variable: &str, form: Form, is_set: bool) {
        if is_set {
            self.kept.insert(variable.to_owned());
            self.passed_on.insert(name);
            return;
        }
        if let Entry::Vacant(entry) = self.targets.entry(variable.to_owned()) {
            entry.insert((name, form));
        } else {
            // `--map` assigned the variable to another secret.
            self.passed_on.insert(name);
        }
    }

    pub fn needed(&self) -> BTreeSet<&'a str> {
        self.targets.values().map(|(name, _)| *name).collect()
    }

    /// Skips secrets that no longer exist. Fails if a secret named by an option gets no variable.
    pub fn fill(mut self, secrets: &[SecretWithValue]) -> Result<Environment, Error> {
        let values: BTreeMap<&str, &Json> =
            secrets.iter().map(|secret| (secret.name.as_str(), &secret.value)).collect();
        let mut environment = Environment::default();
        for (variable, (name, form)) in mem::take(&mut self.targets) {
            let Some(value) = values.get(name) else { continue };
            let text = match form {
                Form::Map | Form::Plain => Ok(plain_text(value)),
                Form::Prefect => {
                    to_variable(name, value.value()).map(|(_, text)| text).map_err(Reason::Unmappable)
                }
            };
            match text.and_then(|text| fitting(&variable, text)) {
                Ok(text) => {
                    self.passed_on.insert(name);
                    environment.set(name, variable, text);
                }
                Err(reason) if form == Form::Map => {
                    return Err(Error::Mapped { name: name.to_owned(), variable, reason });
                }
                Err(reason) => self.left_out.push((name, reason)),
            }
        }
        let named: BTreeSet<&str> = self.request.selection.named().collect();
        // With only Prefect's variable, the command would miss the plain one.
        let is_unnamed = |name: &str, reason: Reason| {
            matches!(reason, Reason::Name | Reason::Guarded) && !self.is_mapped(name)
        };
        let is_refused = |(name, reason): &&(&str, Reason)| {
            named.contains(*name) && (self.is_lost(name) || is_unnamed(name, *reason))
        };
        // The last reason is for the plain variable.
        if let Some((name, reason)) = self.left_out.iter().rev().find(is_refused) {
            return Err(Error::LeftOut { name: (*name).to_owned(), reason: *reason });
        }
        self.warn(&mut environment);
        Ok(environment)
    }

    fn is_lost(&self, name: &str) -> bool {
        !self.passed_on.contains(name)
    }

    fn is_mapped(&self, name: &str) -> bool {
        self.request.mapped().any(|mapped| mapped == name)
    }

    fn warn(&self, environment: &mut Environment) {
        let mut warnings: Vec<(String, &str, BTreeSet<&str>)> = Vec::new();
        // Plain variables first.
        let is_for_prefect = |(_, reason): &(&str, Reason)| matches!(reason, Reason::Unmappable(_));
        let (for_prefect, plain): (Vec<_>, Vec<_>) = self.left_out.iter().copied().partition(is_for_prefect);
        for (name, reason) in plain.into_iter().chain(for_prefect).filter(|(name, _)| !self.is_mapped(name)) {
            let Some((reason, hint)) = self.warning(name, reason) else { continue };
            match warnings.iter_mut().find(|(known, ..)| *known == reason) {
                Some((.., names)) => drop(names.insert(name)),
                None => warnings.push((reason, hint, BTreeSet::from([name]))),
            }
        }
        for (reason, hint, names) in warnings {
            environment.warn(&names.into_iter().collect::<Vec<_>>(), &reason, hint);
        }
        let kept: Vec<_> = self.kept.iter().map(String::as_str).collect();
        if !kept.is_empty() {
            let kept = list(&kept);
            environment
                .notes
                .push(format!("Existing variables are kept: {kept}. Unset them to get the server's values."));
        }
    }

    /// The reason and a hint; `None` without Prefect, whose variables are not missed then.
    fn warning(&self, name: &str, reason: Reason) -> Option<(String, &'static str)> {
        let uses_prefect = self.request.forms.prefect || self.has_prefect;
        let (reason, hint) = match reason {
            Reason::Name => (
                "Skipped as plain variables, because these are not valid names",
                " To choose one, use `--map 'NAME=VARIABLE'`.",
            ),
            Reason::Guarded => (
                "Skipped as plain variables, because they can make programs run code",
                " To set one anyway, use `--map NAME=NAME`.",
            ),
            Reason::Nul => {
                ("Skipped as plain variables, because a variable would end at the NUL in the value", "")
            }
            Reason::TooLarge(_) if self.is_lost(name) => (
                "Left out, because a variable holds at most 128 KiB with its name",
                " `strongroom get` can write such a value to a file; `--except` omits it without this warning.",
            ),
            Reason::TooLarge(_) => {
                ("Not set for Prefect, because their quoted form exceeds the 128 KiB of a variable", "")
            }
            Reason::Unmappable(reason) => {
                return uses_prefect.then(|| (format!("Not set for Prefect, because {reason}"), ""));
            }
        };
        Some((reason.to_owned(), hint))
    }
}

fn fitting(variable: &str, text: Zeroizing<String>) -> Result<Zeroizing<String>, Reason> {
    let bytes = size(variable, &text);
    if text.contains('\0') {
        Err(Reason::Nul)
    } else if MAX_VARIABLE.is_some_and(|limit| bytes > limit) {
        Err(Reason::TooLarge(bytes))
    } else {
        Ok(text)
    }
}

/// Whether Prefect would find a local secret: under that variable, its lower-case form, or in parts.
fn is_set_for_prefect(variable: &str, already_set: &BTreeSet<String>) -> bool {
    const UPPER: &str = "PREFECT__CONTEXT__SECRETS__";
    const LOWER: &str = "PREFECT__context__secrets__";
    let set =
        |variable: &str| already_set.contains(variable) || has_prefix(already_set, &format!("{variable}__"));
    set(variable) || variable.strip_prefix(UPPER).is_some_and(|name| set(&format!("{LOWER}{name}")))
}

fn has_prefix(names: &BTreeSet<String>, prefix: &str) -> bool {
    names.range(prefix.to_owned()..).next().is_some_and(|next| next.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use clap::{Args as _, FromArgMatches as _};
    use serde_json::Value;
    use strongroom_shared::Uuid;

    use super::super::Arguments;
    use super::*;

    fn request(options: &[&str]) -> Request {
        let words = [&["run"], options, &["--", "true"]].concat();
        let matches = Arguments::augment_args(clap::Command::new("run")).try_get_matches_from(words).unwrap();
        let Arguments { selection, forms, map: maps, .. } = Arguments::from_arg_matches(&matches).unwrap();
        Request { selection: selection.selection(&[]).unwrap(), forms, maps }
    }

    fn secret(name: &str, value: &str) -> SecretWithValue {
        let value = Json::new(Value::from(value));
        SecretWithValue { id: Uuid::nil(), name: name.to_owned(), version: 1, value }
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn filled(
        secrets: &[SecretWithValue],
        options: &[&str],
        already_set: &[&str],
    ) -> Result<Environment, Error> {
        let names: Vec<String> = secrets.iter().map(|secret| secret.name.clone()).collect();
        let request = request(options);
        let plan = Plan::of(&names, &request, &set(already_set));
        let needed = plan.needed();
        let read: Vec<_> =
            secrets.iter().filter(|secret| needed.contains(secret.name.as_str())).cloned().collect();
        plan.fill(&read)
    }

    fn variables(environment: &Environment) -> Vec<(&str, &str)> {
        environment.variables().collect()
    }

    #[test]
    fn variables_already_set_are_kept_named_and_not_read() {
        let there = ["A", "PREFECT__CONTEXT__SECRETS__B", "C"];
        let environment = filled(&[secret("A", "x"), secret("B", "y")], &["--map", "B=C"], &there).unwrap();
        assert_eq!(variables(&environment), [("B", "y"), ("PREFECT__CONTEXT__SECRETS__A", "x")]);
        let [note] = &environment.notes[..] else { panic!("{:?}", environment.notes) };
        assert!(note.contains(": A, C, PREFECT__CONTEXT__SECRETS__B. Unset them"), "{note}");
        let names = ["A", "B", "LD_PRELOAD", "no name"].map(str::to_owned);
        let request = request(&["--plain"]);
        assert_eq!(Plan::of(&names, &request, &set(&there)).needed(), BTreeSet::from(["B"]));
    }

    #[test]
    fn a_local_secret_counts_as_set_in_each_form_that_prefect_reads() {
        for (there, number) in [
            (&["PREFECT__context__secrets__A"][..], 0),
            (&["PREFECT__CONTEXT__SECRETS__A__PART"], 0),
            (&["PREFECT__CONTEXT__SECRETS__AB", "PREFECT__CONTEXT__SECRETS__A_"], 1),
        ] {
            let environment = filled(&[secret("A", "x")], &["--prefect"], there).unwrap();
            assert_eq!(variables(&environment).len(), number, "{there:?}");
        }
    }

    #[test]
    fn map_takes_precedence_over_plain_names_and_needs_no_selection() {
        let secrets = [secret("A", "x"), secret("B", "y"), secret("A=B", "z")];
        let options = ["--plain", "--map", "A=B", "--map", "A=B=V"];
        let environment = filled(&secrets, &options, &[]).unwrap();
        assert_eq!(variables(&environment), [("A", "x"), ("B", "x"), ("V", "z")]);
        assert!(environment.warnings.is_empty());

        let options = ["--plain", "--only", "A", "--map", "B=V"];
        assert_eq!(request(&options).named(), BTreeSet::from(["A", "B"]));
        assert_eq!(variables(&filled(&secrets, &options, &[]).unwrap()), [("A", "x"), ("V", "y")]);
    }

    #[test]
    fn invalid_variable_names_are_skipped_with_a_line_for_each_reason() {
        let secrets = ["A=B", "A__B", "keys", "C", "1ST", "LD_PRELOAD"].map(|name| secret(name, "x"));
        let lines = |options: &[&str], there: &[&str]| filled(&secrets, options, there).unwrap().warnings;
        let all = lines(&[], &["PREFECT__BACKEND"]);
        insta::assert_snapshot!(all.join("\n"), @"
        Skipped as plain variables, because these are not valid names: 1ST, A=B. To choose one, use `--map '1ST=VARIABLE'`.
        Skipped as plain variables, because they can make programs run code: LD_PRELOAD. To set one anyway, use `--map LD_PRELOAD=LD_PRELOAD`.
        Not set for Prefect, because a variable's name can't contain = or NUL: A=B.
        Not set for Prefect, because Prefect splits a variable's name at __: A__B.
        Not set for Prefect, because Prefect refuses to start with a secret that has a method's name: keys.
        ");
        assert_eq!(lines(&["--plain"], &[]), all[..2]);
        assert_eq!(lines(&["--prefect"], &[]), all[2..]);
        assert_eq!(lines(&[], &[]), all[..2], "Prefect is not used");
    }

    #[test]
    fn named_secrets_without_a_variable_are_an_error() {
        for (name, form, expected) in [
            ("A__B", &["--prefect"][..], Some(Reason::Unmappable(Unmappable::Separator))),
            ("A__B", &[], None),
            ("my secret", &["--plain"], Some(Reason::Name)),
            ("my secret", &[], Some(Reason::Name)),
            ("my secret", &["--prefect"], None),
            ("A=B", &[], Some(Reason::Name)),
            ("PATH", &["--plain"], Some(Reason::Guarded)),
            ("PATH", &[], Some(Reason::Guarded)),
            ("NUL", &["--plain"], Some(Reason::Nul)),
            ("NUL", &[], None),
        ] {
            let value = if name == "NUL" { "hunter2\0" } else { "hunter2" };
            let options = [&["--only", name], form].concat();
            // An existing variable of a refused name is no reason to accept it.
            let found = filled(&[secret(name, value)], &options, &["PATH"]);
            let reason = found.err().map(|error| {
                let text = error.to_string();
                assert!(text.contains(name) && !text.contains("hunter2"), "{text}");
                let Error::LeftOut { reason, .. } = error else { panic!("{text}") };
                reason
            });
            assert_eq!(reason, expected, "{name} {form:?}");
        }
        let error = filled(&[secret("A", "\0")], &["--map", "A=V"], &[]).unwrap_err();
        assert!(matches!(error, Error::Mapped { reason: Reason::Nul, .. }), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn variable_over_128_kib_is_left_out_or_refused_if_named() {
        let limit = MAX_VARIABLE.unwrap();
        let fits = limit - size("A", "");
        let filled = |bytes, options: &[&str]| filled(&[secret("A", &"x".repeat(bytes))], options, &[]);
        assert_eq!(filled(fits, &["--plain"]).unwrap().variables().count(), 1);
        let too_large = filled(fits + 1, &["--plain"]).unwrap();
        assert!(variables(&too_large).is_empty() && too_large.warnings[0].contains(": A."));
        let refused = filled(fits + 1, &["--only", "A"]).unwrap_err();
        assert!(matches!(refused, Error::LeftOut { reason: Reason::TooLarge(_), .. }), "{refused}");
        // Prefect's name is longer.
        let plain_alone = filled(fits, &["--only", "A"]).unwrap();
        assert_eq!(variables(&plain_alone).len(), 1);
        assert!(plain_alone.warnings[0].starts_with("Not set for Prefect"), "{:?}", plain_alone.warnings);
        assert_eq!(plain_alone.into_sizes(), [("A".to_owned(), limit)]);
    }

    #[test]
    fn fingerprints_distinguish_values_and_debug_shows_none() {
        let hasher = RandomState::new();
        let environment =
            |name: &str, value: &str| filled(&[secret(name, value)], &["--prefect"], &[]).unwrap();
        let of = |name: &str, value: &str| environment(name, value).fingerprint(&hasher);
        assert_eq!(of("A", "x"), of("A", "x"));
        assert_ne!(of("A", "x"), of("A", "y"));
        assert_ne!(of("A", "x"), of("Ax", ""));
        let both = filled(&[secret("A", "hunter2")], &[], &[]).unwrap();
        assert_eq!(variables(&both).len(), 2);
        assert!(!format!("{both:?}").contains("hunter2"));
    }
}
