//! The server's questions before it saves: whether to overwrite another version, or to change the access of limited API
//! keys. Sending the form again confirms.

use std::sync::Arc;

use strongroom_shared::payload::SecretPayload;

use super::super::rows::SecretRows;
use super::draft::Change;
use crate::component::{Notice, RelativeTime, Tone};
use crate::prelude::*;

/// A question about a change with these names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    names: Names,
    version: Option<i32>,
    access: Option<Access>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    name: String,
    /// `None` keeps the name.
    new_name: Option<String>,
}

impl Names {
    pub fn of(change: &Change) -> Self {
        match change {
            Change::None => Self::default(),
            Change::Set(input) => Self { name: input.name.clone(), new_name: None },
            Change::Update(input) => Self { name: input.name.clone(), new_name: input.new_name.clone() },
        }
    }
}

/// The limited keys that a rename affects.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Access {
    gaining: Vec<String>,
    losing: Vec<String>,
}

impl Question {
    /// The server's question about a change, with the answers to earlier questions about it.
    pub fn new(change: Names, before: Option<Self>, payload: SecretPayload) -> Result<Self, ApiError> {
        let before = before.filter(|before| before.names.name == change.name).unwrap_or_default();
        let access = before.access.filter(|_| before.names.new_name == change.new_name);
        if payload.needs_confirmation() {
            Ok(Self {
                names: change,
                version: before.version,
                access: Some(Access { gaining: payload.gaining_keys, losing: payload.losing_keys }),
            })
        } else if payload.current_version.is_some() {
            Ok(Self { names: change, version: payload.current_version, access })
        } else {
            Err(ApiError::Refused(payload.error.unwrap_or_default()))
        }
    }

    /// Adds the answer to a change, if the question was about it.
    pub fn confirm(&self, change: &mut Change) {
        let names = Names::of(change);
        if names.name != self.names.name {
            return;
        }
        match change {
            Change::None => {}
            Change::Set(input) => input.expected_version = self.version.or(input.expected_version),
            Change::Update(input) => {
                input.expected_version = self.version.or(input.expected_version);
                let is_same = names.new_name == self.names.new_name;
                input.confirm_key_access = (is_same && self.access.is_some()).then_some(true);
            }
        }
    }

    /// The part of the question about the typed name.
    fn about(self, typed: &str, is_new: bool) -> Option<Self> {
        let new_name = self.names.new_name.as_deref();
        let version = self.version.filter(|_| !is_new || self.names.name == typed);
        let access = self.access.filter(|_| new_name == Some(typed));
        (version.is_some() || access.is_some()).then_some(Self { version, access, names: self.names })
    }
}

#[component]
pub fn QuestionNotice(
    question: RwSignal<Option<Question>>,
    typed: RwSignal<String>,
    is_new: bool,
    rows: Signal<Option<Arc<SecretRows>>>,
) -> impl IntoView {
    move || {
        let question = typed.with(|typed| question.get()?.about(typed, is_new));
        question.map(|question| {
            let name = question.names.name;
            view! {
                <Notice tone=Tone::Warning>
                    {question.version.map(|version| view! { <Conflict name version rows /> })}
                    {question.access.map(|access| view! { <AccessChange access /> })}
                </Notice>
            }
        })
    }
}

#[component]
fn Conflict(name: String, version: i32, rows: Signal<Option<Arc<SecretRows>>>) -> impl IntoView {
    let by = move || {
        let secret = rows.with(|rows| rows.as_ref()?.named(&name).cloned())?;
        (secret.version == version).then(|| {
            view! {
                ", by "
                <strong dir="auto">{shown(&secret.updated_by)}</strong>
                ", "
                <RelativeTime time=secret.updated.clone() />
            }
        })
    };
    view! {
        <p>
            "Somebody else has changed this secret: it is now version " {version} {by}
            ". Press Confirm again to overwrite it with your changes."
        </p>
    }
}

#[component]
fn AccessChange(access: Access) -> impl IntoView {
    let line = |what: &'static str, names: Vec<String>| {
        (!names.is_empty()).then(|| {
            view! { <p>{what} " " <strong dir="auto">{shown(names.join(", "))}</strong></p> }
        })
    };
    view! {
        <p>"The new name changes which limited API keys can access this secret."</p>
        {line("Gain access:", access.gaining)}
        {line("Lose access:", access.losing)}
        <p>"Press Confirm again to rename it anyway."</p>
    }
}
