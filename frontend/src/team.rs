//! The rules of a team's names, as the server checks them again.

use strongroom_shared::limit::LABEL_CHARS;

/// The longest short name.
const SLUG_CHARS: usize = 63;

/// The short name that a team of this name has in commands, unless people choose another.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for character in name.trim().to_lowercase().chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SLUG_CHARS);
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// What is wrong with a short name.
pub fn slug_problem(slug: &str) -> Option<String> {
    let fits = slug.len() <= SLUG_CHARS
        && slug.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
    (!fits).then(|| {
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
    fn a_short_name_is_made_of_any_name() {
        for (name, slug) in [
            ("Acme & Söhne", "acme-s-hne"),
            (" Data ", "data"),
            ("a!", "a"),
            ("日本", ""),
        ] {
            assert_eq!(slug_of(name), slug, "{name}");
        }
        assert_eq!(slug_problem(&slug_of(&"a ".repeat(80))), None);
    }

    #[test]
    fn short_names_are_lower_case_words_with_dashes() {
        for good in ["a", "acme-data-2", "0"] {
            assert_eq!(slug_problem(good), None, "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "ä", &"a".repeat(64)] {
            assert!(slug_problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_name_is_there_and_has_an_end() {
        assert!(name_problem("  ").is_some());
        assert_eq!(name_problem(&"é".repeat(LABEL_CHARS)), None);
        assert!(name_problem(&"x".repeat(LABEL_CHARS + 1)).is_some());
    }
}
