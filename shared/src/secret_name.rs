//! The rules for names of secrets.

use crate::limit::SECRET_NAME_CHARS;
use crate::visible;

/// The name of a secret: 1 to 255 characters, no control characters, no white space at either end.
///
/// Any other Unicode is allowed, names are case-sensitive, and they are kept unchanged. A new name has no invisible
/// characters at either end, too: see [`SecretName::check_new`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

/// Which rule a name breaks. The messages never repeat the name: people paste values into the wrong field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SecretNameError {
    #[error("A secret's name is required.")]
    Empty,
    #[error("A secret's name can have at most {} characters.", SECRET_NAME_CHARS)]
    TooLong,
    #[error("A secret's name can't contain control characters, such as line breaks or tabs.")]
    ControlCharacter,
    #[error("A secret's name can't have white space at its start or end.")]
    OuterWhiteSpace,
    /// Only for new names.
    #[error("A secret's name can't have invisible characters at its start or end.")]
    OuterInvisible,
}

impl SecretName {
    /// Checks `name` against the rules.
    ///
    /// # Errors
    /// The first rule that `name` breaks.
    pub fn parse(name: impl Into<String>) -> Result<Self, SecretNameError> {
        let name = name.into();
        if name.is_empty() {
            Err(SecretNameError::Empty)
        } else if name.chars().any(char::is_control) {
            Err(SecretNameError::ControlCharacter)
        } else if name.trim().len() != name.len() {
            Err(SecretNameError::OuterWhiteSpace)
        } else if name.chars().count() > SECRET_NAME_CHARS {
            Err(SecretNameError::TooLong)
        } else {
            Ok(Self(name))
        }
    }

    /// Checks the rule for new names. A secret with an older name can still be read, set and deleted.
    ///
    /// # Errors
    /// The broken rule.
    pub fn check_new(&self) -> Result<(), SecretNameError> {
        if visible::has_hidden_end(&self.0) { Err(SecretNameError::OuterInvisible) } else { Ok(()) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as owned text.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<SecretNameError>) {
        let found = SecretName::parse(name);
        assert_eq!(found.as_ref().err(), expected.as_ref(), "{name:?}");
        if let Ok(kept) = found {
            assert_eq!(kept.as_str(), name, "a name is kept exactly");
        }
    }

    #[test]
    fn ordinary_and_odd_names_are_kept() {
        for name in
            ["A", "my secret", "a\"b'c<d>&", "ключ", "🔑", "a/b/../c", "__proto__", "{{x}}", "e\u{301}"]
        {
            check(name, None);
        }
    }

    #[test]
    fn each_rule_is_named() {
        check("", Some(SecretNameError::Empty));
        for name in ["a\nb", "\t", "a\u{7f}", "a\u{85}"] {
            check(name, Some(SecretNameError::ControlCharacter));
        }
        for name in [" a", "a\u{3000}", " "] {
            check(name, Some(SecretNameError::OuterWhiteSpace));
        }
        // Characters count, not bytes.
        check(&"🔑".repeat(255), None);
        check(&"a".repeat(256), Some(SecretNameError::TooLong));
    }

    #[test]
    fn only_new_names_must_have_visible_ends() {
        let check_new = |name: &str| SecretName::parse(name).expect("an old name").check_new();
        for name in ["DB\u{200b}_URL", "❤\u{fe0f}"] {
            assert_eq!(check_new(name), Ok(()), "{name:?}");
        }
        for name in ["DB_URL\u{200b}", "\u{feff}DB_URL", "DB_URL\u{202e}"] {
            assert_eq!(check_new(name), Err(SecretNameError::OuterInvisible), "{name:?}");
        }
    }
}
