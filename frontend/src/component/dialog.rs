//! A modal dialog on the browser's own `<dialog>`. It never discards typed text without asking.
//!
//! The page mounts [`ModalDialog`] and removes it when it has closed, see [`DialogHost`]. Everything that closes it goes
//! through [`DialogControl`], so that the browser restores the focus.

use leptos::ev::{Event, KeyboardEvent, MouseEvent};
use leptos::html;
use web_sys::{EventTarget, HtmlElement};

use super::{Button, Snackbar};
use crate::back;
use crate::prelude::*;

const KEEP_EDITING: &str = "dialog-keep-editing";
const TITLE: &str = "dialog-title";

/// The dialogs that belong to no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellDialog {
    NewTeam,
    GoTo,
    Keys,
}

/// The callbacks of a page for its dialogs.
#[derive(Clone, Copy)]
pub struct DialogHost {
    /// A change was saved.
    pub changed: Callback<()>,
    pub closed: Callback<()>,
}

impl DialogHost {
    /// For the dialogs in the calling component, of which `opened` says which one is open.
    pub fn provide<Dialog: Send + Sync + 'static>(
        opened: RwSignal<Option<Dialog>>,
        changed: impl Fn() + Send + Sync + 'static,
    ) {
        let closed = Callback::new(move |()| opened.set(None));
        provide_context(Self { changed: Callback::new(move |()| changed()), closed });
    }

    pub fn expect() -> Self {
        expect_context()
    }
}

/// Closes a dialog, asking first if something would be lost.
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
    /// For a dialog that asks for confirmation before it closes while `touched`, and stays open while `busy`.
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

    /// The user wants to leave: Cancel, Esc, Back, or a click outside.
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

    /// Closes without asking. Does nothing if the dialog is gone already.
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
            // Fails only if the dialog is open already.
            drop(element.show_modal());
            back::hold(move || {
                self.leave();
                self.is_agreed()
            });
        }
    }

    fn is_agreed(self) -> bool {
        self.agreed.get_value()
    }

    /// Browsers may close a dialog by themselves, as Chromium does when Esc is pressed twice.
    fn is_forced(self) -> bool {
        !self.is_agreed() && (self.touched.get_untracked() || self.busy.get_untracked())
    }
}

/// A modal dialog. Its children hold a form, and a [`DialogFooter`] at its end.
#[component]
pub fn ModalDialog(
    control: DialogControl,
    title: &'static str,
    #[prop(optional)] small: bool,
    /// Called instead of the host's callback.
    #[prop(optional_no_strip)]
    on_closed: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let session = Session::expect();
    let snackbar = Snackbar::expect();
    let closed = on_closed.unwrap_or_else(|| DialogHost::expect().closed);
    effect(move || control.open());
    on_cleanup(move || {
        back::release();
        snackbar.hide_later();
    });
    browser::listen(leptos::ev::beforeunload, move |event| {
        if control.touched.get_untracked() {
            event.prevent_default();
        }
    });

    // A click outside begins and ends on the dialog element itself, which its content covers wholly. One that begins
    // inside is a text selection that went too far.
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
                    closed.run(());
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
    view! { <p><strong class="dialog__name" dir="auto">{shown(name)}</strong></p> }
}

#[component]
pub fn CloseFooter(control: DialogControl, #[prop(optional)] question: &'static str) -> impl IntoView {
    view! { <DialogFooter control leave="Close" question keep="Go back" discard="Close anyway">""</DialogFooter> }
}

#[component]
pub fn DialogFooter(
    control: DialogControl,
    #[prop(default = "Cancel")] leave: &'static str,
    /// Asked before something is lost.
    #[prop(default = "Discard what you typed?")]
    question: &'static str,
    #[prop(default = "Keep editing")] keep: &'static str,
    #[prop(default = "Discard")] discard: &'static str,
    /// The buttons beside the one that closes it.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        // A pressed button must not take the focus from a field first: leaving the field may show a message that moves
        // the button away under the pointer.
        <footer class="dialog__footer" on:mousedown=|event| event.prevent_default()>
            <Show
                when=move || control.asking.get()
                fallback=move || view! {
                    <Button disabled=control.busy on_press=move |()| control.leave()>{leave}</Button>
                    {children.with_value(|children| children())}
                }
            >
                <p class="dialog__question" role="alert">{question}</p>
                <Button id=KEEP_EDITING on_press=move |()| control.keep_editing()>{keep}</Button>
                <Button class="button--danger" on_press=move |()| control.close()>{discard}</Button>
            </Show>
        </footer>
    }
}
