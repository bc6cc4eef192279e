//! When the secret expires: a lifetime from now on, a day, or as before.

use super::Fields;
use crate::clock;
use crate::component::{Choice, Field, SelectField, TextField};
use crate::expiry::Lifetime;
use crate::prelude::*;

pub const EXPIRY_DAY: &str = "secret-expiry-day";
/// The choice that keeps the day that the secret has, if it has one.
pub const KEEP: &str = "keep";

#[component]
pub fn ExpiryField(fields: Fields) -> impl IntoView {
    let lifetime = move || fields.lifetime.with(|text| Lifetime::parse(text));
    let replaces = Memo::new(move |_| fields.replaces());
    let choices = Signal::derive(move || {
        let kept = fields.purpose.read().first_expiry().map(|time| {
            let day = clock::formatted(&clock::parse(&time.0), &[("dateStyle", "medium")]);
            Choice::new(KEEP, format!("On {}, as before", day.unwrap_or_else(|| time.0.clone())))
        });
        let kept = kept.or_else(|| replaces.get().then(|| Choice::new(KEEP, "As before")));
        let chosen = Lifetime::ALL.map(|lifetime| Choice::new(lifetime.as_str(), lifetime.describe()));
        kept.into_iter().chain(chosen).collect::<Vec<_>>()
    });
    let hint = Signal::derive(move || {
        (lifetime() != Some(Lifetime::Never)).then(|| {
            "A reminder, two weeks before and on the day. Programs can still read the value.".to_owned()
        })
    });
    let problem = move |day: &str| {
        let is_checked = fields.tried.get() || !day.is_empty();
        lifetime().filter(|_| is_checked)?.end(day).err().map(str::to_owned)
    };
    view! {
        <div class="field-row">
            <SelectField id="secret-expiry" label="Expires" choices value=fields.lifetime hint />
            <Show when=move || lifetime() == Some(Lifetime::Date)>
                <TextField field=Field::live(EXPIRY_DAY, fields.day, problem) label="Last day" kind="date" />
            </Show>
        </div>
    }
}
