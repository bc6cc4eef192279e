//! The two fields for a new password.

use strongroom_shared::limit::{PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS};

use super::{TextField, show_errors};
use crate::prelude::*;

const REPEATED: &str = "repeat-password";

#[derive(Clone, Copy)]
pub struct NewPassword {
    password: RwSignal<String>,
    repeated: RwSignal<String>,
    error: RwSignal<Option<String>>,
    repeated_error: RwSignal<Option<String>>,
    id: &'static str,
}

impl NewPassword {
    /// `id` is the first field's.
    pub fn new(id: &'static str) -> Self {
        Self {
            password: RwSignal::default(),
            repeated: RwSignal::default(),
            error: RwSignal::default(),
            repeated_error: RwSignal::default(),
            id,
        }
    }

    pub fn get_untracked(self) -> String {
        self.password.get_untracked()
    }

    pub fn is_empty(self) -> bool {
        self.password.read().is_empty() && self.repeated.read().is_empty()
    }

    /// Shows the errors. Fails with the id of the first wrong field.
    pub fn check(self) -> Result<(), &'static str> {
        let [password, repeated] =
            [self.password, self.repeated].map(|typed| text::nfkc(&typed.read_untracked()));
        let differs = (password != repeated).then(|| "The two passwords don't match.".to_owned());
        show_errors([
            (self.id, self.error, password_problem(&password)),
            (REPEATED, self.repeated_error, differs),
        ])
    }
}

#[component]
pub fn NewPasswordFields(
    password: NewPassword,
    #[prop(default = "Password")] label: &'static str,
    #[prop(default = "Repeat password")] repeat_label: &'static str,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    view! {
        <TextField
            id=password.id
            label
            kind="password"
            autocomplete="new-password"
            autofocus
            hint=Some(format!("At least {PASSWORD_MIN_CHARS} characters."))
            error=password.error
            value=password.password
        />
        <TextField
            id=REPEATED
            label=repeat_label
            kind="password"
            autocomplete="new-password"
            error=password.repeated_error
            value=password.repeated
        />
    }
}

fn password_problem(password: &str) -> Option<String> {
    if password.chars().count() < PASSWORD_MIN_CHARS {
        Some(format!("Use at least {PASSWORD_MIN_CHARS} characters."))
    } else if password.len() > PASSWORD_MAX_BYTES {
        Some(format!("Use at most {PASSWORD_MAX_BYTES} bytes."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_length_is_limited() {
        assert!(password_problem("elevenchars").is_some());
        assert_eq!(password_problem("twelve chars"), None);
        assert_eq!(password_problem(&"é".repeat(PASSWORD_MIN_CHARS)), None);
        assert!(password_problem(&"x".repeat(PASSWORD_MAX_BYTES + 1)).is_some());
    }
}
