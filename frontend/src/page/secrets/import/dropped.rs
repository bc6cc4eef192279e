//! Files that are dropped on the page. In the main module, so it only keeps the file for the dialog.

use std::cell::Cell;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DragEvent, Element, Event, File};

use crate::prelude::*;

/// The id of the field that takes files itself.
pub const SOURCE: &str = "import-source";

thread_local! {
    static DROPPED: Cell<Option<File>> = const { Cell::new(None) };
}

/// The file that was dropped last, once.
pub fn take() -> Option<File> {
    DROPPED.take()
}

/// Calls `open` when a file is dropped, which [`take`] returns. Text fields keep what browsers do, and so do dialogs but that
/// of the import, which calls this itself.
pub fn follow(in_dialog: bool, open: Callback<()>) {
    for kind in ["dragover", "drop"] {
        let listener = window_event_listener_untyped(kind, move |event| {
            if !is_taken(&event) || browser::has_open_dialog() != in_dialog {
                return;
            }
            event.prevent_default();
            if kind == "drop" {
                let data = event.unchecked_ref::<DragEvent>().data_transfer();
                DROPPED.set(data.and_then(|data| data.files()).and_then(|files| files.get(0)));
                open.run(());
            }
        });
        on_cleanup(move || listener.remove());
    }
}

/// Whether files are dragged, and not over another text field.
fn is_taken(event: &Event) -> bool {
    let data = event.unchecked_ref::<DragEvent>().data_transfer();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_other_text = target
        .is_some_and(|target| target.id() != SOURCE && target.matches("input, textarea").unwrap_or_default());
    !is_other_text && data.is_some_and(|data| data.types().includes(&JsValue::from_str("Files"), 0))
}
