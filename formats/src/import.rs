//! The limits of an import, which clients check before they send anything, and the server's errors about one.

use strongroom_shared::{Json, limit};

/// The size of a request without the secrets, in bytes.
const OVERHEAD: usize = 4 * 1024;

/// Refuses more secrets than one import can have, or larger ones, in words for the user.
pub fn check_size<'a>(secrets: impl Iterator<Item = (&'a str, &'a Json)>) -> Result<(), String> {
    const MOST: usize = limit::IMPORTED_SECRETS;
    let (mut count, mut bytes) = (0, OVERHEAD);
    for (name, value) in secrets {
        count += 1;
        bytes += r#"{"name":,"value":},"#.len() + encoded(name) + value.text_bytes();
    }
    if count > MOST {
        return Err(format!(
            "The file has {count} secrets; an import can have at most {MOST}. Split the file."
        ));
    }
    if bytes > limit::REQUEST_BYTES { Err(too_large()) } else { Ok(()) }
}

/// The message about a file that is too large.
pub fn too_large() -> String {
    let most = limit::REQUEST_BYTES / 1024 / 1024;
    format!("The file is larger than the {most} MiB of one import. Split the file.")
}

/// The position and the rule in the server's message about one secret of an import.
pub fn refused_secret(message: &str) -> Option<(usize, &str)> {
    let (number, rule) = message.strip_prefix("Secret ")?.split_once(" of the import: ")?;
    Some((number.parse::<usize>().ok()?.checked_sub(1)?, rule))
}

/// The length of a text as JSON, in bytes.
fn encoded(text: &str) -> usize {
    let length = |character: char| match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\x1f' => 6,
        other => other.len_utf8(),
    };
    2 + text.chars().map(length).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_server() {
        let value = |length: usize| Json::new("x".repeat(length).into());
        let check = |count: usize, value: &Json| {
            check_size((0..count).map(|_| ("NAME", value))).err().unwrap_or_default()
        };
        assert_eq!(check(5000, &value(1000)), "");
        assert!(
            check(5001, &value(1)).contains("The file has 5001 secrets; an import can have at most 5000.")
        );
        assert!(check(5000, &value(1100)).contains("larger than the 5 MiB"));
    }

    #[test]
    fn names_are_counted_as_json() {
        for name in ["A", "é🔑", "a\"b\\c\u{1}\u{7f}\t"] {
            assert_eq!(encoded(name), serde_json::to_string(name).expect("JSON").len(), "{name}");
        }
    }

    #[test]
    fn errors_about_one_secret_are_recognised() {
        assert_eq!(refused_secret("Secret 3 of the import: no."), Some((2, "no.")));
        for other in ["Secret 0 of the import: no.", "Secret x of the import: no.", "No."] {
            assert_eq!(refused_secret(other), None, "{other}");
        }
    }
}
