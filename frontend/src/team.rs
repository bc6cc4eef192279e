//! The rules of a team's names, as the server checks them again.

use strongroom_shared::limit::LABEL_CHARS;
use strongroom_shared::slug::{SLUG_CHARS, is_slug};

pub fn slug_problem(slug: &str) -> Option<String> {
    (!is_slug(slug)).then(|| {
        format!("Use 1 to {SLUG_CHARS} lower-case letters and digits, with single dashes between them.")
    })
}

/// What is wrong with a team's name, apart from white space around it.
pub fn name_problem(name: &str) -> Option<String> {
    let name = name.trim();
    if name.is_empty() {
        Some("Give the team a name.".to_owned())
    } else if name.chars().count() > LABEL_CHARS {
        Some(format!("Use at most {LABEL_CHARS} characters."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_and_has_an_end() {
        assert!(name_problem("  ").is_some());
        assert_eq!(name_problem(&"é".repeat(LABEL_CHARS)), None);
        assert!(name_problem(&"x".repeat(LABEL_CHARS + 1)).is_some());
    }
}
