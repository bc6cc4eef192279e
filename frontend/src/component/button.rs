//! Buttons: one that can be busy, one that is only an icon, and several that exclude each other.

use leptos::prelude::*;

use super::icon::{Icon, Picture};

/// The id of the button that sends a form; there is one form at a time.
pub const SUBMIT: &str = "submit";

#[component]
pub fn SubmitButton(
    label: &'static str,
    #[prop(into)] busy: Signal<bool>,
    /// Whether there is nothing to send.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    #[prop(optional)] danger: bool,
) -> impl IntoView {
    let class = if danger { "button button--danger" } else { "button button--primary" };
    view! {
        <button
            type="submit"
            id=SUBMIT
            class=class
            disabled=move || busy.get() || disabled.get()
            aria-busy=move || busy.get().then_some("true")
        >
            <Show when=move || busy.get()>
                <span class="spinner" aria-hidden="true"></span>
            </Show>
            {label}
        </button>
    }
}

#[component]
pub fn IconButton(
    icon: Icon,
    #[prop(into)] label: Signal<String>,
    /// Where that can't be done.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// What its tooltip says, where the label says more.
    #[prop(optional)]
    tooltip: Option<&'static str>,
    /// Why it does nothing now. It stays in reach of the keyboard, so that everybody gets to know.
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

/// Buttons that exclude each other, each with what it chooses.
#[component]
pub fn Segments<Choice: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    options: Vec<(Choice, &'static str)>,
    #[prop(into)] chosen: Signal<Choice>,
    #[prop(into)] on_choose: Callback<Choice>,
    /// Whether their labels are code.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let option = move |(option, label): (Choice, &'static str)| {
        view! {
            <button
                type="button"
                class="segments__option"
                class:segments__option--mono=mono
                aria-pressed=move || if chosen.get() == option { "true" } else { "false" }
                on:click=move |_| on_choose.run(option)
            >
                {label}
            </button>
        }
    };
    view! {
        <div class="segments" role="group" aria-label=label>
            {options.into_iter().map(option).collect_view()}
        </div>
    }
}
