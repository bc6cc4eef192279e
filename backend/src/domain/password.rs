//! The rules for new passwords, and the normalisation of all passwords.

use strongroom_shared::limit;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::rule::Rule;

/// Words that attackers try first, combined and with digits and punctuation around them.
const COMMON: &str = "\
    abc admin administrator asdf asdfghjkl autumn baseball changeme default dragon football hello \
    iloveyou letmein login master monkey my password passwort princess qwerty qwertyuiop qwertz root \
    secret shadow spring strongroom summer sunshine superman temp test the trustno user welcome winter \
    zxcvbnm";
/// A password with fewer distinct characters is a pattern.
const MIN_DISTINCT: usize = 5;

/// The largest growth factor of NFKC, in bytes: one Arabic ligature becomes a sentence.
const EXPANSION: usize = 11;

/// A password in Unicode's normalisation form KC, as NIST SP 800-63B recommends: `ü` is one code point or two, depending
/// on the keyboard.
pub fn normalised(password: &str) -> Zeroizing<String> {
    // Preallocated, because a growing buffer leaves copies of the password in memory.
    let room = if password.is_ascii() { password.len() } else { EXPANSION * password.len() };
    let mut normalised = Zeroizing::new(String::with_capacity(room));
    normalised.extend(password.nfkc());
    normalised
}

/// Whether a password exceeds the length limit in every normalisation.
pub fn is_too_long(password: &str) -> bool {
    password.len() > limit::PASSWORD_MAX_BYTES && normalised(password).len() > limit::PASSWORD_MAX_BYTES
}

/// Checks a new, normalised password.
pub(crate) fn check_password(password: &str) -> Result<(), Rule> {
    let password = &*normalised(password);
    let is_long = password.chars().count() >= limit::PASSWORD_MIN_CHARS;
    Rule::require(is_long, "A password must have at least 12 characters.")?;
    Rule::require(password.len() <= limit::PASSWORD_MAX_BYTES, "A password can have at most 1024 bytes.")?;
    Rule::require(!is_common(password), "That password is too common. Choose another.")
}

fn is_common(password: &str) -> bool {
    let is_of_words = is_made_of_words(password.chars()) || {
        let end = password.trim_end_matches(|c: char| !c.is_alphabetic()).len();
        is_made_of_words(password[..end].chars().map(letter_for))
    };
    let is_counted =
        ["0123456789".repeat(4), "9876543210".repeat(4)].iter().any(|digits| digits.contains(password));
    let distinct: std::collections::HashSet<_> = password.chars().take(limit::PASSWORD_MAX_BYTES).collect();
    is_of_words || is_counted || distinct.len() < MIN_DISTINCT
}

/// Whether the letters among some characters are a sequence of common words.
fn is_made_of_words(characters: impl Iterator<Item = char>) -> bool {
    // Preallocated as well.
    let mut letters = Zeroizing::new(String::with_capacity(3 * limit::PASSWORD_MAX_BYTES));
    letters.extend(characters.flat_map(char::to_lowercase).filter(|letter| letter.is_alphabetic()));
    let mut rest = letters.as_str();
    // The longest word first: `administrator` starts with `admin`.
    while let Some(behind) = COMMON.rsplit(' ').find_map(|word| rest.strip_prefix(word)) {
        rest = behind;
    }
    !letters.is_empty() && rest.is_empty()
}

/// The letter that a digit or symbol often stands for.
const fn letter_for(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_common_passwords_are_refused() {
        let (wide, decomposed) = ("ｐａｓｓｗｏｒｄ１２３４", "u\u{308}o\u{308}a\u{308}u\u{308}e\u{308}io");
        for password in [
            "password1234", "P@ssw0rd2030", "Password!2030", "passwordpassword", "administrator1",
            "MyPassword123!", "qwertyuiop12", "Summer2030!!", "123456789012", "109876543210",
            "aaaaaaaaaaaaaaaa", "abababababab", wide, decomposed,
        ] {
            assert!(check_password(password).is_err(), "{password}");
        }
        for password in [
            "correct horse battery staple", "a new member's password", "83920174650192", "ключ от сейфа",
            "password of a dolphin",
        ] {
            assert_eq!(check_password(password), Ok(()), "{password}");
        }
        assert!(check_password("elevenchars").is_err());
        assert!(check_password(&"wide ".repeat(300)).is_err());
        // 1100 bytes, 990 after normalising.
        assert_eq!(check_password(&"ke\u{301} horse".repeat(110)), Ok(()));
        assert!(!is_too_long(&"e\u{301}".repeat(400)) && is_too_long(&"e\u{301}".repeat(600)));
    }
}
