//! The secrets of a file, without a browser: what can be imported, and why the rest can't.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use strongroom_formats::{self as formats, Contents, Entry, Format, check};
use strongroom_shared::input::{ImportSecretsInput, ImportedSecret};
use strongroom_shared::payload::{ImportChange, ImportSecretsPayload};
use strongroom_shared::{GivenJson, Json, SecretName};

/// What the page knows besides the file.
#[derive(Clone, Copy)]
pub struct Known {
    /// The server's limit of a value, in bytes as JSON.
    pub max_bytes: usize,
    /// In seconds since 1970.
    pub now: u64,
}

#[derive(Debug, PartialEq)]
pub struct Plan {
    /// In the order of the file.
    pub rows: Vec<Row>,
    /// The lines with escapes that other programs read differently.
    pub escapes: Vec<usize>,
}

#[derive(Debug, PartialEq)]
pub struct Row {
    pub line: usize,
    /// `None` if the line has none.
    pub name: Option<String>,
    pub content: Content,
}

#[derive(Debug, PartialEq)]
pub enum Content {
    Value {
        value: Json,
        /// What is suspicious about it, as a sentence.
        hint: Option<String>,
    },
    /// The rule that the line breaks.
    Refused(String),
}

impl Row {
    fn new(Entry { line, name, value }: Entry, known: Known) -> Self {
        let content = match (&name, value) {
            (Some(name), Ok(value)) => Content::of(name, value, known),
            (None, Ok(_)) => Content::Refused("it has no name.".to_owned()),
            (_, Err(invalid)) => Content::Refused(invalid.rule()),
        };
        // An invalid name may be a value in the wrong place.
        let name = name.filter(|name| SecretName::parse(name.as_str()).is_ok());
        Self { line, name, content }
    }

    /// The name and the value, if they can be imported.
    pub fn secret(&self) -> Option<(&str, &Json)> {
        match &self.content {
            Content::Value { value, .. } => Some((self.name.as_deref()?, value)),
            Content::Refused(_) => None,
        }
    }
}

impl Content {
    fn of(name: &str, value: Json, known: Known) -> Self {
        // The server knows which names are new, and has a rule more for those.
        if let Err(problem) = SecretName::parse(name) {
            return Self::Refused(problem.to_string());
        }
        let bytes = value.text_bytes();
        if bytes > known.max_bytes {
            return Self::Refused(format!(
                "a value can have at most {} bytes as JSON; this one has {bytes}.",
                known.max_bytes
            ));
        }
        let hint = check::describe(name, &value, known.now);
        Self::Value { value, hint: hint.map(|hint| format!("The value {hint}.")) }
    }
}

/// What stands for a value on the page: its length, or its type.
pub fn masked(value: &Json) -> String {
    match value.value() {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => counted(text.chars().count(), "character"),
        Value::Array(items) => format!("JSON, {}", counted(items.len(), "item")),
        Value::Object(fields) => format!("JSON, {}", counted(fields.len(), "key")),
    }
}

/// `1 secret`, `2 secrets`.
pub fn counted(number: usize, of_what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {of_what}{s}")
}

impl Plan {
    /// Reads a file, or returns why it can't be imported.
    pub fn read(text: &str, format: Format, known: Known) -> Result<Self, String> {
        let Contents { entries, escapes, .. } =
            formats::read(text, format).map_err(|invalid| format!("Not read: {invalid}"))?;
        let plan = Self { rows: entries.into_iter().map(|entry| Row::new(entry, known)).collect(), escapes };
        if plan.rows.is_empty() {
            return Err("There are no secrets in it.".to_owned());
        }
        formats::import::check_size(plan.secrets())?;
        Ok(plan)
    }

    pub fn secrets(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.rows.iter().filter_map(Row::secret)
    }

    /// The number of refused lines.
    pub fn refused(&self) -> usize {
        self.rows.len() - self.secrets().count()
    }

    /// The request for a preview; `None` if nothing can be imported.
    pub fn preview(&self) -> Option<ImportSecretsInput> {
        let secrets: Vec<_> = self.secrets().map(|(name, value)| imported(name, Some(value))).collect();
        let has_secrets = !secrets.is_empty();
        has_secrets.then_some(ImportSecretsInput { secrets, preview: Some(true), expected_state: None })
    }

    /// What the server says about one of the secrets, by its name instead of its number.
    pub fn explain(&self, message: String) -> String {
        let named = formats::import::refused_secret(&message).and_then(|(index, rule)| {
            let (name, _) = self.secrets().nth(index)?;
            Some(format!("{name}: {rule}"))
        });
        named.unwrap_or(message)
    }
}

fn imported(name: &str, value: Option<&Json>) -> ImportedSecret {
    let skip = value.is_none().then_some(true);
    ImportedSecret { name: name.to_owned(), value: GivenJson(value.cloned()), skip }
}

/// The server's preview of a plan.
#[derive(Debug, PartialEq)]
pub struct Preview {
    changes: HashMap<String, ImportChange>,
    state: Option<String>,
}

/// How many secrets an import creates, overwrites and leaves alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: usize,
    pub overwritten: usize,
    pub unchanged: usize,
}

impl Preview {
    pub fn new(payload: ImportSecretsPayload) -> Self {
        let changes = payload.changes.into_iter().map(|change| (change.name, change.change)).collect();
        Self { changes, state: payload.state }
    }

    pub fn change(&self, name: &str) -> Option<ImportChange> {
        self.changes.get(name).copied()
    }

    /// Whether an import would set the secret.
    fn sets(&self, name: &str) -> bool {
        matches!(self.change(name), Some(ImportChange::Created | ImportChange::Overwritten))
    }

    pub fn counts(&self) -> Counts {
        self.changes.values().fold(Counts::default(), |mut counts, change| {
            match change {
                ImportChange::Created => counts.created += 1,
                ImportChange::Overwritten => counts.overwritten += 1,
                ImportChange::Unchanged => counts.unchanged += 1,
            }
            counts
        })
    }

    /// How many secrets an import without the unticked ones sets.
    pub fn number(&self, unticked: &HashSet<String>) -> usize {
        self.changes.keys().filter(|name| self.sets(name) && !unticked.contains(*name)).count()
    }

    /// The request that imports a plan without the unticked secrets. It names all secrets of the preview, whose state it
    /// expects.
    pub fn import(&self, plan: &Plan, unticked: &HashSet<String>) -> ImportSecretsInput {
        let secret = |(name, value)| {
            let is_set = self.sets(name) && !unticked.contains(name);
            imported(name, is_set.then_some(value))
        };
        ImportSecretsInput {
            secrets: plan.secrets().map(secret).collect(),
            preview: None,
            expected_state: self.state.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::payload::SecretChange;

    use super::*;

    fn read(text: &str, format: Format) -> Result<Plan, String> {
        let known = Known { max_bytes: 30, now: 0 };
        Plan::read(text, format, known)
    }

    #[test]
    fn rows_are_secrets_or_refused_with_their_line() {
        let long = "x".repeat(29);
        let text = format!(
            "{{\"A\": \"changeme\",\n\" B\": 1,\n\"B\u{200b}\": 2,\n\"C\": \"{long}\",\n\"D\": null, \"D\": 1}}"
        );
        let plan = read(&text, Format::Json).expect("a plan");
        let found = plan.rows.iter().map(|Row { line, name, content }| {
            let content = match content {
                Content::Value { hint, .. } => hint.as_deref().unwrap_or("ok"),
                Content::Refused(rule) => rule.split(' ').next().unwrap_or_default(),
            };
            format!("{line} {} {content}", name.as_deref().unwrap_or("-"))
        });
        let expected = [
            "1 A The value looks like a placeholder.",
            "2 - A",
            "3 B\u{200b} ok",
            "4 C a",
            "5 D duplicate",
            "5 D duplicate",
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(read("", Format::Env), Err("There are no secrets in it.".to_owned()));
        let error = read("[hunter2]", Format::Json).expect_err("no secrets");
        assert!(error.starts_with("Not read: line 1, column 2: ") && !error.contains("hunter2"), "{error}");
        assert!(read(&"A".repeat(6_000_000), Format::Env).is_ok(), "a refused line");
    }

    #[test]
    fn values_are_masked() {
        let of = |json: &str| masked(&serde_json::from_str(json).expect("JSON"));
        for (json, expected) in [
            ("\"hunter2\"", "7 characters"),
            ("\"é\"", "1 character"),
            ("\"\"", "empty"),
            ("42", "a number"),
            ("true", "true or false"),
            ("null", "null"),
            ("[1]", "JSON, 1 item"),
            ("{\"a\": 1, \"b\": 2}", "JSON, 2 keys"),
        ] {
            assert_eq!(of(json), expected);
        }
    }

    #[test]
    fn import_names_all_previewed_secrets_and_skips_unticked_and_unchanged_ones() {
        let plan = read("A=1\nB=2\n!\n\nC=3\nD=4", Format::Env).expect("a plan");
        let changes = [
            ("A", ImportChange::Created),
            ("B", ImportChange::Overwritten),
            ("C", ImportChange::Unchanged),
            ("D", ImportChange::Created),
        ];
        let changes = changes.map(|(name, change)| SecretChange { name: name.to_owned(), change });
        let preview = Preview::new(ImportSecretsPayload {
            success: Some(true),
            error: None,
            changes: changes.to_vec(),
            state: Some("state".to_owned()),
        });
        assert_eq!(preview.counts(), Counts { created: 2, overwritten: 1, unchanged: 1 });
        let names = |input: &ImportSecretsInput| {
            let secret = |secret: &ImportedSecret| {
                assert_eq!(secret.skip == Some(true), secret.value.is_omitted());
                format!("{}{}", if secret.skip == Some(true) { "-" } else { "" }, secret.name)
            };
            input.secrets.iter().map(secret).collect::<Vec<_>>()
        };
        let asked = plan.preview().expect("secrets");
        assert_eq!((names(&asked), asked.preview), (vec!["A".into(), "C".into(), "D".into()], Some(true)));
        let unticked = HashSet::from(["D".to_owned()]);
        let input = preview.import(&plan, &unticked);
        assert_eq!(names(&input), ["A", "-C", "-D"]);
        assert_eq!(input.expected_state.as_deref(), Some("state"));
        assert_eq!((preview.number(&unticked), preview.number(&HashSet::new())), (2, 3));
        assert_eq!(plan.explain("Secret 2 of the import: no.".to_owned()), "C: no.");
        assert_eq!(plan.explain("No.".to_owned()), "No.");
        assert!(read("hunter2", Format::Env).expect("a plan").preview().is_none());
    }
}
