//! Labelled fields with a hint and an error message, the search field, and checkboxes.

use leptos::html::Input;

use super::{Icon, MaskButton, Picture};
use crate::prelude::*;

/// The text of a field, and its error.
#[derive(Clone, Copy)]
pub struct Field {
    id: &'static str,
    pub value: RwSignal<String>,
    problem: Signal<Option<String>>,
    is_checked: RwSignal<bool>,
}

impl Field {
    /// `problem` finds the error in a text. It shows from the first [`Self::check`] on.
    pub fn new(
        id: &'static str,
        text: impl Into<String>,
        problem: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::over(id, RwSignal::new(text.into()), problem)
    }

    /// The same for a text that others depend on.
    pub fn over(
        id: &'static str,
        value: RwSignal<String>,
        problem: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { is_checked: RwSignal::new(false), ..Self::live(id, value, problem) }
    }

    /// A field whose error shows while the user types.
    pub fn live(
        id: &'static str,
        value: RwSignal<String>,
        problem: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let problem = Signal::derive(move || problem(&value.read()));
        Self { id, value, problem, is_checked: RwSignal::new(true) }
    }

    /// The text without white space around it.
    pub fn text(self) -> String {
        self.value.read().trim().to_owned()
    }

    pub fn is_empty(self) -> bool {
        self.value.read().is_empty()
    }

    /// Fails with the id of the field.
    pub fn check(self) -> Result<(), &'static str> {
        self.is_checked.set(true);
        self.problem.with(|problem| problem.as_ref().map_or(Ok(()), |_| Err(self.id)))
    }

    /// Checks all of them, and fails with the id of the first wrong one.
    pub fn check_all<const COUNT: usize>(fields: [Self; COUNT]) -> Result<(), &'static str> {
        fields.map(Self::check).into_iter().collect()
    }

    /// Empties the field, which is no error yet.
    pub fn clear(self) {
        self.is_checked.set(false);
        self.value.set(String::new());
    }

    fn error(self) -> Option<String> {
        if self.is_checked.get() { self.problem.get() } else { None }
    }
}

#[component]
pub fn TextField(
    field: Field,
    label: &'static str,
    /// `text`, `email`, `password` or `date`. A password can be shown.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional)] readonly: bool,
    /// The id of a `<datalist>`.
    #[prop(optional)]
    list: Option<&'static str>,
    #[prop(into, optional)] hint: Signal<Option<String>>,
    #[prop(into, default = Callback::new(|()| ()))] on_blur: Callback<()>,
) -> impl IntoView {
    let Field { id, value, .. } = field;
    let error = Signal::derive(move || field.error());
    let message_id = format!("{id}-message");
    let is_wrong = move || error.with(Option::is_some);
    let masked = RwSignal::new(true);
    view! {
        <div class="field" class:field--wrong=is_wrong>
            <label class="field__label" for=id>{label}</label>
            <div class="field__box">
                {icon.map(|icon| view! { <Picture icon /> })}
                <input
                    id=id
                    name=id
                    class="field__input"
                    type=move || if masked.get() { kind } else { "text" }
                    required=!optional
                    readonly=readonly
                    list=list
                    autofocus=autofocus
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    dir=(kind == "text").then_some("auto")
                    aria-invalid=move || is_wrong().then_some("true")
                    aria-describedby=message_id.clone()
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                    // Removing a focused field blurs it when its callback is gone.
                    on:blur=move |_| _ = on_blur.try_run(())
                />
                {(kind == "password").then(|| view! { <MaskButton what=label.to_ascii_lowercase() masked /> })}
            </div>
            <FieldMessage id=message_id error hint />
        </div>
    }
}

#[component]
pub fn TextArea(
    field: Field,
    label: &'static str,
    /// An example, for a field that is not prose.
    #[prop(optional)]
    code: Option<&'static str>,
    #[prop(optional)] masked: bool,
    #[prop(into)] hint: Signal<Option<String>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let Field { id, value, .. } = field;
    let error = Signal::derive(move || field.error());
    let message_id = format!("{id}-message");
    let is_wrong = move || error.with(Option::is_some);
    let is_code = code.is_some();
    view! {
        <div class="field" class:field--wrong=is_wrong>
            <label class="field__label" for=id>{label}</label>
            <textarea
                id=id
                name=id
                class="field__input field__area"
                class:field__area--mono=is_code
                class:value__input--masked=masked
                rows="2"
                placeholder=code
                autocomplete="off"
                autocapitalize=is_code.then_some("off")
                spellcheck=is_code.then_some("false")
                translate=masked.then_some("no")
                dir=if is_code { "ltr" } else { "auto" }
                aria-invalid=move || is_wrong().then_some("true")
                aria-describedby=message_id.clone()
                prop:value=value
                on:input:target=move |event| value.set(event.target().value())
            ></textarea>
            <FieldMessage id=message_id error hint />
            {children.map(|children| children())}
        </div>
    }
}

#[component]
pub fn FieldMessage(
    /// For the field's `aria-describedby`.
    #[prop(into)]
    id: String,
    #[prop(optional)] error: Signal<Option<String>>,
    hint: Signal<Option<String>>,
) -> impl IntoView {
    let text = move || error.get().or_else(|| hint.get()).unwrap_or_default();
    // Set as a property, because a page translator may have replaced our text nodes.
    view! { <p class="field__message" id=id aria-live="polite" prop:textContent=text></p> }
}

/// Filters a table. A page has at most one.
#[component]
pub fn SearchField(search: RwSignal<String>, label: &'static str) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let clear = move |_| {
        search.set(String::new());
        if let Some(input) = node.get_untracked() {
            browser::focus(&input);
        }
    };
    view! {
        <div class="search" role="search">
            <Picture icon=Icon::Search />
            <input
                node_ref=node
                id="search"
                class="search__input"
                type="text"
                role="searchbox"
                aria-label=label
                aria-keyshortcuts="/"
                placeholder=label
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                dir="auto"
                prop:value=search
                on:input:target=move |event| search.set(event.target().value())
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        search.set(String::new());
                    }
                }
            />
            <Show when=move || search.with(|search| !search.is_empty())>
                <button type="button" class="search__clear" aria-label="Clear the search field" on:click=clear>
                    <Picture icon=Icon::Close />
                </button>
            </Show>
        </div>
    }
}

#[component]
pub fn Checkbox(
    #[prop(into)] label: String,
    checked: RwSignal<bool>,
    /// Why the box is disabled.
    #[prop(optional_no_strip)]
    refusal: Option<&'static str>,
) -> impl IntoView {
    view! {
        <label class="checkbox" class:checkbox--refused=refusal.is_some()>
            <input
                type="checkbox"
                disabled=refusal.is_some()
                prop:checked=checked
                on:change:target=move |event| checked.set(event.target().checked())
            />
            <span>{label} {refusal.map(|why| view! { <small class="checkbox__refusal">{why}</small> })}</span>
        </label>
    }
}
