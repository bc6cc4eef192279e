//! Short messages at the bottom of the window that say what has been done, and leave by themselves.
//!
//! Not for errors: those stay where they happened until they are dealt with.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

const SHOWN_FOR: Duration = Duration::from_secs(6);

/// The place to leave a message.
#[derive(Clone, Copy)]
pub struct Snackbar {
    message: RwSignal<Option<String>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Snackbar {
    /// Puts the snackbar where [`Snackbar::expect`] finds it.
    pub fn provide() {
        provide_context(Self {
            message: RwSignal::new(None),
            timer: StoredValue::new(None),
        });
    }

    /// The page's snackbar.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Shows a message, in place of the one before.
    pub fn say(self, message: impl Into<String>) {
        self.message.set(Some(message.into()));
        self.leave_later();
    }

    fn dismiss(self) {
        self.stay();
        self.message.set(None);
    }

    /// Nobody loses a message they are reading or reaching for.
    fn stay(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    fn leave_later(self) {
        self.stay();
        let timer = set_timeout_with_handle(move || self.message.set(None), SHOWN_FOR);
        self.timer.set_value(timer.ok());
    }
}

/// Where messages show. It is there from the start, because screen readers only read changes of what they know.
#[component]
pub fn SnackbarRegion() -> impl IntoView {
    let snackbar = Snackbar::expect();
    view! {
        <div class="snackbar-region" role="status" aria-live="polite">
            {move || {
                snackbar
                    .message
                    .get()
                    .map(|message| {
                        view! {
                            <div
                                class="snackbar"
                                on:mouseenter=move |_| snackbar.stay()
                                on:mouseleave=move |_| snackbar.leave_later()
                                on:focusin=move |_| snackbar.stay()
                                on:focusout=move |_| snackbar.leave_later()
                            >
                                <span class="snackbar__text">{message}</span>
                                <button
                                    type="button"
                                    class="snackbar__dismiss"
                                    // The button goes with the message; what has the focus should keep it.
                                    on:mousedown=|event| event.prevent_default()
                                    on:click=move |_| snackbar.dismiss()
                                >
                                    "Dismiss"
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
