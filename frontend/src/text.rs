//! What others wrote, as it is shown, and what the browser knows of Unicode.

use js_sys::JsString;
use strongroom_shared::visible;

/// A text that others wrote, as it is shown: what can't be seen in it is spelt out. Whatever draws the name or description
/// of something takes it from here.
pub fn shown(text: impl AsRef<str>) -> String {
    visible::shown(text.as_ref()).into_owned()
}

/// A text in Unicode's normalization form KC, in which the server judges passwords.
pub fn nfkc(text: &str) -> String {
    normalised(text, "NFKC")
}

/// A text in Unicode's normalization form KD, for [`visible::look`].
pub fn nfkd(text: &str) -> String {
    normalised(text, "NFKD")
}

fn normalised(text: &str, form: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    JsString::from(text).normalize(form).into()
}
