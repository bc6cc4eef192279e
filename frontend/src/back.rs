//! The step in the browser's history that an open dialog takes, so that Back closes the dialog instead of leaving the
//! page under it. On phones, Back is the usual way to close a dialog.
//!
//! A step has the address of its page, so the router does nothing on it. It stays when the dialog closes, because going
//! back takes the browser time, in which the user may follow a link. The next dialog takes it again, and Back skips the
//! page under it, which the user has seen already.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::{Event, History};

/// The state of the history's entry.
const STEP: &str = "dialog";

type Leave = Rc<dyn Fn() -> bool>;

thread_local! {
    static LEAVE: RefCell<Option<Leave>> = const { RefCell::new(None) };
    /// The address of the step on which the user is.
    static STEP_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// To be called before the router listens: it must not see an event that stops here.
pub fn watch() {
    note_step();
    drop(window_event_listener(leptos::ev::popstate, |event| go_back(&event)));
}

/// Takes a step, unless the user is on one. Back then calls `leave`, which returns whether the dialog closes; if not,
/// the step is taken again.
pub fn hold(leave: impl Fn() -> bool + 'static) {
    if !is_on_step() {
        take_step(&address());
    }
    LEAVE.set(Some(Rc::new(leave)));
}

/// The dialog is gone.
pub fn release() {
    LEAVE.set(None);
}

fn go_back(event: &Event) {
    let left = note_step();
    if let Some(leave) = LEAVE.with_borrow(Clone::clone) {
        // Back may have led further than to the page, from the browser's list of visited pages.
        if !leave() {
            event.stop_immediate_propagation();
            take_step(&left.unwrap_or_else(address));
        }
    } else if left.is_some_and(|left| path(&left) == path(&address())) && !is_on_step() {
        event.stop_immediate_propagation();
        drop(history().map(|history| history.back()));
    }
}

fn take_step(address: &str) {
    let state = JsValue::from_str(STEP);
    drop(history().map(|history| history.push_state_with_url(&state, "", Some(address))));
    note_step();
}

/// To be called after each change of the history. Returns the address of the step on which the user was.
pub fn note_step() -> Option<String> {
    STEP_AT.replace(is_on_step().then(address))
}

fn is_on_step() -> bool {
    history().and_then(|history| history.state().ok()).is_some_and(|state| state == *STEP)
}

fn history() -> Option<History> {
    window().history().ok()
}

fn address() -> String {
    window().location().href().unwrap_or_default()
}

fn path(address: &str) -> &str {
    address.split('?').next().unwrap_or_default()
}
