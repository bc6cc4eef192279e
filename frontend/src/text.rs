//! Texts by other users, and the browser's Unicode functions.

use js_sys::JsString;
use strongroom_shared::visible;

/// Shows the invisible characters of a text by another user. Every name and description on the page goes through it.
pub fn shown(text: impl AsRef<str>) -> String {
    visible::shown(text.as_ref()).into_owned()
}

/// In lower case. The browser has the tables for other alphabets; Rust's would be twelve kilobytes of the page.
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else if cfg!(target_family = "wasm") {
        JsString::from(text).to_lower_case().into()
    } else {
        // Tests have no browser.
        text.to_lowercase()
    }
}

/// Normalises to NFKC, as the server does with passwords.
pub fn nfkc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    JsString::from(text).normalize("NFKC").into()
}

/// A rough check of an email address; the server has a better one.
pub fn email_problem(text: &str) -> Option<String> {
    let text = text.trim();
    let is_address = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace);
    (!is_address).then(|| "Type an email address.".to_owned())
}

/// An error message for a text of more than `max` characters.
pub fn too_long(text: &str, max: usize) -> Option<String> {
    (text.chars().count() > max).then(|| format!("Use at most {max} characters."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_has_a_name_and_a_host() {
        for good in ["ada@example.com", " a@b "] {
            assert_eq!(email_problem(good), None, "{good}");
        }
        for bad in ["", "ada", "@example.com", "ada@", "a da@example.com"] {
            assert!(email_problem(bad).is_some(), "{bad}");
        }
    }
}
