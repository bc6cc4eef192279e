//! The two fields for a new password.

use strongroom_shared::limit::{PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS};

use super::{Field, TextField};
use crate::prelude::*;

#[derive(Clone, Copy)]
pub struct NewPassword {
    password: Field,
    repeated: Field,
}

impl NewPassword {
    /// `id` is the first field's.
    pub fn new(id: &'static str) -> Self {
        let password = Field::new(id, "", |typed| password_problem(&text::nfkc(typed)));
        let repeated = Field::new("repeat-password", "", move |typed| {
            let differs = text::nfkc(typed) != text::nfkc(&password.value.read());
            differs.then(|| "The two passwords don't match.".to_owned())
        });
        Self { password, repeated }
    }

    pub fn text(self) -> String {
        self.password.value.get()
    }

    pub fn is_empty(self) -> bool {
        self.password.is_empty() && self.repeated.is_empty()
    }

    pub fn check(self) -> Result<(), &'static str> {
        Field::check_all([self.password, self.repeated])
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
            field=password.password
            label
            kind="password"
            autocomplete="new-password"
            autofocus
            hint=Some(format!("At least {PASSWORD_MIN_CHARS} characters."))
        />
        <TextField
            field=password.repeated
            label=repeat_label
            kind="password"
            autocomplete="new-password"
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
