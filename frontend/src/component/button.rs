//! Buttons.

use super::{Icon, Picture};
use crate::prelude::*;

/// The id of the button that sends a form; there is one form at a time.
pub const SUBMIT: &str = "submit";

/// Takes attributes as props, because Leptos keeps the old signals and listeners of spread ones when it redraws a button.
#[component]
pub fn Button(
    /// Modifiers, such as `button--small`.
    #[prop(optional)]
    class: &'static str,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(into, optional)] id: Option<String>,
    /// Replaces the text for screen readers.
    #[prop(into, optional)]
    label: Option<String>,
    #[prop(into, optional)] disabled: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
    children: Children,
) -> impl IntoView {
    let class = format!("button {class}");
    view! {
        <button type="button" id=id class=class aria-label=label disabled=disabled on:click=move |_| on_press.run(())>
            {icon.map(|icon| view! { <Picture icon /> })}
            {children()}
        </button>
    }
}

#[component]
pub fn SubmitButton(
    #[prop(into)] label: Signal<&'static str>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into, optional)] disabled: Signal<bool>,
    #[prop(into, optional)] danger: Signal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            id=SUBMIT
            class=move || if danger.get() { "button button--danger" } else { "button button--primary" }
            disabled=move || busy.get() || disabled.get()
            aria-busy=move || busy.get().then_some("true")
        >
            <Show when=move || busy.get()><span class="spinner" aria-hidden="true"></span></Show>
            {label}
        </button>
    }
}

#[component]
pub fn IconButton(
    icon: Icon,
    #[prop(into)] label: Signal<String>,
    #[prop(into, optional)] disabled: Signal<bool>,
    /// Defaults to the label.
    #[prop(optional)]
    tooltip: Option<&'static str>,
    /// The key that presses it, see [`crate::keyboard`].
    #[prop(optional)]
    keys: Option<&'static str>,
    /// Why the button does nothing now. It keeps the focus, so that screen readers can read the reason.
    #[prop(optional_no_strip)]
    refusal: Option<&'static str>,
    #[prop(optional)] danger: bool,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    let tooltip = move || refusal.or(tooltip).map_or_else(|| label.get(), str::to_owned);
    view! {
        <button
            type="button"
            class="icon-button"
            class:icon-button--danger=danger
            aria-label=label
            aria-disabled=refusal.map(|_| "true")
            aria-description=refusal
            aria-keyshortcuts=keys
            data-tooltip=tooltip
            disabled=disabled
            on:click=move |_| {
                if refusal.is_none() {
                    on_press.run(());
                }
            }
        >
            <Picture icon />
        </button>
    }
}

/// Shows and hides a secret text.
#[component]
pub fn MaskButton(
    /// The noun in its label: `the value`.
    #[prop(into)]
    what: String,
    masked: RwSignal<bool>,
) -> impl IntoView {
    let verb = move || if masked.get() { "Show" } else { "Hide" };
    view! {
        <button
            type="button"
            class="icon-button icon-button--small"
            aria-label=move || format!("{} {what}", verb())
            data-tooltip=verb
            on:click=move |_| masked.update(|masked| *masked = !*masked)
        >
            {move || view! { <Picture icon=if masked.get() { Icon::Eye } else { Icon::EyeOff } /> }}
        </button>
    }
}

/// Buttons of which exactly one is pressed.
#[component]
pub fn Segments<Choice: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    options: Vec<(Choice, &'static str)>,
    #[prop(into)] chosen: Signal<Choice>,
    #[prop(into)] on_choose: Callback<Choice>,
    /// Whether the labels are code.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let option = move |(option, label): (Choice, &'static str)| {
        view! {
            <button
                type="button"
                class="segments__option"
                class:segments__option--mono=mono
                aria-pressed=move || (chosen.get() == option).to_string()
                on:click=move |_| on_choose.run(option)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="segments" role="group" aria-label=label>{options.into_iter().map(option).collect_view()}</div>
    }
}
