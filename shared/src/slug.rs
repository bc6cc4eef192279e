//! Slugs: the short names of teams.

/// The longest slug.
pub const SLUG_CHARS: usize = 63;

/// Letters with accents, and how a slug spells them. A table, because the Unicode tables are too large for the page.
const LATIN: [(&str, &str); 23] = [
    ("àáâãäåāăą", "a"),
    ("æ", "ae"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ĵ", "j"),
    ("ķ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŋ", "n"),
    ("òóôõöøōŏő", "o"),
    ("œ", "oe"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ß", "ss"),
    ("ţťŧț", "t"),
    ("þ", "th"),
    ("ùúûüũūŭůűų", "u"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
];

/// The default slug of a team's name, which is in lower case, because the page leaves that to the browser; `None` if no
/// character fits.
pub fn slug_of_name(name: &str) -> Option<String> {
    let mut slug = String::new();
    for character in name.chars() {
        if let Some((_, plain)) = LATIN.iter().find(|(letters, _)| letters.contains(character)) {
            slug.push_str(plain);
        } else if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if ('\u{300}'..='\u{36f}').contains(&character) {
            // An accent of the letter before it.
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
            ("Åcme & Söhne", Some("acme-sohne")),
            ("Cafe\u{301} Ærø Straße", Some("cafe-aero-strasse")),
            (" Data ", Some("data")),
            ("a!", Some("a")),
            ("日本", None),
            ("", None),
        ] {
            assert_eq!(slug_of_name(&name.to_lowercase()).as_deref(), slug, "{name}");
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
