//! The secrets that a key is limited to, as people type them: a name, or a prefix and a star, on each line.

use strongroom_shared::SecretPattern;
use strongroom_shared::limit::SECRET_PATTERNS;

/// The patterns that are typed; none is no limit.
pub fn parse(text: &str) -> Result<Vec<SecretPattern>, String> {
    let mut patterns = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // No name has white space at its ends, so what is there came by accident.
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
            "These are {} lines. A key can be limited to at most {SECRET_PATTERNS} names and prefixes.",
            patterns.len()
        ));
    }
    Ok(patterns)
}

pub fn to_texts(patterns: &[SecretPattern]) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

#[derive(Debug, PartialEq, Eq)]
pub struct Matches<'names> {
    pub names: Vec<&'names str>,
    /// The patterns that no name fits, because of a slip or because the secret is still to come.
    pub idle: Vec<String>,
}

impl<'names> Matches<'names> {
    pub fn new(patterns: &[SecretPattern], names: &'names [String]) -> Self {
        let is_meant = |name: &&String| patterns.iter().any(|pattern| pattern.matches(name));
        let is_idle = |pattern: &&SecretPattern| !names.iter().any(|name| pattern.matches(name));
        Self {
            names: names.iter().filter(is_meant).map(String::as_str).collect(),
            idle: patterns.iter().filter(is_idle).map(ToString::to_string).collect(),
        }
    }

    pub fn label(&self) -> String {
        match self.names.len() {
            0 => "Matches no secret that there is now.".to_owned(),
            1 => "Matches 1 secret now:".to_owned(),
            count => format!("Matches {count} secrets now:"),
        }
    }

    pub fn idle_label(&self) -> Option<String> {
        (!self.idle.is_empty()).then(|| format!("Nothing fits {} yet.", self.idle.join(", ")))
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
    fn what_is_wrong_names_the_line() {
        check_error(
            &format!("OK\n{}", "x".repeat(256)),
            "Line 2: A secret's name has at most 255 characters.",
        );
        let many: Vec<String> = (0..101).map(|number| format!("S{number}")).collect();
        check_error(
            &many.join("\n"),
            "These are 101 lines. A key can be limited to at most 100 names and prefixes.",
        );
    }

    #[test]
    fn matches_tell_what_is_meant_and_what_fits_nothing() {
        let names = ["API_KEY", "DB_PASSWORD", "DB_URL", "OTHER"].map(str::to_owned);
        let patterns = parse("DB_*\nDB_URL\nMISSING").expect("valid");
        let matches = Matches::new(&patterns, &names);
        assert_eq!(matches.names, ["DB_PASSWORD", "DB_URL"]);
        assert_eq!(matches.label(), "Matches 2 secrets now:");
        assert_eq!(matches.idle_label().as_deref(), Some("Nothing fits MISSING yet."));
        let none = Matches::new(&parse("Z").expect("valid"), &names);
        assert_eq!(none.label(), "Matches no secret that there is now.");
    }
}
