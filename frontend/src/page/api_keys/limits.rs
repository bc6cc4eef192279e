//! The field for the secrets that programs are limited to: a name, or a prefix and a star, on each line.

use strongroom_shared::SecretPattern;
use strongroom_shared::limit::SECRET_PATTERNS;

use super::SecretNames;
use crate::component::{Chips, Field, TextArea};
use crate::prelude::*;

pub const SECRETS: &str = "key-secrets";

const HINT: &str =
    "One name or prefix, such as DB_*, per line. Leave empty for all secrets, including future ones.";

const NAMES_SHOWN: usize = 12;

/// The typed patterns; none means no limit.
pub fn parse(text: &str) -> Result<Vec<SecretPattern>, String> {
    let mut patterns = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // Names have no white space at their ends, so it was typed by accident.
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let pattern =
            SecretPattern::parse(line.to_owned()).map_err(|rule| format!("Line {}: {rule}", index + 1))?;
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    if patterns.len() > SECRET_PATTERNS {
        return Err(format!(
            "Too many lines ({}). Use at most {SECRET_PATTERNS} names and prefixes.",
            patterns.len()
        ));
    }
    Ok(patterns)
}

pub fn problem(text: &str) -> Option<String> {
    parse(text).err()
}

pub fn to_texts(patterns: &[SecretPattern]) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

/// An example for programs with these limits: the first secret that they may read.
pub fn first_readable(text: &str, names: SecretNames) -> Option<String> {
    let patterns = parse(text).unwrap_or_default();
    let names = names.get().unwrap_or_default();
    let is_readable = |name: &&String| patterns.is_empty() || patterns.iter().any(|it| it.matches(name));
    let first = names.iter().find(is_readable).cloned();
    let exact = patterns.iter().find(|pattern| pattern.prefix().is_none());
    first.or_else(|| exact.map(ToString::to_string))
}

#[derive(Debug, PartialEq, Eq)]
pub struct Matches<'names> {
    pub names: Vec<&'names str>,
    /// The patterns without a match, because of a typo or because the secret does not exist yet.
    pub idle: Vec<String>,
}

impl<'names> Matches<'names> {
    pub fn new(patterns: &[SecretPattern], names: &'names [String]) -> Self {
        let is_matched = |name: &&String| patterns.iter().any(|pattern| pattern.matches(name));
        let is_idle = |pattern: &&SecretPattern| !names.iter().any(|name| pattern.matches(name));
        Self {
            names: names.iter().filter(is_matched).map(String::as_str).collect(),
            idle: patterns.iter().filter(is_idle).map(ToString::to_string).collect(),
        }
    }

    pub fn label(&self) -> String {
        match self.names.len() {
            0 => "Matches no secrets now.".to_owned(),
            1 => "Matches 1 secret now:".to_owned(),
            count => format!("Matches {count} secrets now:"),
        }
    }

    pub fn idle_label(&self) -> Option<String> {
        (!self.idle.is_empty()).then(|| format!("No secret matches {} yet.", self.idle.join(", ")))
    }
}

#[component]
pub fn LimitsField(
    field: Field,
    names: SecretNames,
    /// Whether there are limits that saving may remove.
    #[prop(optional)]
    was_limited: bool,
) -> impl IntoView {
    let frees = move || was_limited && field.text().is_empty();
    let matches = move || {
        let patterns = parse(&field.value.read()).ok().filter(|patterns| !patterns.is_empty())?;
        let names = names.get()?;
        let matches = Matches::new(&patterns, &names);
        let names = matches.names.iter().map(|name| (*name).to_owned()).collect();
        Some(view! {
            <p>{matches.label()}</p>
            <Chips names limit=NAMES_SHOWN />
            {matches.idle_label().map(shown).map(|label| view! { <p class="limits__idle">{label}</p> })}
        })
    };
    view! {
        <TextArea field label="Limit to secrets" code="DB_*" hint=Some(HINT.to_owned())>
            <div class="limits" aria-live="polite">{matches}</div>
            <Show when=frees>
                <p class="limits__frees" role="alert">
                    "Saving removes the limits: programs will have access to all of the team's secrets."
                </p>
            </Show>
        </TextArea>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_error(text: &str, expected: &str) {
        assert_eq!(parse(text).expect_err("an error"), expected);
    }

    #[test]
    fn lines_are_trimmed_and_counted_once() {
        let patterns = parse("  DB_* \n\nAPI_KEY\r\nDB_*\n").expect("valid");
        assert_eq!(to_texts(&patterns), ["DB_*", "API_KEY"]);
        assert_eq!(parse(" \n"), Ok(vec![]));
    }

    #[test]
    fn errors_name_the_line() {
        check_error(
            &format!("OK\n{}", "x".repeat(256)),
            "Line 2: A secret's name can have at most 255 characters.",
        );
        let many: Vec<String> = (0..101).map(|number| format!("S{number}")).collect();
        check_error(&many.join("\n"), "Too many lines (101). Use at most 100 names and prefixes.");
    }

    #[test]
    fn matches_list_names_and_idle_patterns() {
        let names = ["API_KEY", "DB_PASSWORD", "DB_URL", "OTHER"].map(str::to_owned);
        let patterns = parse("DB_*\nDB_URL\nMISSING").expect("valid");
        let matches = Matches::new(&patterns, &names);
        assert_eq!(matches.names, ["DB_PASSWORD", "DB_URL"]);
        assert_eq!(matches.label(), "Matches 2 secrets now:");
        assert_eq!(matches.idle_label().as_deref(), Some("No secret matches MISSING yet."));
        let none = Matches::new(&parse("Z").expect("valid"), &names);
        assert_eq!(none.label(), "Matches no secrets now.");
    }
}
