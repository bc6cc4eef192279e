//! The dialogs *Create new secret* and *Modify secret*.
//!
//! Only this dialog's signals hold the value. They are overwritten when it closes. A failed save keeps everything that
//! was typed.

mod answer;
pub mod draft;
mod json_tokens;
mod preview;
mod value;
mod value_field;

use std::sync::Arc;

use strongroom_shared::operation::Limits;
use strongroom_shared::payload::SecretPayload;
use strongroom_shared::visible;
use zeroize::Zeroizing;

use self::answer::{Names, Question, QuestionNotice};
use self::draft::{Change, Draft, Problems, Purpose, description_problem};
use self::value::Format;
use self::value_field::{StoreEmpty, ValueField};
use super::rows::SecretRows;
use crate::component::{
    DialogHost, Field, FormDialog, Icon, SUBMIT, Snackbar, Submission, TextArea, TextField,
};
use crate::prelude::*;

const NAME: &str = "secret-name";
const VALUE: &str = "secret-value";
const DESCRIPTION: &str = "secret-description";
const DESCRIPTION_HINT: &str =
    "Optional: its purpose, or whom to ask. The whole team can read this, so don't put the value here.";

#[derive(Clone, Copy)]
struct Fields {
    purpose: StoredValue<Purpose>,
    rows: Signal<Option<Arc<SecretRows>>>,
    name: RwSignal<String>,
    description: RwSignal<String>,
    value: RwSignal<Zeroizing<String>>,
    format: RwSignal<Format>,
    store_empty: RwSignal<bool>,
    /// The server's limit of a value.
    max_bytes: usize,
    /// Whether the name field lost the focus once. Its errors show only then.
    name_left: RwSignal<bool>,
    /// Whether the form was sent once. Missing input is an error only then.
    tried: RwSignal<bool>,
    question: RwSignal<Option<Question>>,
}

impl Fields {
    fn new(purpose: Purpose, rows: Signal<Option<Arc<SecretRows>>>) -> Self {
        Self {
            name: RwSignal::new(purpose.first_name().to_owned()),
            description: RwSignal::new(purpose.first_description().to_owned()),
            purpose: StoredValue::new(purpose),
            rows,
            value: RwSignal::new(Zeroizing::default()),
            format: RwSignal::new(Format::default()),
            store_empty: RwSignal::new(false),
            max_bytes: expect_context::<Limits>().value_bytes.try_into().unwrap_or_default(),
            name_left: RwSignal::new(false),
            tried: RwSignal::new(false),
            question: RwSignal::new(None),
        }
    }

    fn with<Seen>(self, look: impl FnOnce(Draft<'_>, &Purpose) -> Seen) -> Seen {
        let (name, description, value) = (self.name.read(), self.description.read(), self.value.read());
        let draft = Draft {
            name: &name,
            description: &description,
            value: &value,
            format: self.format.get(),
            store_empty: self.store_empty.get(),
            max_bytes: self.max_bytes,
        };
        self.purpose.with_value(|purpose| look(draft, purpose))
    }

    fn check(self) -> Result<Change, Problems> {
        untrack(|| {
            let mut change = self.with(|draft, purpose| draft.check(purpose, |name| self.exists(name)))?;
            if let Change::Set(input) = &mut change {
                input.expected_version = self.rows.with(|rows| {
                    let known = rows.as_ref()?.named(&input.name);
                    Some(known.map_or(0, |secret| secret.version))
                });
            }
            self.question.with(|question| {
                if let Some(question) = question {
                    question.confirm(&mut change);
                }
            });
            Ok(change)
        })
    }

    fn exists(self, name: &str) -> bool {
        self.rows.with(|rows| rows.as_ref().is_some_and(|rows| rows.named(name).is_some()))
    }

    fn overwrites(self) -> bool {
        self.with(|draft, purpose| draft.overwrites(purpose, |name| self.exists(name)))
    }

    fn is_new(self) -> bool {
        self.purpose.with_value(|purpose| *purpose == Purpose::Create)
    }

    fn name_error(self) -> Option<String> {
        if !self.name_left.get() && !self.tried.get() {
            return None;
        }
        let error = self.with(|draft, purpose| draft.name(purpose, |name| self.exists(name)).err());
        error.map(|error| error.to_string())
    }

    fn name_hint(self) -> Option<String> {
        if self.overwrites() {
            let hint = if self.is_new() {
                "A secret with this name exists. Confirm will overwrite its value."
            } else {
                "Another secret has this name. Confirm will overwrite that secret."
            };
            return Some(hint.to_owned());
        }
        let name = self.name.read();
        if self.purpose.with_value(|purpose| *name == purpose.first_name()) || self.exists(&name) {
            return None;
        }
        let other = self.rows.with(|rows| rows.as_ref()?.lookalike(&name))?;
        let (name, other) = (visible::spelt(&name), visible::spelt(&other.name));
        Some(format!("This looks like {other}, but is a different name: {name}."))
    }
}

impl Problems {
    /// The id of the first wrong field.
    const fn first_field(&self) -> &'static str {
        match self {
            Self { name: Some(_), .. } => NAME,
            Self { value: None, .. } => DESCRIPTION,
            Self { .. } => VALUE,
        }
    }
}

#[component]
pub fn EditorDialog(purpose: Purpose, rows: Signal<Option<Arc<SecretRows>>>) -> impl IntoView {
    let DialogHost { changed, .. } = DialogHost::expect();
    let fields = Fields::new(purpose, rows);
    let is_new = fields.is_new();
    let touched = Signal::derive(move || fields.with(|draft, purpose| draft.is_touched(purpose)));
    let unchanged = Signal::derive(move || fields.with(|draft, purpose| !draft.is_change(purpose)));

    let snackbar = Snackbar::expect();
    let fill = move || {
        fields.tried.set(true);
        let change = fields.check().map_err(|problems| problems.first_field())?;
        let existed = fields.name.with(|name| fields.exists(name));
        let names = Names::of(&change);
        let sent = send(change);
        let sent: Reply<_> = Box::pin(async move {
            let answer = sent.await.inspect_err(|error| {
                // The list may be out of date, and with it the hint under the name.
                if matches!(error, ApiError::Refused(_)) {
                    changed.try_run(());
                }
            });
            Ok((names, existed, answer?))
        });
        Ok(sent)
    };
    let submission = Submission::staying(touched, fill, move |(names, existed, payload), control| {
        if payload.success == Some(true) {
            control.close();
            snackbar.say(if is_new && !existed { "Secret added." } else { "Secret updated." });
        } else {
            let question = Question::new(names, fields.question.get_untracked(), payload)?;
            fields.question.set(Some(question));
            request_animation_frame(|| browser::focus_id(SUBMIT));
        }
        changed.run(());
        Ok(())
    });
    let (title, intro) = if is_new {
        (
            "Create new secret",
            "Flow runs read this value by name. It is stored encrypted and never shown again.",
        )
    } else {
        ("Modify secret", "")
    };
    view! {
        <FormDialog
            submission
            title
            action="Confirm"
            wide=true
            intro
            unchanged
            unchanged_hint="No changes yet"
            by_keys=true
        >
            <QuestionNotice question=fields.question typed=fields.name is_new rows />
            <TextField
                field=Field::live(NAME, fields.name, move |_| fields.name_error())
                label="Secret name"
                icon=Icon::Key
                autofocus=is_new
                hint=Signal::derive(move || fields.name_hint())
                on_blur=move |()| fields.name_left.set(true)
            />
            <ValueField fields />
            <StoreEmpty fields />
            <TextArea
                field=Field::live(DESCRIPTION, fields.description, description_problem)
                label="Description"
                hint=Some(DESCRIPTION_HINT.to_owned())
            />
        </FormDialog>
    }
}

fn send(change: Change) -> Reply<SecretPayload> {
    match change {
        Change::Set(input) => api::mutate(input),
        Change::Update(input) => api::mutate(input),
        Change::None => Box::pin(async { Err(ApiError::Failed("There is nothing to save.".to_owned())) }),
    }
}
