//! The dialogs *Create new secret* and *Modify secret*.
//!
//! Only this dialog's signals hold the value. They are overwritten when it closes. A failed save keeps everything that
//! was typed.

mod answer;
pub mod draft;
mod expiry_field;
mod json_tokens;
mod known_name;
mod preview;
pub mod value;
mod value_field;
mod value_form;

use strongroom_shared::operation::Limits;
use strongroom_shared::payload::{SecretConflict, SecretPayload};
use strongroom_shared::visible;
use zeroize::Zeroizing;

use self::answer::{Question, QuestionNotice, Sent};
use self::draft::{Change, Draft, Problems, Purpose, description_problem};
use self::expiry_field::{EXPIRY_DAY, ExpiryField, KEEP};
use self::known_name::KnownName;
use self::value::Format;
use self::value_field::{StoreEmpty, ValueField};
use self::value_form::{FormOffer, ValueForm};
use super::access::ReadersLine;
use super::delete::shortened;
use super::listing::Chosen;
use super::well_known::{self, WELL_KNOWN, WellKnown};
use crate::component::{
    DialogHost, Field, FormDialog, Icon, SUBMIT, Snackbar, Submission, TextArea, TextField,
};
use crate::expiry::Lifetime;
use crate::prelude::*;
use crate::query;
use crate::router::Router;

const OVERWRITE: &str = "Overwrite";
const NAME: &str = "secret-name";
const VALUE: &str = "secret-value";
const DESCRIPTION: &str = "secret-description";
const NAMES: &str = "well-known-names";
const DESCRIPTION_HINT: &str =
    "Optional: its purpose, or whom to ask. The whole team can read this, so don't put the value here.";

#[derive(Clone, Copy)]
struct Fields {
    purpose: RwSignal<Purpose>,
    name: RwSignal<String>,
    /// The secrets of the typed name; `None` if the user may not list secrets.
    known: Option<Fetched<KnownName>>,
    description: RwSignal<String>,
    lifetime: RwSignal<String>,
    /// The last day, if the lifetime is one until a date.
    day: RwSignal<String>,
    value: RwSignal<Zeroizing<String>>,
    format: RwSignal<Format>,
    store_empty: RwSignal<bool>,
    /// Whether the user has asked to fill in the fields of a well-known value, or to type it.
    is_by_parts: RwSignal<Option<bool>>,
    /// The server's limit of a value.
    max_bytes: usize,
    /// Whether the name field lost the focus once. Its errors show only then.
    name_left: RwSignal<bool>,
    /// Whether the form was sent once. Missing input is an error only then.
    tried: RwSignal<bool>,
    question: RwSignal<Option<Question>>,
}

impl Fields {
    fn new(purpose: Purpose, can_read: bool) -> Self {
        let name = RwSignal::new(purpose.first_name().to_owned());
        Self {
            name,
            known: can_read.then(|| known_name::known(name)),
            description: RwSignal::new(purpose.first_description().to_owned()),
            lifetime: RwSignal::new(
                if purpose.first_expiry().is_some() { KEEP } else { Lifetime::Never.as_str() }.to_owned(),
            ),
            day: RwSignal::default(),
            purpose: RwSignal::new(purpose),
            value: RwSignal::new(Zeroizing::default()),
            format: RwSignal::new(Format::default()),
            store_empty: RwSignal::new(false),
            is_by_parts: RwSignal::new(None),
            max_bytes: expect_context::<Limits>().value_bytes.try_into().unwrap_or_default(),
            name_left: RwSignal::new(false),
            tried: RwSignal::new(false),
            question: RwSignal::new(None),
        }
    }

    fn with<Seen>(self, look: impl FnOnce(Draft<'_>, &Purpose) -> Seen) -> Seen {
        let (name, description, value) = (self.name.read(), self.description.read(), self.value.read());
        let expires = self.expires();
        let draft = Draft {
            name: &name,
            description: &description,
            expires: expires.as_ref().map(Option::as_deref).map_err(|problem| *problem),
            value: &value,
            format: self.format.get(),
            store_empty: self.store_empty.get(),
            max_bytes: self.max_bytes,
        };
        look(draft, &self.purpose.read())
    }

    /// When the secret is to expire, in RFC 3339: empty for never, `None` if that is unchanged.
    fn expires(self) -> Result<Option<String>, &'static str> {
        match self.lifetime.with(|text| Lifetime::parse(text)) {
            None => Ok(None),
            Some(Lifetime::Never) => {
                let may_have_expired = self.purpose.read().first_expiry().is_some() || self.replaces();
                Ok(may_have_expired.then(String::new))
            }
            Some(lifetime) => Ok(lifetime.end(&self.day.read())?.map(|end| end.0)),
        }
    }

    fn check(self) -> Result<Change, Problems> {
        untrack(|| {
            let mut change = self.with(|draft, purpose| draft.check(purpose, |name| self.exists(name)))?;
            if let Change::Set(input) = &mut change {
                // Until it is known, the name is taken for a new one: the server asks if it is not.
                let version = self.with_known(&input.name, |known| known.version).flatten();
                input.expected_version = self.known.map(|_| version.unwrap_or_default());
            }
            self.question.with(|question| {
                if let Some(question) = question {
                    question.confirm(&mut change);
                }
            });
            Ok(change)
        })
    }

    /// Looks at the secrets of a name, if it is the one that they are known of.
    fn with_known<Seen>(self, name: &str, look: impl FnOnce(&KnownName) -> Seen) -> Option<Seen> {
        self.known?.data.with(|known| known.as_deref().filter(|known| known.name == name).map(look))
    }

    fn exists(self, name: &str) -> bool {
        self.with_known(name, |known| known.version.is_some()) == Some(true)
    }

    fn overwrites(self) -> bool {
        self.with(|draft, purpose| draft.overwrites(purpose, |name| self.exists(name)))
    }

    /// Whether *Create new secret* overwrites an existing one, whose day may be kept.
    fn replaces(self) -> bool {
        let is_asked = || self.question().and_then(|question| question.action()) == Some(OVERWRITE);
        self.is_new() && (self.exists(&self.name.read()) || is_asked())
    }

    /// Selects to keep the day of an existing secret once the typed name is one.
    fn keep_day_of_existing(self) {
        let replaces = Memo::new(move |_| self.replaces());
        effect(move || {
            let (from, to) = if replaces.get() {
                (Lifetime::Never.as_str(), KEEP)
            } else {
                (KEEP, Lifetime::Never.as_str())
            };
            if untrack(|| self.is_new() && *self.lifetime.read() == from) {
                self.lifetime.set(to.to_owned());
            }
        });
    }

    fn is_new(self) -> bool {
        *self.purpose.read() == Purpose::Create
    }

    /// Adopts somebody else's change: fields that the user has not touched show its texts.
    fn follow(self, conflict: &SecretConflict) {
        let before = self.purpose.get_untracked();
        let after = before.after(conflict);
        if let Purpose::Modify(_) = after {
            for (field, was, is) in [
                (self.name, before.first_name(), after.first_name()),
                (self.description, before.first_description(), after.first_description()),
            ] {
                if field.with_untracked(|text| text == was) {
                    field.set(is.to_owned());
                }
            }
        } else if before != after && self.lifetime.with_untracked(|text| text == KEEP) {
            self.lifetime.set(Lifetime::Never.as_str().to_owned());
        }
        self.purpose.set(after);
    }

    /// The server's question, if it is about the typed name.
    fn question(self) -> Option<Question> {
        let question = self.question.get()?;
        self.name.with(|typed| question.is_about(typed, self.is_new())).then_some(question)
    }

    fn action(self) -> &'static str {
        if self.overwrites() {
            return OVERWRITE;
        }
        let asked = self.question().and_then(|question| question.action());
        asked.unwrap_or(if self.is_new() { "Add secret" } else { "Save" })
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
                "A secret with this name exists. Its value will be overwritten."
            } else {
                "Another secret has this name. It will be overwritten."
            };
            return Some(hint.to_owned());
        }
        let name = self.name.read();
        if *name == self.purpose.read().first_name() || self.exists(&name) {
            return None;
        }
        if let Some(other) = self.with_known(&name, |known| known.lookalike.clone()).flatten() {
            let (name, other) = (visible::spelt(&name), visible::spelt(&other));
            return Some(format!("This looks like {other}, but is a different name: {name}."));
        }
        well_known::find(&name).map(|known| format!("{}. Prefect finds it by this name.", known.about))
    }

    fn well_known(self) -> Option<&'static WellKnown> {
        well_known::find(&self.name.read())
    }

    /// What Prefect expects instead of the typed value.
    fn misfit(self) -> Option<String> {
        let known = self.well_known()?;
        self.value.with(|value| known.misfit(value, self.format.get() == Format::Json))
    }

    /// The well-known value whose fields the user fills in, in place of its text.
    fn form(self) -> Memo<Option<&'static WellKnown>> {
        Memo::new(move |before| {
            let known = self.well_known().filter(|known| !known.parts().is_empty())?;
            let is_open = before.copied().flatten() == Some(known);
            let (is_empty, is_readable) = self
                .value
                .with(|value| (value.is_empty(), well_known::decompose(known.parts(), value).is_some()));
            let is_wanted = match self.is_by_parts.get() {
                Some(wanted) => wanted && (is_open || is_readable),
                None => is_open || is_empty,
            };
            is_wanted.then_some(known)
        })
    }
}

impl Problems {
    /// The id of the first wrong field.
    const fn first_field(&self) -> &'static str {
        match self {
            Self { name: Some(_), .. } => NAME,
            Self { value: Some(_), .. } => VALUE,
            Self { expires: Some(_), .. } => EXPIRY_DAY,
            Self { .. } => DESCRIPTION,
        }
    }
}

#[component]
pub fn EditorDialog(purpose: Purpose, chosen: Chosen, can_read: bool) -> impl IntoView {
    let DialogHost { changed, .. } = DialogHost::expect();
    let fields = Fields::new(purpose, can_read);
    fields.keep_day_of_existing();
    let is_new = untrack(|| fields.is_new());
    let touched = Signal::derive(move || fields.with(|draft, purpose| draft.is_touched(purpose)));
    let unchanged = Signal::derive(move || fields.with(|draft, purpose| !draft.is_change(purpose)));

    let (snackbar, router) = (Snackbar::expect(), Router::expect());
    let fill = move || {
        fields.tried.set(true);
        let change = fields.check().map_err(|problems| problems.first_field())?;
        let adds = fields.is_new() && !fields.overwrites();
        let sent = Sent::of(&change);
        let asked = send(change);
        let asked: Reply<_> = Box::pin(async move { Ok((sent, adds, asked.await?)) });
        Ok(asked)
    };
    let submission = Submission::staying(touched, fill, move |(sent, adds, payload), control| {
        // Even if it was refused: the list may be out of date, and with it the hint under the name.
        changed.run(());
        if payload.success == Some(true) {
            control.close();
            let name = sent.name().to_owned();
            if adds {
                chosen.added.set(Some(name.clone()));
                snackbar.offer(format!("Added {}", shortened(&name)), "Show", move || {
                    // The user may have left the page.
                    if chosen.listing.try_get_untracked().is_some() {
                        chosen.find(&name);
                    } else {
                        router.go(&(browser::HOME.to_owned() + &query::written([("search", name.clone())])));
                    }
                });
            } else {
                snackbar.say(format!("Updated {}", shortened(&name)));
            }
        } else {
            if let Some(conflict) = &payload.conflict {
                fields.follow(conflict);
            }
            fields.question.set(Some(Question::new(sent, payload)?));
            request_animation_frame(|| browser::focus_id(SUBMIT));
        }
        Ok(())
    });
    let form = fields.form();
    let old_name = (!is_new).then(|| fields.name.get_untracked());
    let (title, intro) = if is_new {
        (
            "Create new secret",
            "Programs read this value by name. It is stored encrypted and never shown again.",
        )
    } else {
        ("Modify secret", "")
    };
    view! {
        <FormDialog
            submission
            title
            action=Signal::derive(move || fields.action())
            danger=Signal::derive(move || fields.action() == OVERWRITE)
            wide=true
            intro
            unchanged
            unchanged_hint="No changes yet"
            by_keys=true
        >
            <QuestionNotice fields />
            {old_name.map(|name| view! { <ReadersLine name /> })}
            <TextField
                field=Field::live(NAME, fields.name, move |_| fields.name_error())
                label="Secret name"
                icon=Icon::Key
                autofocus=is_new
                list=NAMES
                hint=Signal::derive(move || fields.name_hint())
                on_blur=move |()| fields.name_left.set(true)
            />
            <WellKnownNames />
            {move || match form.get() {
                Some(known) => view! { <ValueForm fields known /> }.into_any(),
                None => view! {
                    <ValueField fields />
                    <FormOffer fields />
                    <StoreEmpty fields />
                }.into_any(),
            }}
            <ExpiryField fields />
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
    }
}

/// Offered while a name is typed.
#[component]
fn WellKnownNames() -> impl IntoView {
    let names = WELL_KNOWN.iter().map(|known| view! { <option value=known.name>{known.about}</option> });
    view! { <datalist id=NAMES>{names.collect_view()}</datalist> }
}
