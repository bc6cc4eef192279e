//! Slugs: the short names of teams.

/// The longest slug.
pub const SLUG_CHARS: usize = 63;

/// The default slug of a team's name; `None` if no character of the name fits.
pub fn slug_of_name(name: &str) -> Option<String> {
    let mut slug = String::new();
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SLUG_CHARS);
    slug.truncate(slug.trim_end_matches('-').len());
    (!slug.is_empty()).then_some(slug)
}

/// Whether a text is a slug: lower-case letters and digits, with single dashes between them.
pub fn is_slug(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= SLUG_CHARS && text.split('-').all(|word| !word.is_empty() && word.bytes().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_derived_from_any_name() {
        for (name, slug) in [
            ("Acme & Söhne", Some("acme-s-hne")),
            (" Data ", Some("data")),
            ("a!", Some("a")),
            ("日本", None),
            ("", None),
        ] {
            assert_eq!(slug_of_name(name).as_deref(), slug, "{name}");
        }
        let long = slug_of_name(&"a ".repeat(80)).expect("something of it");
        assert!(is_slug(&long), "{long}");
    }

    #[test]
    fn slugs_are_lower_case_words_with_dashes() {
        for good in ["a", "acme-data-2", "0", &"a".repeat(SLUG_CHARS)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "ä", &"a".repeat(SLUG_CHARS + 1)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
