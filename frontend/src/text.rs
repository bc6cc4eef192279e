//! Texts by other users, and the browser's Unicode functions.

use js_sys::JsString;
use strongroom_shared::visible;

/// Shows the invisible characters of a text by another user. Every name and description on the page goes through it.
pub fn shown(text: impl AsRef<str>) -> String {
    visible::shown(text.as_ref()).into_owned()
}

/// Normalises to NFKC, as the server does with passwords.
pub fn nfkc(text: &str) -> String {
    normalised(text, "NFKC")
}

/// Normalises to NFKD, for [`visible::look`].
pub fn nfkd(text: &str) -> String {
    normalised(text, "NFKD")
}

fn normalised(text: &str, form: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    JsString::from(text).normalize(form).into()
}

/// An error message for a text of more than `max` characters.
pub fn too_long(text: &str, max: usize) -> Option<String> {
    (text.chars().count() > max).then(|| format!("Use at most {max} characters."))
}
