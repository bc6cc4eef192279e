//! The two fields in which people choose a password.

use leptos::html::Input;
use leptos::prelude::*;
use strongroom_shared::limit::{PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS};

use super::field::TextField;
use crate::browser;
use crate::text;

/// A password as it is being chosen.
#[derive(Clone, Copy)]
pub struct NewPassword {
    password: RwSignal<String>,
    repeated: RwSignal<String>,
    error: RwSignal<Option<String>>,
    repeated_error: RwSignal<Option<String>>,
    node: NodeRef<Input>,
    repeated_node: NodeRef<Input>,
}

impl NewPassword {
    /// Nothing typed yet.
    pub fn new() -> Self {
        Self {
            password: RwSignal::default(),
            repeated: RwSignal::default(),
            error: RwSignal::default(),
            repeated_error: RwSignal::default(),
            node: NodeRef::new(),
            repeated_node: NodeRef::new(),
        }
    }

    pub fn get_untracked(self) -> String {
        self.password.get_untracked()
    }

    pub fn is_empty(self) -> bool {
        self.password.read().is_empty() && self.repeated.read().is_empty()
    }

    /// Whether it can be sent; if not, what is wrong is said and has the focus.
    pub fn check(self) -> bool {
        let [password, repeated] =
            [self.password, self.repeated].map(|typed| text::nfkc(&typed.read_untracked()));
        let problem = password_problem(&password);
        let differs = password != repeated;
        let wrong = match (&problem, differs) {
            (Some(_), _) => self.node.get_untracked(),
            (None, true) => self.repeated_node.get_untracked(),
            (None, false) => None,
        };
        let is_right = problem.is_none() && !differs;
        self.error.set(problem);
        self.repeated_error.set(differs.then(|| "The two passwords are not the same.".to_owned()));
        if let Some(wrong) = wrong {
            browser::focus(&wrong);
        }
        is_right
    }
}

#[component]
pub fn NewPasswordFields(
    password: NewPassword,
    /// The first field's id.
    #[prop(default = "password")]
    id: &'static str,
    /// What the first field is called.
    #[prop(default = "Password")]
    label: &'static str,
    /// What the second field is called.
    #[prop(default = "Repeat password")]
    repeat_label: &'static str,
    /// Whether the first field has the focus from the start.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    view! {
        <TextField
            id
            label
            kind="password"
            autocomplete="new-password"
            autofocus
            hint=Some(format!("At least {PASSWORD_MIN_CHARS} characters."))
            error=password.error
            node=password.node
            value=password.password
        />
        <TextField
            id="repeat-password"
            label=repeat_label
            kind="password"
            autocomplete="new-password"
            error=password.repeated_error
            node=password.repeated_node
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
    fn passwords_have_a_length() {
        assert!(password_problem("elevenchars").is_some());
        assert_eq!(password_problem("twelve chars"), None);
        assert_eq!(password_problem(&"é".repeat(PASSWORD_MIN_CHARS)), None);
        assert!(password_problem(&"x".repeat(PASSWORD_MAX_BYTES + 1)).is_some());
    }
}
