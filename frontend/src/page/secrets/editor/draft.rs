//! The content of the form, its validation, and the resulting request.
//!
//! To add a field: its text goes to [`Draft`], its errors to [`Problems`], and its value to [`Change`].

use std::sync::Arc;

use strongroom_shared::input::{SetSecretInput, UpdateSecretInput};
use strongroom_shared::limit::DESCRIPTION_CHARS;
use strongroom_shared::operation::Secret;
use strongroom_shared::payload::SecretConflict;
use strongroom_shared::{DateTime, GivenJson, Json, SecretName, SecretNameError};

use super::value::{self, Format, ValueError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Create,
    Modify(Arc<Secret>),
}

#[derive(Clone, Copy)]
pub struct Draft<'typed> {
    pub name: &'typed str,
    pub description: &'typed str,
    /// When it is to expire, in RFC 3339, empty for never, `None` if that is unchanged; or the error in it.
    pub expires: Result<Option<&'typed str>, &'static str>,
    pub value: &'typed str,
    pub format: Format,
    pub store_empty: bool,
    /// The server's limit of a value.
    pub max_bytes: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    pub name: Option<SecretNameError>,
    pub description: Option<String>,
    pub expires: Option<&'static str>,
    pub value: Option<ValueProblem>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueProblem {
    Unconfirmed,
    Unreadable(ValueError),
}

impl ValueProblem {
    pub fn message(&self) -> String {
        match self {
            Self::Unconfirmed => "Type a value, or confirm that it is empty.".to_owned(),
            Self::Unreadable(error) => error.message(),
        }
    }
}

#[derive(Debug)]
pub enum Change {
    Set(SetSecretInput),
    Update(UpdateSecretInput),
}

impl Purpose {
    pub fn first_name(&self) -> &str {
        match self {
            Self::Create => "",
            Self::Modify(secret) => &secret.name,
        }
    }

    pub fn first_description(&self) -> &str {
        match self {
            Self::Create => "",
            Self::Modify(secret) => secret.description.as_deref().unwrap_or_default(),
        }
    }

    /// When the secret expires so far.
    pub fn first_expiry(&self) -> Option<&DateTime> {
        match self {
            Self::Create => None,
            Self::Modify(secret) => secret.expires_at.as_ref(),
        }
    }

    /// The purpose after somebody else has changed the secret. One that was deleted can only be created.
    pub fn after(&self, conflict: &SecretConflict) -> Self {
        match self {
            Self::Modify(secret) if conflict.version > 0 => {
                let now = conflict.clone();
                let SecretConflict { name, description, version, updated, updated_by, expires_at } = now;
                let before = Secret::clone(secret);
                let secret = Secret { name, description, version, updated, updated_by, expires_at, ..before };
                Self::Modify(Arc::new(secret))
            }
            Self::Create | Self::Modify(_) => Self::Create,
        }
    }
}

impl Draft<'_> {
    pub fn is_touched(&self, purpose: &Purpose) -> bool {
        self.name != purpose.first_name()
            || !self.value.is_empty()
            || self.new_description(purpose).is_some()
            || self.expires != Ok(None)
    }

    /// Whether there is something to send. A new secret always is.
    pub fn is_change(&self, purpose: &Purpose) -> bool {
        *purpose == Purpose::Create || self.is_touched(purpose) || self.stores_empty()
    }

    /// Whether saving replaces another secret. `exists` knows the existing names.
    pub fn overwrites(&self, purpose: &Purpose, exists: impl Fn(&str) -> bool) -> bool {
        self.name != purpose.first_name() && exists(self.name)
    }

    /// Validates the name. `exists` knows the existing names.
    pub fn name(
        &self,
        purpose: &Purpose,
        exists: impl Fn(&str) -> bool,
    ) -> Result<SecretName, SecretNameError> {
        let name = SecretName::parse(self.name)?;
        if self.name != purpose.first_name() && !exists(self.name) {
            name.check_new()?;
        }
        Ok(name)
    }

    pub fn check(&self, purpose: &Purpose, exists: impl Fn(&str) -> bool) -> Result<Change, Problems> {
        let name = self.name(purpose, &exists);
        let value = self.given_value(purpose);
        let problem = description_problem(self.description);
        let (name, value, expires) = match (name, value, problem, self.expires) {
            (Ok(name), Ok(value), None, Ok(expires)) => (name.into_string(), value, expires),
            (name, value, description, expires) => {
                let (name, value, expires) = (name.err(), value.err(), expires.err());
                return Err(Problems { name, description, expires, value });
            }
        };
        let expires_at = expires.map(|time| DateTime(time.to_owned()));
        let description = self.new_description(purpose);
        Ok(match purpose {
            Purpose::Create => {
                Change::Set(SetSecretInput { name, value, description, expires_at, expected_version: None })
            }
            Purpose::Modify(old) => {
                let overwrite = self.overwrites(purpose, exists).then_some(true);
                let new_name = (name != old.name).then_some(name);
                Change::Update(UpdateSecretInput {
                    name: old.name.clone(),
                    new_name,
                    value,
                    // Describing a secret makes no version.
                    expected_description: description
                        .is_some()
                        .then(|| purpose.first_description().to_owned()),
                    description,
                    expires_at,
                    overwrite,
                    expected_id: Some(old.id),
                    expected_version: Some(old.version),
                    confirm_key_access: None,
                })
            }
        })
    }

    /// The new description, if it has changed. Empty removes it.
    fn new_description(&self, purpose: &Purpose) -> Option<String> {
        let typed = self.description.trim();
        (typed != purpose.first_description().trim()).then(|| typed.to_owned())
    }

    fn given_value(&self, purpose: &Purpose) -> Result<GivenJson, ValueProblem> {
        if self.value.is_empty() && !self.stores_empty() {
            match (purpose, self.format) {
                (Purpose::Modify(_), _) => return Ok(GivenJson(None)),
                (Purpose::Create, Format::Text) => return Err(ValueProblem::Unconfirmed),
                (Purpose::Create, Format::Json) => {}
            }
        }
        self.value().map(|value| GivenJson(Some(value))).map_err(ValueProblem::Unreadable)
    }

    pub fn value(&self) -> Result<Json, ValueError> {
        value::read(self.value, self.format, self.max_bytes)
    }

    /// Only for text: an empty field is no JSON value.
    fn stores_empty(&self) -> bool {
        self.store_empty && self.value.is_empty() && self.format == Format::Text
    }
}

pub fn description_problem(text: &str) -> Option<String> {
    let text = text.trim();
    let count = text.chars().count();
    if text.chars().any(|c| c.is_control() && c != '\n') {
        Some("A description can't contain control characters, except line breaks.".to_owned())
    } else if count > DESCRIPTION_CHARS {
        Some(format!("A description has at most {DESCRIPTION_CHARS} characters; this one has {count}."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::columns::tests::secret;
    use super::*;

    const EMPTY: Draft<'_> = Draft {
        name: "",
        description: "",
        expires: Ok(None),
        value: "",
        format: Format::Text,
        store_empty: false,
        max_bytes: 100,
    };

    fn old() -> Purpose {
        Purpose::Modify(Arc::new(secret("OLD")))
    }

    fn exists(name: &str) -> bool {
        name == "OLD" || name == "OTHER"
    }

    fn sent(value: &GivenJson) -> Option<String> {
        value.0.as_ref().map(|json| json.value().to_string())
    }

    fn check_set(draft: Draft<'_>, expected: &str) {
        match draft.check(&Purpose::Create, exists) {
            Ok(Change::Set(input)) => assert_eq!(sent(&input.value).as_deref(), Some(expected)),
            other => panic!("{other:?}"),
        }
    }

    fn check_update(draft: Draft<'_>, new_name: Option<&str>, value: Option<&str>, overwrite: Option<bool>) {
        match draft.check(&old(), exists) {
            Ok(Change::Update(input)) => {
                assert_eq!(input.name, "OLD");
                assert_eq!(input.new_name.as_deref(), new_name);
                assert_eq!(sent(&input.value).as_deref(), value);
                assert_eq!(input.overwrite, overwrite);
            }
            other => panic!("{other:?}"),
        }
    }

    fn check_problems(draft: Draft<'_>, purpose: &Purpose, expected: &Problems) {
        match draft.check(purpose, exists) {
            Err(problems) => assert_eq!(problems, *expected),
            Ok(change) => panic!("{change:?}"),
        }
    }

    #[test]
    fn new_secret_needs_a_name_and_a_value() {
        let name = Some(SecretNameError::Empty);
        let value = Some(ValueProblem::Unconfirmed);
        check_problems(EMPTY, &Purpose::Create, &Problems { name, value, ..Problems::default() });
        check_set(Draft { name: "A", value: " x ", ..EMPTY }, "\" x \"");
        check_set(Draft { name: "A", value: "[1.0]", format: Format::Json, ..EMPTY }, "[1.0]");
    }

    #[test]
    fn only_new_secret_names_must_have_visible_ends() {
        let draft = Draft { name: "A\u{200b}", value: "x", ..EMPTY };
        let problems = Problems { name: Some(SecretNameError::OuterInvisible), ..Problems::default() };
        check_problems(draft, &Purpose::Create, &problems);
        check_problems(draft, &old(), &problems);
        assert!(draft.check(&Purpose::Create, |_| true).is_ok());
        let old = Purpose::Modify(Arc::new(secret("A\u{200b}")));
        assert!(draft.check(&old, exists).is_ok());
    }

    #[test]
    fn empty_value_needs_a_confirmation_and_is_text() {
        check_set(Draft { name: "A", store_empty: true, ..EMPTY }, "\"\"");
        let value = Some(ValueProblem::Unreadable(ValueError::EmptyJson));
        let draft = Draft { name: "A", store_empty: true, format: Format::Json, ..EMPTY };
        check_problems(draft, &Purpose::Create, &Problems { value, ..Problems::default() });
        check_set(Draft { name: "A", value: "x", store_empty: true, ..EMPTY }, "\"x\"");
    }

    #[test]
    fn updates_contain_only_changes() {
        check_update(Draft { name: "NEW", ..EMPTY }, Some("NEW"), None, None);
        check_update(Draft { name: "NEW", format: Format::Json, ..EMPTY }, Some("NEW"), None, None);
        check_update(Draft { name: "OLD", value: "123", ..EMPTY }, None, Some("\"123\""), None);
        check_update(Draft { name: "OLD", store_empty: true, ..EMPTY }, None, Some("\"\""), None);
    }

    #[test]
    fn rename_to_an_existing_name_overwrites() {
        check_update(Draft { name: "OTHER", ..EMPTY }, Some("OTHER"), None, Some(true));
        assert!(Draft { name: "OTHER", ..EMPTY }.overwrites(&old(), exists));
        assert!(!Draft { name: "OLD", ..EMPTY }.overwrites(&old(), exists));
        assert!(Draft { name: "OLD", ..EMPTY }.overwrites(&Purpose::Create, exists));
        assert!(!Draft { name: "old", ..EMPTY }.overwrites(&Purpose::Create, exists));
    }

    #[test]
    fn update_follows_the_secret_and_creates_it_again_once_deleted() {
        let left = |version| SecretConflict {
            name: "NEW".into(),
            description: Some("theirs".into()),
            version,
            updated: secret("NEW").updated,
            updated_by: "bob@example.com".into(),
            expires_at: Some(DateTime("2030-01-01T00:00:00Z".into())),
        };
        let after = old().after(&left(7));
        assert_eq!(after.first_expiry(), left(7).expires_at.as_ref());
        let draft = Draft { name: "NEW", description: "theirs", value: "mine", ..EMPTY };
        match draft.check(&after, exists) {
            Ok(Change::Update(UpdateSecretInput {
                name, new_name, description, expected_version, ..
            })) => {
                assert_eq!((&*name, new_name, description, expected_version), ("NEW", None, None, Some(7)));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(old().after(&left(0)), Purpose::Create);
        assert_eq!(Purpose::Create.after(&left(7)), Purpose::Create);
    }

    #[test]
    fn unchanged_draft_has_nothing_to_send_or_lose() {
        let same = Draft { name: "OLD", ..EMPTY };
        assert!(!same.is_change(&old()));
        assert!(!same.is_touched(&old()));
        assert!(!EMPTY.is_touched(&Purpose::Create));
        assert!(EMPTY.is_change(&Purpose::Create));
        assert!(Draft { name: "OLD", value: "x", ..EMPTY }.is_touched(&old()));
    }

    #[test]
    fn changed_description_is_sent_trimmed() {
        let described =
            Purpose::Modify(Arc::new(Secret { description: Some("the old words".into()), ..secret("OLD") }));
        let sent = |description, purpose: &Purpose| {
            let draft = Draft {
                name: "OLD",
                description,
                value: if *purpose == Purpose::Create { "x" } else { "" },
                ..EMPTY
            };
            match draft.check(purpose, exists) {
                Ok(Change::Set(input)) => input.description,
                Ok(Change::Update(input)) => {
                    assert_eq!(input.expected_description.as_deref(), Some("the old words"));
                    input.description
                }
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(sent("", &described).as_deref(), Some(""), "removed");
        assert_eq!(sent(" new\nwords ", &described).as_deref(), Some("new\nwords"));
        assert_eq!(sent("words", &Purpose::Create).as_deref(), Some("words"));
        assert_eq!(sent(" ", &Purpose::Create), None);

        let same = Draft { name: "OLD", description: "the old words ", ..EMPTY };
        assert!(!same.is_change(&described) && !same.is_touched(&described));
    }

    #[test]
    fn changed_expiry_is_sent() {
        for (expires, sent) in [(None, None), (Some(""), Some("")), (Some("2030-01-01"), Some("2030-01-01"))]
        {
            let draft = Draft { name: "OLD", expires: Ok(expires), ..EMPTY };
            assert_eq!(draft.is_change(&old()), sent.is_some());
            match draft.check(&old(), exists) {
                Ok(Change::Update(input)) => {
                    assert_eq!(input.expires_at, sent.map(|sent| DateTime(sent.to_owned())));
                }
                other => panic!("{other:?}"),
            }
        }
        let draft = Draft { name: "A", value: "x", expires: Err("Choose a day."), ..EMPTY };
        let problems = Problems { expires: Some("Choose a day."), ..Problems::default() };
        check_problems(draft, &Purpose::Create, &problems);
    }

    #[test]
    fn description_is_validated() {
        let draft = Draft { name: "A", description: "a\ttab", value: "x", ..EMPTY };
        let description =
            Some("A description can't contain control characters, except line breaks.".to_owned());
        check_problems(draft, &Purpose::Create, &Problems { description, ..Problems::default() });
        assert_eq!(
            description_problem(&"é".repeat(1001)).as_deref(),
            Some("A description has at most 1000 characters; this one has 1001.")
        );
        assert_eq!(description_problem(&"é".repeat(1000)), None);
    }
}
