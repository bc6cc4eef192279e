//! Which variables a command gets. Nothing of the process is read here, and nothing is set: what goes in are secrets and
//! the names of the variables that are there, what comes out are variables and what should be said about them.
//!
//! The order, where two would set the same variable: what is set already, `--map`, Prefect's variable, `--plain`.
//!
//! To add a form in which a secret is handed over: an option in [`Request`], and its part of [`Making`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{BuildHasher, Hash as _, Hasher as _};
use std::str::FromStr;

use serde_json::Value;
use strongroom::local::{Unfit, to_variable};
use strongroom::{Json, SecretWithValue};
use thiserror::Error;
use zeroize::Zeroizing;

/// How many names a message lists.
const LISTED: usize = 10;

/// A secret that becomes a certain variable: `NAME=VARIABLE`. Names of secrets may have a `=` in them, names of variables
/// can't: the last one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    /// The secret's name.
    pub name: String,
    /// The variable's.
    pub variable: String,
}

impl FromStr for Map {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.rsplit_once('=') {
            Some((name, variable)) if !name.is_empty() && is_variable(variable) => {
                Ok(Self { name: name.to_owned(), variable: variable.to_owned() })
            }
            _ => Err("it takes a secret's name and a variable's, such as DB_PASSWORD=PGPASSWORD"),
        }
    }
}

/// What is to be handed over.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The names after `--only`; `None`: whatever the key may see.
    pub only: Option<Vec<String>>,
    /// Whether each secret also becomes a variable of its own name.
    pub plain: bool,
    /// Secrets that become certain variables.
    pub maps: Vec<Map>,
}

impl Request {
    /// The names that were given, and have to be there.
    pub fn named(&self) -> BTreeSet<&str> {
        let only = self.only.iter().flatten().map(String::as_str);
        only.chain(self.maps.iter().map(|map| map.name.as_str())).collect()
    }

    /// Whether that secret is handed over as itself, not only through `--map`.
    fn hands_over(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|named| named == name))
    }
}

/// Why a command can't get what was asked for by name.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// Its name fits no variable.
    #[error(
        "The secret {name} can't be handed over to Prefect: {reason}. Add `--map '{name}=VARIABLE'` to give it a variable."
    )]
    Unfit {
        /// The secret's name.
        name: String,
        /// Why.
        reason: Unfit,
    },
    /// A variable ends at NUL.
    #[error(
        "The secret {name} can't become the variable {variable}: its value has a NUL in it, where a variable ends."
    )]
    Nul {
        /// The secret's name.
        name: String,
        /// The variable's.
        variable: String,
    },
}

/// The variables that a command gets in addition to those that are there.
#[derive(Default)]
pub struct Environment {
    variables: BTreeMap<String, Zeroizing<String>>,
    /// What should be known: names, never values.
    pub warnings: Vec<String>,
    /// What may be of interest.
    pub notes: Vec<String>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl Environment {
    /// The variables for `secrets`, where those of `already_set` stay as they are.
    ///
    /// # Errors
    /// A secret that was named can't be handed over.
    pub fn of(
        secrets: &[SecretWithValue],
        request: &Request,
        already_set: &BTreeSet<String>,
    ) -> Result<Self, Error> {
        let mut making = Making {
            environment: Self::default(),
            already_set,
            stay: BTreeSet::new(),
            arrived: BTreeSet::new(),
        };
        making.map(secrets, &request.maps)?;
        let secrets: Vec<_> = secrets.iter().filter(|secret| request.hands_over(&secret.name)).collect();
        let mut unfit = making.for_prefect(&secrets);
        if request.plain {
            making.plain(&secrets);
        }
        // Who has given it a variable knows.
        unfit.retain(|(name, _)| !request.maps.iter().any(|map| map.name == *name));
        let lost = unfit.iter().find(|(name, _)| !making.arrived.contains(name));
        if let Some((name, reason)) = lost.filter(|_| request.only.is_some()) {
            return Err(Error::Unfit { name: (*name).to_owned(), reason: *reason });
        }
        Ok(making.finish(&unfit))
    }

    /// The variables.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// A number that tells these variables from others, without keeping them. The hasher has its own random key: without
    /// it, the number says nothing about a value.
    pub fn fingerprint(&self, hasher: &impl BuildHasher) -> u64 {
        let mut state = hasher.build_hasher();
        for (name, text) in self.variables() {
            name.hash(&mut state);
            text.hash(&mut state);
        }
        state.finish()
    }

    /// What comes first counts.
    fn add(&mut self, variable: String, text: Zeroizing<String>) {
        self.variables.entry(variable).or_insert(text);
    }

    fn warn(&mut self, names: &[&str], message: impl FnOnce(&str) -> String) {
        if !names.is_empty() {
            self.warnings.push(message(&list(names)));
        }
    }
}

/// An environment in the making.
struct Making<'a> {
    environment: Environment,
    already_set: &'a BTreeSet<String>,
    /// The variables that would have been set, and are already.
    stay: BTreeSet<String>,
    /// The secrets that are in some variable.
    arrived: BTreeSet<&'a str>,
}

impl<'a> Making<'a> {
    /// The variables of `--map`.
    fn map(&mut self, secrets: &'a [SecretWithValue], maps: &[Map]) -> Result<(), Error> {
        for map in maps {
            let Some(secret) = secrets.iter().find(|secret| secret.name == map.name) else {
                continue;
            };
            self.arrived.insert(&secret.name);
            if self.already_set.contains(&map.variable) {
                self.stay.insert(map.variable.clone());
                continue;
            }
            let text = plain_text(&secret.value);
            if text.contains('\0') {
                return Err(Error::Nul { name: map.name.clone(), variable: map.variable.clone() });
            }
            self.environment.add(map.variable.clone(), text);
        }
        Ok(())
    }

    /// Prefect's variables, and which secrets fit none, and why.
    fn for_prefect(&mut self, secrets: &[&'a SecretWithValue]) -> Vec<(&'a str, Unfit)> {
        let mut unfit = Vec::new();
        for secret in secrets {
            match to_variable(&secret.name, secret.value.value()) {
                Err(reason) => unfit.push((secret.name.as_str(), reason)),
                Ok((variable, text)) => {
                    self.arrived.insert(&secret.name);
                    if is_set_for_prefect(&variable, self.already_set) {
                        self.stay.insert(variable);
                    } else {
                        self.environment.add(variable, text);
                    }
                }
            }
        }
        unfit
    }

    /// The variables of `--plain`.
    fn plain(&mut self, secrets: &[&'a SecretWithValue]) {
        let mut loading = Vec::new();
        let mut unsuitable = Vec::new();
        let mut with_nul = Vec::new();
        for secret in secrets {
            let name = secret.name.as_str();
            if self.already_set.contains(name) {
                self.stay.insert(name.to_owned());
            } else if !is_variable(name) {
                unsuitable.push(name);
                continue;
            } else if loads_code(name) {
                loading.push(name);
                continue;
            } else {
                let text = plain_text(&secret.value);
                if text.contains('\0') {
                    with_nul.push(name);
                    continue;
                }
                self.environment.add(name.to_owned(), text);
            }
            self.arrived.insert(name);
        }
        self.environment.warn(&loading, |names| {
            format!(
                "Not set by --plain, for programs take code or commands from such variables: {names}. If it is meant, \
                 use `--map {0}={0}`.",
                loading[0]
            )
        });
        self.environment.warn(&unsuitable, |names| {
            format!("Not set by --plain, for no variable can have such a name: {names}.")
        });
        self.environment.warn(&with_nul, |names| {
            format!("Not set by --plain, for there is a NUL in the value, where a variable ends: {names}.")
        });
    }

    /// The environment, with what should be said.
    fn finish(mut self, unfit: &[(&str, Unfit)]) -> Environment {
        let mut reasons: Vec<Unfit> = Vec::new();
        for (_, reason) in unfit {
            if !reasons.contains(reason) {
                reasons.push(*reason);
            }
        }
        for reason in reasons {
            let names: Vec<_> =
                unfit.iter().filter(|(_, why)| *why == reason).map(|(name, _)| *name).collect();
            self.environment
                .warn(&names, |names| format!("Not handed over to Prefect, for {reason}: {names}."));
        }
        let stay: Vec<_> = self.stay.iter().map(String::as_str).collect();
        if !stay.is_empty() {
            let (what, them) = if stay.len() == 1 {
                ("A variable that is set already stays", "it")
            } else {
                ("Variables that are set already stay", "them")
            };
            self.environment
                .notes
                .push(format!("{what} as set: {}. Unset {them} to get what the server has.", list(&stay)));
        }
        self.environment
    }
}

/// Names for a message, not too many.
pub fn list(names: &[&str]) -> String {
    if names.len() <= LISTED {
        return names.join(", ");
    }
    format!("{} and {} more", names[..LISTED].join(", "), names.len() - LISTED)
}

/// Text as it is, everything else as compact JSON.
fn plain_text(value: &Json) -> Zeroizing<String> {
    Zeroizing::new(match value.value() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// Whether a variable can have that name.
fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

/// Whether a Prefect program would find a local secret there: under that variable, its lower-case twin, or in parts.
fn is_set_for_prefect(variable: &str, already_set: &BTreeSet<String>) -> bool {
    const UPPER: &str = "PREFECT__CONTEXT__SECRETS__";
    const LOWER: &str = "PREFECT__context__secrets__";
    let set = |variable: &str| {
        let parts = format!("{variable}__");
        already_set.contains(variable)
            || already_set.range(parts.clone()..).next().is_some_and(|next| next.starts_with(&parts))
    };
    set(variable) || variable.strip_prefix(UPPER).is_some_and(|name| set(&format!("{LOWER}{name}")))
}

/// Whether programs take code, commands or what they load from a variable of that name. Whoever may set a secret would
/// otherwise run what they like wherever `--plain` is used.
fn loads_code(name: &str) -> bool {
    const BEGINNINGS: [&str; 11] = [
        "LD_",
        "DYLD_",
        "_RLD",
        "BASH_FUNC_",
        "LUA_INIT",
        "LUA_PATH",
        "LUA_CPATH",
        "R_PROFILE",
        "CORECLR_",
        "COR_",
        "GIT_CONFIG",
    ];
    const NAMES: [&str; 66] = [
        // Where programs and libraries are found.
        "PATH",
        "LIBPATH",
        "SHLIB_PATH",
        "GCONV_PATH",
        "GLIBC_TUNABLES",
        "LOCPATH",
        "NLSPATH",
        "GTK_MODULES",
        "GTK_PATH",
        "GIO_EXTRA_MODULES",
        "QT_PLUGIN_PATH",
        "OPENSSL_CONF",
        "OPENSSL_MODULES",
        "OPENSSL_ENGINES",
        "SSLKEYLOGFILE",
        // Shells.
        "ENV",
        "BASH_ENV",
        "BASHOPTS",
        "SHELLOPTS",
        "SHELL",
        "PS4",
        "PROMPT_COMMAND",
        "IFS",
        "ZDOTDIR",
        "FPATH",
        // Python, Perl, Ruby, Node, PHP, Java, .NET, Go, Rust, Erlang, Emacs, Tcl.
        "PYTHONSTARTUP",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONUSERBASE",
        "PYTHONBREAKPOINT",
        "PYTHONWARNINGS",
        "PYTHONEXECUTABLE",
        "PERL5OPT",
        "PERL5LIB",
        "PERLLIB",
        "PERL5DB",
        "RUBYOPT",
        "RUBYLIB",
        "GEM_PATH",
        "GEM_HOME",
        "BUNDLE_GEMFILE",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PHPRC",
        "PHP_INI_SCAN_DIR",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "CLASSPATH",
        "DOTNET_STARTUP_HOOKS",
        "GOFLAGS",
        "RUSTC_WRAPPER",
        "ERL_AFLAGS",
        "EMACSLOADPATH",
        "TCLLIBPATH",
        // Programs that programs start.
        "EDITOR",
        "VISUAL",
        "PAGER",
        "BROWSER",
        "LESSOPEN",
        "LESSCLOSE",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_PAGER",
        "GIT_EDITOR",
        "GIT_EXTERNAL_DIFF",
    ];
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use serde_json::json;
    use strongroom_shared::Uuid;

    use super::*;

    fn secret(name: &str, value: Value) -> SecretWithValue {
        SecretWithValue { id: Uuid::nil(), name: name.to_owned(), version: 1, value: Json::new(value) }
    }

    fn plain() -> Request {
        Request { plain: true, ..Request::default() }
    }

    fn only(names: &[&str]) -> Request {
        Request { only: Some(names.iter().map(|name| (*name).to_owned()).collect()), ..Request::default() }
    }

    fn mapped(maps: &[&str]) -> Request {
        Request { maps: maps.iter().map(|map| map.parse().unwrap()).collect(), ..Request::default() }
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn variables(environment: &Environment) -> Vec<(&str, &str)> {
        environment.variables().collect()
    }

    fn check_map(text: &str, name: &str, variable: &str) {
        let map: Map = text.parse().unwrap();
        assert_eq!((map.name.as_str(), map.variable.as_str()), (name, variable));
    }

    #[test]
    fn a_map_is_split_at_the_last_equals_sign() {
        check_map("DB=PGPASSWORD", "DB", "PGPASSWORD");
        check_map("a=b=C", "a=b", "C");
        check_map("a==C", "a=", "C");
        check_map("a b, c=X Y", "a b, c", "X Y");
    }

    #[test]
    fn a_map_without_both_names_is_refused() {
        for wrong in ["", "A", "A=", "=B", "=", "A=B\0"] {
            assert!(wrong.parse::<Map>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_secret_becomes_prefects_variable() {
        let secrets = [secret("A", json!("x")), secret("b c", json!({"n": 1.50}))];
        let environment = Environment::of(&secrets, &Request::default(), &set(&["HOME"])).unwrap();
        assert_eq!(
            variables(&environment),
            [("PREFECT__CONTEXT__SECRETS__A", "x"), ("PREFECT__CONTEXT__SECRETS__b c", "{\"n\":1.5}"),]
        );
        assert!(environment.warnings.is_empty() && environment.notes.is_empty());
    }

    #[test]
    fn plain_adds_text_as_it_is_and_json_in_compact_form() {
        let number = serde_json::from_str("1.10000000000000000000000001").unwrap();
        let secrets = [secret("A", json!("$HOME")), secret("N", number), secret("J", json!([1, null]))];
        let environment = Environment::of(&secrets, &plain(), &set(&[])).unwrap();
        assert_eq!(
            variables(&environment)[..3],
            [("A", "$HOME"), ("J", "[1,null]"), ("N", "1.10000000000000000000000001")]
        );
        assert_eq!(variables(&environment).len(), 6);
    }

    #[test]
    fn what_is_set_already_stays_and_is_named() {
        let secrets = [secret("A", json!("x")), secret("B", json!("y"))];
        let there = set(&["A", "PREFECT__CONTEXT__SECRETS__B", "C"]);
        let mut request = plain();
        request.maps.push("B=C".parse().unwrap());
        let environment = Environment::of(&secrets, &request, &there).unwrap();
        assert_eq!(variables(&environment), [("B", "y"), ("PREFECT__CONTEXT__SECRETS__A", "x")]);
        assert_eq!(
            environment.notes,
            [
                "Variables that are set already stay as set: A, C, PREFECT__CONTEXT__SECRETS__B. Unset them to get what \
                 the server has."
            ]
        );
    }

    #[test]
    fn a_local_secret_counts_as_set_in_each_form_that_prefect_reads() {
        let secrets = [secret("A", json!("x"))];
        for variable in ["PREFECT__context__secrets__A", "PREFECT__CONTEXT__SECRETS__A__PART"] {
            let environment = Environment::of(&secrets, &Request::default(), &set(&[variable])).unwrap();
            assert!(variables(&environment).is_empty(), "{variable}");
        }
        let other = set(&["PREFECT__CONTEXT__SECRETS__AB", "PREFECT__CONTEXT__SECRETS__A_"]);
        let environment = Environment::of(&secrets, &Request::default(), &other).unwrap();
        assert_eq!(variables(&environment).len(), 1);
    }

    #[test]
    fn a_map_goes_before_a_plain_name() {
        let secrets = [secret("A", json!("x")), secret("B", json!("y"))];
        let mut request = plain();
        request.maps.push("A=B".parse().unwrap());
        let environment = Environment::of(&secrets, &request, &set(&[])).unwrap();
        assert!(variables(&environment).contains(&("B", "x")));
    }

    #[test]
    fn with_only_another_mapped_secret_is_its_variable_and_nothing_else() {
        let secrets = [secret("A", json!("x")), secret("B", json!("y"))];
        let mut request = only(&["A"]);
        request.maps.push("B=V".parse().unwrap());
        assert_eq!(request.named(), BTreeSet::from(["A", "B"]));
        let environment = Environment::of(&secrets, &request, &set(&[])).unwrap();
        assert_eq!(variables(&environment), [("PREFECT__CONTEXT__SECRETS__A", "x"), ("V", "y")]);
    }

    #[test]
    fn what_fits_no_variable_is_left_out_with_a_warning() {
        let secrets = [
            secret("A=B", json!("x")),
            secret("A__B", json!("x")),
            secret("keys", json!("x")),
            secret("C", json!("x")),
        ];
        let environment = Environment::of(&secrets, &Request::default(), &set(&[])).unwrap();
        assert_eq!(variables(&environment), [("PREFECT__CONTEXT__SECRETS__C", "x")]);
        assert_eq!(environment.warnings.len(), 3);
        assert!(environment.warnings[1].ends_with(": A__B."), "{:?}", environment.warnings);
    }

    #[test]
    fn what_was_named_and_fits_no_variable_is_an_error_unless_another_carries_it() {
        let secrets = [secret("A__B", json!("x"))];
        let request = only(&["A__B"]);
        let error = Environment::of(&secrets, &request, &set(&[])).unwrap_err();
        assert_eq!(error, Error::Unfit { name: "A__B".to_owned(), reason: Unfit::Separator });
        let request = Request { plain: true, ..request };
        let environment = Environment::of(&secrets, &request, &set(&[])).unwrap();
        assert_eq!(variables(&environment), [("A__B", "x")]);
        assert_eq!(environment.warnings.len(), 1);
    }

    #[test]
    fn a_nul_is_left_out_of_plain_variables_and_refused_in_a_map() {
        let secrets = [secret("A", json!("hunter2\0"))];
        let environment = Environment::of(&secrets, &plain(), &set(&[])).unwrap();
        assert_eq!(environment.variables().count(), 1, "Prefect's form has an escape for it");
        assert_eq!(environment.warnings.len(), 1);
        assert!(!environment.warnings[0].contains("hunter2"));
        let error = Environment::of(&secrets, &mapped(&["A=V"]), &set(&[])).unwrap_err();
        assert!(matches!(error, Error::Nul { .. }));
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn an_equals_sign_is_no_part_of_a_plain_name_but_can_be_mapped() {
        let secrets = [secret("A=B", json!("x"))];
        let mut request = plain();
        request.maps.push("A=B=V".parse().unwrap());
        let environment = Environment::of(&secrets, &request, &set(&[])).unwrap();
        assert_eq!(variables(&environment), [("V", "x")]);
    }

    #[test]
    fn plain_never_sets_what_programs_load_code_from() {
        for name in [
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "BASH_ENV",
            "ENV",
            "PYTHONSTARTUP",
            "PERL5OPT",
            "NODE_OPTIONS",
            "PATH",
            "BASH_FUNC_ls%%",
            "GIT_SSH_COMMAND",
        ] {
            let secrets = [secret(name, json!("x"))];
            let environment = Environment::of(&secrets, &plain(), &set(&[])).unwrap();
            assert!(variables(&environment).iter().all(|(set, _)| *set != name), "{name}");
            assert_eq!(environment.warnings.len(), 1, "{name}");
            let map = mapped(&[&format!("{name}={name}")]);
            let environment = Environment::of(&secrets, &map, &set(&[])).unwrap();
            assert!(variables(&environment).contains(&(name, "x")), "{name}");
        }
        assert!(!loads_code("ENVIRONMENT") && !loads_code("LDAP_PASSWORD") && !loads_code("NODE_ENV"));
    }

    #[test]
    fn the_fingerprint_tells_values_apart() {
        let hasher = RandomState::new();
        let of = |name: &str, value: &str| {
            Environment::of(&[secret(name, json!(value))], &Request::default(), &set(&[]))
                .unwrap()
                .fingerprint(&hasher)
        };
        assert_eq!(of("A", "x"), of("A", "x"));
        assert_ne!(of("A", "x"), of("A", "y"));
        assert_ne!(of("A", "x"), of("Ax", ""));
    }

    #[test]
    fn debug_shows_no_value() {
        let environment = Environment::of(&[secret("A", json!("hunter2"))], &plain(), &set(&[])).unwrap();
        assert!(!format!("{environment:?}").contains("hunter2"));
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<_> = (0..12).map(|number| number.to_string()).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(list(&names), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
    }
}
