//! The keys of the page, and the dialogs that they open. None works over a dialog or a menu, and only Ctrl+K works while the
//! user types.
//!
//! The main module only recognises the keys; the rest is loaded with the other dialogs. A key presses what names it in
//! `aria-keyshortcuts`, as far as the page has such a thing. To add one: that attribute, a key in [`pressed`], and a line
//! in [`keys::KEYS`].

pub mod go_to;
mod keys;

use leptos::ev::{self, KeyboardEvent};

use self::keys::press;
use crate::component::ShellDialog;
use crate::prelude::*;

pub use self::go_to::GoToDialog;
pub use self::keys::KeysDialog;

/// The key in the browser's storage: set if the user has turned single keys off.
const KEY: &str = "strongroom.keys";

/// Elements in which the user types.
const TYPING: &str = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/// Listens while the calling component exists.
pub fn listen(opened: RwSignal<Option<ShellDialog>>) {
    browser::listen(ev::keydown, move |event| {
        let Some(key) = pressed(&event) else { return };
        event.prevent_default();
        match &*key {
            "go" => opened.set(Some(ShellDialog::GoTo)),
            "?" => opened.set(Some(ShellDialog::Keys)),
            _ => spawn_local(async move { drop(press(key).await) }),
        }
    });
}

/// The key, if it is one of ours.
fn pressed(event: &KeyboardEvent) -> Option<String> {
    if event.default_prevented() || event.is_composing() || event.alt_key() {
        return None;
    }
    let key = event.key().to_ascii_lowercase();
    let is_go_to = event.ctrl_key() || event.meta_key();
    let is_ours = if is_go_to {
        key == "k" && !event.shift_key()
    } else {
        match &*key {
            "n" | "j" | "k" | "e" => !event.shift_key() && !are_off(),
            "/" | "?" => !are_off(),
            "escape" => true,
            _ => false,
        }
    };
    let is_typing = || browser::focused().is_some_and(|element| element.matches(TYPING).unwrap_or(false));
    if !is_ours || browser::has_open_dialog() || browser::has_open_menu() || !is_go_to && is_typing() {
        return None;
    }
    Some(if is_go_to { "go".to_owned() } else { key })
}

fn are_off() -> bool {
    browser::stored(KEY).is_some()
}
