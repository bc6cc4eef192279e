//! A modal dialog on the browser's own `<dialog>`, which never loses what was typed into it without asking.
//!
//! The one who opens it mounts [`ModalDialog`] and takes it away when `on_closed` is called. Everything that closes
//! it goes through [`DialogControl`], so that the browser gives the focus back to where it came from.

use leptos::ev::{Event, KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use web_sys::{EventTarget, HtmlElement};

use crate::browser;
use crate::session::Session;
use crate::text::shown;

const KEEP_EDITING: &str = "dialog-keep-editing";
const TITLE: &str = "dialog-title";

/// Closes a dialog, asking first where something would be lost.
#[derive(Clone, Copy)]
pub struct DialogControl {
    element: NodeRef<html::Dialog>,
    touched: Signal<bool>,
    busy: Signal<bool>,
    asking: RwSignal<bool>,
    agreed: StoredValue<bool>,
    asked_from: StoredValue<Option<HtmlElement>, LocalStorage>,
}

impl DialogControl {
    /// A dialog that asks before it closes while `touched`, and does not close by itself while `busy`.
    pub fn new(touched: Signal<bool>, busy: Signal<bool>) -> Self {
        Self {
            element: NodeRef::new(),
            touched,
            busy,
            asking: RwSignal::new(false),
            agreed: StoredValue::new(false),
            asked_from: StoredValue::new_local(None),
        }
    }

    /// The person wants out: Cancel, Esc, or a click outside.
    pub fn leave(self) {
        if self.busy.get_untracked() {
            return;
        }
        if self.asking.get_untracked() {
            self.keep_editing();
        } else if self.touched.get_untracked() {
            self.asked_from.set_value(browser::focused());
            self.asking.set(true);
            request_animation_frame(|| browser::focus_id(KEEP_EDITING));
        } else {
            self.close();
        }
    }

    /// Closes without asking. Does nothing when the dialog is gone already.
    pub fn close(self) {
        self.agreed.try_update_value(|agreed| *agreed = true);
        if let Some(element) = self.element.try_get_untracked().flatten() {
            element.close();
        }
    }

    fn keep_editing(self) {
        self.asking.set(false);
        if let Some(element) = self.asked_from.try_update_value(Option::take).flatten() {
            browser::focus(&element);
        }
    }

    fn open(self) {
        if let Some(element) = self.element.get() {
            // It fails only where the dialog is open already.
            drop(element.show_modal());
        }
    }

    /// A browser may close a dialog against our will, as Chromium does when Esc is pressed twice.
    fn is_forced(self) -> bool {
        !self.agreed.get_value() && (self.touched.get_untracked() || self.busy.get_untracked())
    }
}

/// A modal dialog. Its children hold a form, and a [`DialogFooter`] at its end.
#[component]
pub fn ModalDialog(
    control: DialogControl,
    title: &'static str,
    #[prop(optional)] small: bool,
    #[prop(into)] on_closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    let session = Session::expect();
    Effect::new(move |_| control.open());
    browser::listen(leptos::ev::beforeunload, move |event| {
        if control.touched.get_untracked() {
            event.prevent_default();
        }
    });

    // A click outside begins and ends on the dialog element itself, which its content covers wholly. One that begins
    // inside is a selection of text that went too far.
    let pressed_outside = StoredValue::new(false);
    let is_outside = move |event: &MouseEvent| {
        control.element.get_untracked().is_some_and(|element| {
            event.target().is_some_and(|target| target == *AsRef::<EventTarget>::as_ref(&element))
        })
    };

    view! {
        <dialog
            node_ref=control.element
            class="dialog"
            class:dialog--small=small
            aria-labelledby=TITLE
            on:keydown=move |event: KeyboardEvent| {
                if event.key() == "Escape" && !event.is_composing() {
                    event.prevent_default();
                    event.stop_propagation();
                    control.leave();
                }
            }
            on:cancel=move |event: Event| {
                event.prevent_default();
                control.leave();
            }
            on:close=move |_| {
                if control.is_forced() {
                    control.open();
                    control.leave();
                } else {
                    on_closed.run(());
                    session.catch_up();
                }
            }
            on:mousedown=move |event| pressed_outside.set_value(is_outside(&event))
            on:click=move |event| {
                if pressed_outside.get_value() && is_outside(&event) {
                    control.leave();
                }
            }
        >
            <div class="dialog__panel">
                <h2 class="dialog__title" id=TITLE>{title}</h2>
                {children()}
            </div>
        </dialog>
    }
}

#[component]
pub fn DialogName(name: String) -> impl IntoView {
    view! {
        <p>
            <strong class="dialog__name" dir="auto">{shown(name)}</strong>
        </p>
    }
}

#[component]
pub fn CloseFooter(control: DialogControl, #[prop(optional)] question: &'static str) -> impl IntoView {
    view! { <DialogFooter control leave="Close" question keep="Go back" discard="Close anyway">""</DialogFooter> }
}

#[component]
pub fn DialogFooter(
    control: DialogControl,
    /// The button that leaves it.
    #[prop(default = "Cancel")]
    leave: &'static str,
    /// What is asked before something is lost.
    #[prop(default = "Discard what you typed?")]
    question: &'static str,
    #[prop(default = "Keep editing")] keep: &'static str,
    #[prop(default = "Discard")] discard: &'static str,
    /// The button that does it. The one that leaves is there by itself.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        // A button that is pressed must not take the focus from a field first: leaving the field may show a message
        // that moves the button away under the pointer.
        <footer class="dialog__footer" on:mousedown=|event| event.prevent_default()>
            <Show
                when=move || control.asking.get()
                fallback=move || view! {
                    <button
                        type="button"
                        class="button"
                        disabled=control.busy
                        on:click=move |_| control.leave()
                    >
                        {leave}
                    </button>
                    {children.with_value(|children| children())}
                }
            >
                <p class="dialog__question" role="alert">{question}</p>
                <button type="button" class="button" id=KEEP_EDITING on:click=move |_| control.keep_editing()>
                    {keep}
                </button>
                <button type="button" class="button button--danger" on:click=move |_| control.close()>
                    {discard}
                </button>
            </Show>
        </footer>
    }
}
