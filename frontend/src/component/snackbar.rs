//! Short messages about completed actions, at the bottom of the window. They disappear by themselves.
//!
//! Not for errors: those stay where they happened.

use std::sync::Arc;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;

use crate::prelude::*;

const SHOWN_FOR: Duration = Duration::from_secs(6);

/// An offer takes time to decide on.
const OFFERED_FOR: Duration = Duration::from_secs(10);

type Offer = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone)]
struct Message {
    text: String,
    offer: Option<(&'static str, Offer)>,
}

#[derive(Clone, Copy)]
pub struct Snackbar {
    message: RwSignal<Option<Message>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Snackbar {
    pub fn provide() {
        provide_context(Self { message: RwSignal::new(None), timer: StoredValue::new(None) });
    }

    pub fn expect() -> Self {
        expect_context()
    }

    /// Shows a message instead of the previous one.
    pub fn say(self, message: impl Into<String>) {
        self.show(Message { text: shown(message.into()), offer: None });
    }

    /// Takes a function, because it outlives the dialog that it comes from. A `Callback` created there would not.
    pub fn offer(
        self,
        message: impl Into<String>,
        action: &'static str,
        run: impl Fn() + Send + Sync + 'static,
    ) {
        self.show(Message { text: shown(message.into()), offer: Some((action, Arc::new(run))) });
    }

    fn show(self, message: Message) {
        self.message.set(Some(message));
        self.hide_later();
    }

    fn dismiss(self) {
        self.stay();
        self.message.set(None);
    }

    /// Keeps a message while the user is reading or reaching for it.
    fn stay(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }

    /// A dialog covers the message and keeps it out of reach, so its time starts over once the dialog is closed.
    pub fn hide_later(self) {
        self.stay();
        let offers = self.message.with_untracked(|message| Some(message.as_ref()?.offer.is_some()));
        let Some(offers) = offers else { return };
        let shown_for = if offers { OFFERED_FOR } else { SHOWN_FOR };
        let hide = move || {
            if !browser::has_open_dialog() {
                self.message.set(None);
            }
        };
        self.timer.set_value(set_timeout_with_handle(hide, shown_for).ok());
    }
}

/// Always mounted, because screen readers only announce changes of elements they know.
#[component]
pub fn SnackbarRegion() -> impl IntoView {
    let snackbar = Snackbar::expect();
    view! {
        <div class="snackbar-region" role="status" aria-live="polite">
            {move || {
                snackbar.message.get().map(|message| view! {
                    <div
                        class="snackbar"
                        on:mouseenter=move |_| snackbar.stay()
                        on:mouseleave=move |_| snackbar.hide_later()
                        on:focusin=move |_| snackbar.stay()
                        on:focusout=move |_| snackbar.hide_later()
                    >
                        <span class="snackbar__text">{message.text}</span>
                        {message.offer.map(|(action, run)| view! {
                            <button
                                type="button"
                                class="snackbar__action"
                                on:mousedown=|event| event.prevent_default()
                                on:click=move |_| {
                                    snackbar.dismiss();
                                    run();
                                }
                            >
                                {action}
                            </button>
                        })}
                        <button
                            type="button"
                            class="snackbar__dismiss"
                            // The button disappears with the message, so it must not take the focus.
                            on:mousedown=|event| event.prevent_default()
                            on:click=move |_| snackbar.dismiss()
                        >
                            "Dismiss"
                        </button>
                    </div>
                })
            }}
        </div>
    }
}
