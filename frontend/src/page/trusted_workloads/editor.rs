//! The dialogs *Trust a workload* and *Edit trust*.

use strongroom_shared::input::SetTrustInput;
use strongroom_shared::operation::Trust;
use strongroom_shared::payload::SetTrustPayload;

use super::draft::{Draft, Part};
use super::identity::Preset;
use super::{Dialog, SecretNames, role_of};
use crate::clock;
use crate::component::{
    Choice, DialogHost, Field, FormDialog, Notice, Overwrite, SelectField, Snackbar, Submission, TextArea,
    TextField, Tone,
};
use crate::page::api_keys::limits::LimitsField;
use crate::page::api_keys::program_role::{ProgramRole, ProgramRoleField};
use crate::prelude::*;

/// The lifetimes to choose from, in seconds.
const LIFETIMES: [i32; 4] = [300, 900, 1800, 3600];

#[derive(Clone, Copy)]
struct Fields {
    preset: RwSignal<String>,
    texts: StoredValue<[Field; Part::ALL.len()]>,
    role: ProgramRole,
    lifetime: RwSignal<String>,
}

impl Fields {
    fn new(draft: Draft, role: ProgramRole) -> Self {
        let preset = RwSignal::new(draft.preset.to_string());
        let values = draft.texts.map(RwSignal::new);
        let issuer = values[Part::Issuer as usize];
        let texts = Part::ALL.map(|part| {
            let problem = move |text: &str| part.problem(text, preset_of(preset), &issuer.read());
            let field = if part == Part::Secrets { Field::live } else { Field::over };
            field(part.as_str(), values[part as usize], problem)
        });
        Self {
            preset,
            texts: StoredValue::new(texts),
            role,
            lifetime: RwSignal::new(draft.lifetime.to_string()),
        }
    }

    fn preset(self) -> Preset {
        preset_of(self.preset)
    }

    fn field(self, part: Part) -> Field {
        self.texts.with_value(|texts| texts[part as usize])
    }

    fn draft(self) -> Draft {
        Draft {
            preset: self.preset(),
            texts: Part::ALL.map(|part| self.field(part).value.get()),
            role: self.role.name().0,
            lifetime: self.lifetime.with(|seconds| seconds.parse()).unwrap_or_default(),
        }
    }

    /// Checks all fields that are shown. Fails with the id of the first wrong one.
    fn check(self) -> Result<(), &'static str> {
        let parts = self.preset().rows().concat();
        let parts = parts.into_iter().chain([Part::Audiences, Part::Name, Part::Secrets]);
        parts.map(|part| self.field(part).check()).fold(Ok(()), Result::and)
    }

    /// The name follows the identity until the user types another.
    fn suggest_name(self) {
        let name = self.field(Part::Name).value;
        // The draft has the name, too: only another suggestion counts.
        let suggestion = Memo::new(move |_| self.draft().suggestion());
        Effect::watch(
            move || suggestion.get(),
            move |suggestion, before, _| {
                if before.is_some_and(|before| *name.read_untracked() == *before) {
                    name.set(suggestion.clone());
                }
            },
            false,
        );
    }

    /// Another preset has another issuer, unless the user typed one. *Other* keeps that of an existing trust.
    fn follow_preset(self, is_new: bool) {
        let issuer = self.field(Part::Issuer).value;
        Effect::watch(
            move || self.preset(),
            move |preset, before, _| {
                let is_usual = before.is_some_and(|before| *issuer.read_untracked() == before.issuer());
                if is_usual && (is_new || *preset != Preset::Other) {
                    issuer.set(preset.issuer().to_owned());
                }
            },
            false,
        );
    }
}

fn preset_of(label: RwSignal<String>) -> Preset {
    label.with(|label| Preset::parse(label)).unwrap_or_default()
}

/// The dialog that shows how to log in replaces that of a new trust.
#[component]
pub fn EditorDialog(
    /// The trust to edit; `None` creates one.
    trust: Option<Trust>,
    held: Permissions,
    names: SecretNames,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let DialogHost { changed, .. } = DialogHost::expect();
    let snackbar = Snackbar::expect();
    let is_new = trust.is_none();
    let was_limited = trust.as_ref().is_some_and(|trust| trust.secrets.is_some());
    let before = trust.as_ref().map_or_else(|| Draft::new(&browser::origin()), Draft::of);
    let (trust_id, updated) = trust.map(|trust| (trust.id, trust.updated)).unzip();
    let role = if is_new { ProgramRole::usual(held) } else { ProgramRole::new(&*before.role, held) };
    let fields = Fields::new(before.clone(), role);
    fields.follow_preset(is_new);
    if is_new {
        fields.suggest_name();
    }

    let lifetimes = lifetimes(before.lifetime);
    let name = fields.field(Part::Name);
    let name_before = before.text(Part::Name).to_owned();
    let role_before = shown(role_of(&name_before));
    let is_changed = Memo::new(move |_| {
        let mut draft = fields.draft();
        if is_new {
            // Users who may not grant the usual role get another.
            draft.role.clone_from(&before.role);
        }
        draft != before
    });
    let next = StoredValue::new(None::<Dialog>);
    let overwrite = Overwrite::new();
    let fill = move || {
        fields.check()?;
        let expected_updated = overwrite.unless_agreed(updated.clone());
        Ok(overwrite.ask(send(SetTrustInput { trust_id, expected_updated, ..fields.draft().input() })))
    };
    let submission = Submission::new(is_changed, fill, move |()| {
        if is_new {
            next.set_value(Some(Dialog::LogIn { draft: untrack(|| fields.draft()), logins: None }));
        } else {
            snackbar.say("Trust updated.");
        }
        changed.run(());
    });
    let closed = move |()| opened.set(next.try_update_value(Option::take).flatten());
    let hint = move || {
        let name = name.text();
        (!name.is_empty()).then(|| format!("Programs log in with the role {}.", shown(role_of(&name))))
    };
    let is_renamed = move || !is_new && !name.is_empty() && name.text() != name_before;

    view! {
        <FormDialog
            submission
            title=if is_new { "Trust a workload" } else { "Edit trust" }
            action=if is_new { "Trust workload" } else { "Save" }
            wide=true
            unchanged=Signal::derive(move || !is_new && !is_changed.get())
            unchanged_hint=if is_new { "" } else { "No changes yet" }
            on_closed=closed
        >
            <IdentityFields fields is_new />
            <TextField field=name label="Name" autofocus=!is_new hint=Signal::derive(hint) />
            <Show when=is_renamed>
                <p class="limits__frees" role="alert">
                    "Programs that use " {role_before.clone()} " can't log in any more."
                </p>
            </Show>
            <div class="field-row">
                <ProgramRoleField role />
                <SelectField id="trust-lifetime" label="Logins last" choices=lifetimes value=fields.lifetime />
            </div>
            <LimitsField field=fields.field(Part::Secrets) names was_limited />
            {(!is_new).then(|| view! {
                <p class="dialog__aside">"Saving ends the current logins. Programs can log in again."</p>
            })}
        </FormDialog>
    }
}

fn send(input: SetTrustInput) -> Reply<()> {
    let asked = api::mutate(input);
    Box::pin(async move {
        let SetTrustPayload { success, error, .. } = asked.await?;
        if success == Some(true) { Ok(()) } else { Err(ApiError::Refused(error.unwrap_or_default())) }
    })
}

/// Those to choose from, and the trust's own.
fn lifetimes(own: i32) -> Vec<Choice> {
    let mut lifetimes = LIFETIMES.to_vec();
    if let Err(place) = lifetimes.binary_search(&own) {
        lifetimes.insert(place, own);
    }
    let choice = |seconds: i32| Choice::new(seconds.to_string(), clock::lasting(seconds.into()));
    lifetimes.into_iter().map(choice).collect()
}

#[component]
fn IdentityFields(fields: Fields, is_new: bool) -> impl IntoView {
    let presets = Preset::ALL.map(|preset| Choice::new(preset.as_str(), preset.as_str()));
    let branch = fields.field(Part::Branch);
    let is_any_branch = move || fields.preset() == Preset::GitHub && branch.text().is_empty();
    let rows = move || {
        let preset = fields.preset();
        let field = move |part: &Part| view! { <PartField fields preset part=*part /> };
        let row = move |parts: &&[Part]| match parts {
            [part] => field(part).into_any(),
            parts => {
                view! { <div class="field-row">{parts.iter().map(field).collect_view()}</div> }.into_any()
            }
        };
        preset.rows().iter().map(row).collect_view()
    };
    view! {
        <SelectField
            id="trust-preset"
            label="Workload"
            choices=presets.to_vec()
            value=fields.preset
            autofocus=is_new
        />
        {rows}
        <Show when=is_any_branch>
            <Notice tone=Tone::Warning>"Anyone who can push to this repository can log in."</Notice>
        </Show>
        <AudiencesField fields />
    }
}

/// The usual audience is shown as a sentence. *Other* asks for it.
#[component]
fn AudiencesField(fields: Fields) -> impl IntoView {
    let audiences = fields.field(Part::Audiences).value;
    let is_asked = RwSignal::new(false);
    effect(move || {
        if fields.preset() == Preset::Other {
            is_asked.set(true);
        }
    });
    let change = move |_| {
        is_asked.set(true);
        request_animation_frame(|| browser::focus_id(Part::Audiences.as_str()));
    };
    let sentence = move || {
        let audiences = shown(audiences.read().lines().collect::<Vec<_>>().join(" or "));
        view! {
            <p class="dialog__aside">
                "Tokens must be for " <bdi>{audiences}</bdi> ". "
                <button type="button" class="link" on:click=change>"Change audience"</button>
            </p>
        }
    };
    view! {
        <Show when=move || is_asked.get() fallback=sentence>
            <PartField fields preset=Preset::Other part=Part::Audiences />
        </Show>
    }
}

#[component]
fn PartField(fields: Fields, preset: Preset, part: Part) -> impl IntoView {
    let field = fields.field(part);
    let (label, hint) = part.words(preset);
    let hint = Some(hint.to_owned());
    match part.example() {
        Some(code) => view! { <TextArea field label code hint /> }.into_any(),
        None => view! { <TextField field label optional=part.is_optional() hint /> }.into_any(),
    }
}
