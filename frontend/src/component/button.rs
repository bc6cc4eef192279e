//! Buttons: one that can be busy, and one that is only an icon.

use leptos::prelude::*;

use super::icon::{Icon, Picture};

/// The id of the button that sends a form; there is one form at a time.
pub const SUBMIT: &str = "submit";

/// The button that sends a form.
#[component]
pub fn SubmitButton(
    /// What it does, in a word.
    label: &'static str,
    /// Whether it is doing it.
    #[prop(into)]
    busy: Signal<bool>,
    /// Whether there is nothing to send.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// Whether what it does takes something away.
    #[prop(optional)]
    danger: bool,
) -> impl IntoView {
    let class = if danger {
        "button button--danger"
    } else {
        "button button--primary"
    };
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

/// A button that shows an icon and says its label in a tooltip.
#[component]
pub fn IconButton(
    /// Its picture.
    icon: Icon,
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// Where that can't be done.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// What happens.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=label
            data-tooltip=label
            disabled=disabled
            on:click=move |_| on_press.run(())
        >
            <Picture icon />
        </button>
    }
}
