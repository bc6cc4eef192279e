//! The dialog *Import secrets*: a file's secrets, row by row, and one request that sets the ticked ones or none.
//!
//! The command line's readers read the file here, in the browser. The server compares the values with the stored ones,
//! because only it has them, and says which secrets are new, overwritten or unchanged.

pub mod dropped;
mod plan;
mod rows;
mod source;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use leptos::ev::{Event, SubmitEvent};
use leptos::html::{Input, Textarea};
use leptos::leptos_dom::helpers::TimeoutHandle;
use strongroom_formats::Format;
use strongroom_shared::error_code::CHANGED_SINCE_PREVIEW;
use strongroom_shared::limit::{IMPORTED_SECRETS, REQUEST_BYTES};
use strongroom_shared::operation::Limits;
use strongroom_shared::payload::ImportSecretsPayload;
use zeroize::Zeroizing;

use self::dropped::SOURCE;
use self::plan::{Counts, Known, Plan, Preview, counted};
use self::rows::Rows;
use self::source::Source;
use super::editor::value::grouped;
use crate::clock;
use crate::component::lazy::lazy;
use crate::component::{
    Button, DialogControl, DialogFooter, DialogHost, FieldMessage, Icon, ModalDialog, Notice, SUBMIT,
    SaveFailure, Segments, Snackbar, Tone,
};
use crate::fetched::Progress;
use crate::prelude::*;

const MESSAGE: &str = "import-source-message";

/// How long typing pauses before the text is read.
const PAUSE: Duration = Duration::from_millis(300);

lazy!(import:
    pub fn import_dialog() {
        view! { <ImportDialog /> }.into_any()
    }
);

/// The state of the dialog.
#[derive(Clone, Copy)]
struct Importing {
    source: RwSignal<Source>,
    /// Why a file could not be read.
    unread: RwSignal<Option<String>>,
    /// Chosen by the user in place of the detected one.
    format: RwSignal<Option<Format>>,
    /// `None` without a text.
    read: Memo<Option<Result<Arc<Plan>, String>>>,
    /// Of the plan; `None` until the server has answered.
    preview: RwSignal<Option<Preview>>,
    progress: Progress,
    unticked: RwSignal<HashSet<String>>,
    /// Whether the preview was refreshed because a secret has changed.
    has_changed: RwSignal<bool>,
    request: Request,
}

impl Importing {
    fn new() -> Self {
        let source = RwSignal::new(Source::default());
        let format = RwSignal::new(None::<Format>);
        let max_bytes = expect_context::<Limits>().value_bytes.try_into().unwrap_or_default();
        let read = Memo::new(move |_| {
            let chosen = format.get();
            source.with(|source| {
                if source.text.trim().is_empty() {
                    return None;
                }
                let known = Known { max_bytes, now: clock::now() };
                let format = chosen.unwrap_or_else(|| source.format());
                Some(Plan::read(&source.text, format, known).map(Arc::new))
            })
        });
        Self {
            source,
            unread: RwSignal::new(None),
            format,
            read,
            preview: RwSignal::new(None),
            progress: Progress::new(),
            unticked: RwSignal::new(HashSet::new()),
            has_changed: RwSignal::new(false),
            request: Request::new(),
        }
    }

    fn plan(self) -> Option<Arc<Plan>> {
        self.read.get()?.ok()
    }

    /// Takes another text; ticks of secrets with the same name stay.
    fn take(self, source: Source) {
        self.unread.set(None);
        self.has_changed.set(false);
        self.format.set(None);
        self.source.set(source);
    }

    fn take_file(self, file: web_sys::File, area: NodeRef<Textarea>) {
        spawn_local(async move {
            let read = Source::of_file(file).await;
            // The dialog may have been closed.
            if self.source.try_get_untracked().is_none() {
                return;
            }
            if let Some(area) = area.try_get_untracked().flatten() {
                area.set_value("");
            }
            match read {
                Ok(source) => self.take(source),
                Err(why) => {
                    self.take(Source::default());
                    self.unread.set(Some(why));
                }
            }
        });
    }

    /// Asks the server for the changes of the plan.
    fn compare(self, plan: &Arc<Plan>) {
        let Some(input) = plan.preview() else { return };
        let (plan, of) = (Arc::clone(plan), Arc::clone(plan));
        let asked: Reply<ImportSecretsPayload> = api::mutate(input);
        let asked: Reply<Preview> = Box::pin(async move { accepted(asked.await?, &plan).map(Preview::new) });
        self.progress.wait(asked, move |preview| {
            let is_current =
                self.read.with_untracked(|read| matches!(read, Some(Ok(now)) if Arc::ptr_eq(now, &of)));
            if is_current {
                self.preview.set(preview);
            }
        });
    }

    /// How many secrets the button imports.
    fn number(self) -> usize {
        let number = |preview: &Preview| self.unticked.with(|unticked| preview.number(unticked));
        self.preview.with(|preview| preview.as_ref().map_or(0, number))
    }

    fn import(self, done: impl FnOnce(usize) + 'static) {
        let number = untrack(move || self.number());
        let Some(plan) = untrack(move || self.plan()).filter(|_| number > 0) else { return };
        let input = self.preview.with_untracked(|preview| {
            let preview = preview.as_ref()?;
            Some(self.unticked.with_untracked(|unticked| preview.import(&plan, unticked)))
        });
        let Some(input) = input else { return };
        self.has_changed.set(false);
        let asked: Reply<ImportSecretsPayload> = api::mutate(input);
        let answered = move |payload: ImportSecretsPayload| {
            if payload.error.as_deref() == Some(CHANGED_SINCE_PREVIEW) {
                self.has_changed.set(true);
                self.compare(&plan);
                return;
            }
            match accepted(payload, &plan) {
                Ok(_) => done(number),
                Err(error) => self.request.error.set(Some(error)),
            }
        };
        self.request.send(asked, answered);
    }

    /// The message below the field.
    fn message(self) -> Option<String> {
        let plan = self.plan()?;
        let name = self.source.with(|source| source.name.as_deref().map(shown));
        let secrets = counted(plan.secrets().count(), "secret");
        let refused = match plan.refused() {
            0 => String::new(),
            refused => format!(", {} refused", counted(refused, "line")),
        };
        Some(format!("{}: {secrets}{refused}.", name.unwrap_or_else(|| "Pasted".to_owned())))
    }

    fn error(self) -> Option<String> {
        self.unread.get().or_else(|| self.read.get()?.err())
    }
}

/// The payload, unless the server refused the import.
fn accepted(payload: ImportSecretsPayload, plan: &Plan) -> Result<ImportSecretsPayload, ApiError> {
    if payload.success == Some(true) {
        return Ok(payload);
    }
    Err(ApiError::Refused(plan.explain(payload.error.unwrap_or_default())))
}

#[component]
fn ImportDialog() -> impl IntoView {
    let snackbar = Snackbar::expect();
    let DialogHost { changed, .. } = DialogHost::expect();
    let importing = Importing::new();
    let Importing { request, progress, .. } = importing;
    let area = NodeRef::<Textarea>::new();
    let touched = Signal::derive(move || importing.source.with(|source| !source.text.is_empty()));
    let control = DialogControl::new(touched, request.busy.into());
    let take_dropped = move || {
        if let Some(file) = dropped::take() {
            importing.take_file(file, area);
        }
    };
    take_dropped();
    dropped::follow(true, Callback::new(move |()| take_dropped()));
    effect(move || {
        let plan = importing.plan();
        importing.preview.set(None);
        if let Some(plan) = plan {
            importing.compare(&plan);
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let refused = untrack(move || importing.plan()).map_or(0, |plan| plan.refused());
        importing.import(move |number| {
            control.close();
            let imported = format!("Imported {}", counted(number, "secret"));
            snackbar.say(match refused {
                0 => imported,
                1 => format!("{imported}; 1 line was refused."),
                refused => format!("{imported}; {refused} lines were refused."),
            });
            changed.run(());
        });
    };
    let is_waiting = move || request.busy.get() || progress.loading.get();
    let label = move || match importing.number() {
        0 => "Import secrets".to_owned(),
        number => format!("Import {}", counted(number, "secret")),
    };

    view! {
        <ModalDialog control title="Import secrets">
            <form class="dialog__form" novalidate=true on:submit=submit>
                <div class="dialog__body">
                    <SaveFailure error=request.error />
                    <SaveFailure error=progress.error />
                    <Show when=move || importing.has_changed.get()>
                        <Notice tone=Tone::Warning>
                            "Some of these secrets have changed since the preview, so nothing was imported. This is the new preview."
                        </Notice>
                    </Show>
                    <SourceField importing area />
                    <Show when=move || touched.get()><FormatChoice importing /></Show>
                    <Escapes importing />
                    <Rows importing />
                </div>
                <DialogFooter control question="Discard the import?" keep="Go back">
                    <Summary importing />
                    <button
                        type="submit"
                        id=SUBMIT
                        class="button button--primary"
                        disabled=move || is_waiting() || importing.number() == 0
                        aria-busy=move || is_waiting().then_some("true")
                    >
                        <Show when=is_waiting><span class="spinner" aria-hidden="true"></span></Show>
                        {label}
                    </button>
                </DialogFooter>
            </form>
        </ModalDialog>
    }
}

#[component]
fn SourceField(importing: Importing, area: NodeRef<Textarea>) -> impl IntoView {
    let chooser = NodeRef::<Input>::new();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let read = move || {
        if let Some(area) = area.try_get_untracked().flatten() {
            importing.take(Source { name: None, text: Zeroizing::new(area.value()) });
        }
    };
    let typed = move |_: Event| {
        stop();
        timer.set_value(set_timeout_with_handle(read, PAUSE).ok());
    };
    // Clears the text from the document. The browser's own copies are out of reach.
    on_cleanup(move || {
        stop();
        if let Some(area) = area.try_get_untracked().flatten() {
            area.set_value("");
        }
    });
    let chosen = move |_: Event| {
        if let Some(input) = chooser.get_untracked() {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                importing.take_file(file, area);
            }
            // The same file can be chosen again once it has changed.
            input.set_value("");
        }
    };
    let limits = format!(
        "A .env file, JSON, TOML or Prefect's config.toml: at most {} secrets and {} MiB.",
        grouped(IMPORTED_SECRETS),
        REQUEST_BYTES / 1024 / 1024
    );
    let hint = Signal::derive(move || importing.message().or_else(|| Some(limits.clone())));
    let error = Signal::derive(move || importing.error());
    view! {
        <div class="field" class:field--wrong=move || error.with(Option::is_some)>
            <label class="field__label" for=SOURCE>"Paste or drop a file"</label>
            <textarea
                node_ref=area
                id=SOURCE
                class="field__input value__input value__input--masked import__source"
                rows="3"
                dir="ltr"
                autofocus=true
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                translate="no"
                data-1p-ignore="true"
                data-lpignore="true"
                data-bwignore="true"
                data-form-type="other"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=MESSAGE
                on:input=typed
            ></textarea>
            <FieldMessage id=MESSAGE error hint />
            <input node_ref=chooser type="file" hidden=true on:change=chosen />
            <Button
                class="import__choose"
                icon=Icon::Log
                on_press=move |()| {
                    if let Some(input) = chooser.get_untracked() {
                        input.click();
                    }
                }
            >
                "Choose a file"
            </Button>
        </div>
    }
}

#[component]
fn FormatChoice(importing: Importing) -> impl IntoView {
    let detected = Memo::new(move |_| importing.source.with(Source::format));
    view! {
        <Segments
            label="Format of the file"
            options=Format::ALL.map(|format| (format, format.as_str())).to_vec()
            chosen=Signal::derive(move || importing.format.get().unwrap_or_else(|| detected.get()))
            on_choose=move |format| importing.format.set(Some(format))
            mono=true
        />
    }
}

/// Programs disagree about some escapes of `.env` files.
#[component]
fn Escapes(importing: Importing) -> impl IntoView {
    move || {
        let plan = importing.plan().filter(|plan| !plan.escapes.is_empty())?;
        let lines = plan.escapes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let text = format!(
            "Programs disagree about some backslashes in double quotes. Here they are removed, as by shells. Lines: {lines}."
        );
        Some(view! { <Notice tone=Tone::Warning>{text}</Notice> })
    }
}

/// What the import would do.
#[component]
fn Summary(importing: Importing) -> impl IntoView {
    let text = move || {
        importing.preview.with(|preview| {
            let Counts { created, overwritten, unchanged } = preview.as_ref()?.counts();
            let refused = match importing.plan().map_or(0, |plan| plan.refused()) {
                0 => String::new(),
                refused => format!(", {refused} refused"),
            };
            Some(format!("{created} new, {overwritten} overwritten, {unchanged} unchanged{refused}"))
        })
    };
    view! { <span class="dialog__nothing" role="status">{text}</span> }
}
