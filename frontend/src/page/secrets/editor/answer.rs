//! The server's questions before it saves: whether to overwrite somebody else's change, or to change the access of limited
//! API keys. Sending the form again confirms.

use strongroom_shared::payload::{SecretConflict, SecretPayload};

use super::draft::Change;
use super::{Fields, OVERWRITE};
use crate::component::{Notice, RelativeTime, Tone};
use crate::prelude::*;

/// A question about a change that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    sent: Sent,
    kind: Kind,
}

/// What a change says about the secret that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    name: String,
    /// `None` keeps the name.
    new_name: Option<String>,
    version: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Conflict(SecretConflict),
    /// A rename affects these limited keys.
    Access {
        gaining: Vec<String>,
        losing: Vec<String>,
    },
}

impl Sent {
    pub fn of(change: &Change) -> Self {
        let (name, new_name, version) = match change {
            Change::Set(input) => (&input.name, None, input.expected_version),
            Change::Update(input) => (&input.name, input.new_name.clone(), input.expected_version),
        };
        Self { name: name.clone(), new_name, version }
    }

    /// The name of the secret after the change.
    pub fn name(&self) -> &str {
        self.new_name.as_ref().unwrap_or(&self.name)
    }
}

impl Question {
    pub fn new(sent: Sent, payload: SecretPayload) -> Result<Self, ApiError> {
        let kind = if payload.needs_confirmation() {
            Kind::Access { gaining: payload.gaining_keys, losing: payload.losing_keys }
        } else if let Some(conflict) = payload.conflict {
            Kind::Conflict(conflict)
        } else {
            return Err(ApiError::Refused(payload.error.unwrap_or_default()));
        };
        Ok(Self { sent, kind })
    }

    /// Adds the answer to a change, if the question was about it. An update then expects what the conflict has shown anyway.
    pub fn confirm(&self, change: &mut Change) {
        let next = Sent::of(change);
        match (change, &self.kind) {
            (Change::Set(input), Kind::Conflict(conflict)) if next.name == self.sent.name() => {
                input.expected_version = Some(conflict.version);
            }
            (Change::Update(input), Kind::Access { .. }) if next == self.sent => {
                input.confirm_key_access = Some(true);
            }
            _ => {}
        }
    }

    pub fn is_about(&self, typed: &str, is_new: bool) -> bool {
        match self.kind {
            Kind::Conflict(_) => !is_new || self.sent.name() == typed,
            Kind::Access { .. } => self.sent.new_name.as_deref() == Some(typed),
        }
    }

    /// What sending the change again does, if it is more than saving it.
    pub fn action(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Conflict(found) => {
                (found.version > 0 && Some(found.version) != self.sent.version).then_some(OVERWRITE)
            }
            Kind::Access { .. } => Some("Rename"),
        }
    }
}

#[component]
pub fn QuestionNotice(fields: Fields) -> impl IntoView {
    move || {
        fields.question().map(|question| {
            let overwrites = question.action() == Some(OVERWRITE);
            let Question { sent, kind } = question;
            let content = match kind {
                Kind::Conflict(conflict) => {
                    let is_renamed = conflict.name != sent.name;
                    view! { <Conflict conflict is_renamed overwrites /> }.into_any()
                }
                Kind::Access { gaining, losing } => view! { <AccessChange gaining losing /> }.into_any(),
            };
            view! { <Notice tone=Tone::Warning>{content}</Notice> }
        })
    }
}

#[component]
fn Conflict(conflict: SecretConflict, is_renamed: bool, overwrites: bool) -> impl IntoView {
    let SecretConflict { name, version, updated, updated_by, .. } = conflict;
    let is_deleted = version == 0;
    let did = match (is_deleted, is_renamed) {
        (true, _) => " deleted this secret ",
        (false, true) => " changed it ",
        (false, false) => " changed this secret ",
    };
    let renamed = (is_renamed && !is_deleted).then(|| {
        view! { "This secret is now called " <strong dir="auto">{shown(name)}</strong> ". " }
    });
    view! {
        <p>
            "Not saved. "
            {renamed}
            <strong dir="auto">{shown(updated_by)}</strong>
            {did}
            <RelativeTime time=updated />
            {if is_deleted { ". You can add it again." } else { "." }}
            {overwrites.then_some(" Overwrite replaces their change.")}
        </p>
    }
}

#[component]
fn AccessChange(gaining: Vec<String>, losing: Vec<String>) -> impl IntoView {
    let line = |what: &'static str, names: Vec<String>| {
        (!names.is_empty()).then(|| {
            view! { <p>{what} " " <strong dir="auto">{shown(names.join(", "))}</strong></p> }
        })
    };
    view! {
        <p>"The new name changes which limited API keys can access this secret."</p>
        {line("Gain access:", gaining)}
        {line("Lose access:", losing)}
        <p>"Rename it anyway?"</p>
    }
}
