//! What the keys do, and the dialog that lists them.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};

use super::{KEY, are_off};
use crate::component::lazy::lazy;
use crate::component::{Checkbox, CloseFooter, DialogControl, ModalDialog};
use crate::prelude::*;

/// The keys, and what they do.
const KEYS: [(&[&str], &str); 9] = [
    (&["/"], "Search"),
    (&["n"], "Add a secret, or the page's other main action"),
    (&["j"], "Next row"),
    (&["k"], "Previous row"),
    (&["e"], "Modify what is in the row"),
    (&["Space"], "Select the row; with Shift, all rows from the last one"),
    (&["Esc"], "Clear the selection"),
    (&["Ctrl+K", "⌘+K"], "Go to a page, a secret or an action"),
    (&["?"], "Show these keys"),
];

lazy!(rest:
    pub fn press(key: String) {
        match &*key {
            "j" => move_focus(true),
            "k" => move_focus(false),
            "e" => {
                if let Some(row) = focused_row() {
                    activate(child(&row, "[aria-keyshortcuts=e]"));
                }
            }
            "escape" => activate(find(".selection__close button")),
            key => activate(find(&format!("[aria-keyshortcuts='{key}']"))),
        }
        ().into_any()
    }
);

pub fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn child(parent: &Element, selector: &str) -> Option<HtmlElement> {
    parent.query_selector(selector).ok()??.dyn_into().ok()
}

/// Presses a button, or moves the focus into a field.
pub fn activate(element: Option<HtmlElement>) {
    let Some(element) = element else { return };
    if element.tag_name() == "INPUT" {
        browser::focus(&element);
    } else {
        element.click();
    }
}

fn focused_row() -> Option<Element> {
    browser::focused()?.closest("tbody > tr").ok()?
}

/// Moves the focus to the next or the previous row, at first to the first or the last one.
fn move_focus(forward: bool) {
    let row = match focused_row() {
        Some(row) if forward => row.next_element_sibling(),
        Some(row) => row.previous_element_sibling(),
        None if forward => find("main tbody > tr:first-child").map(Into::into),
        None => find("main tbody > tr:last-child").map(Into::into),
    };
    let Some(row) = row else { return };
    if let Some(element) = child(&row, "input:enabled, a[href], button:enabled") {
        browser::focus(&element);
    } else {
        drop(row.set_attribute("tabindex", "-1"));
        browser::focus(&row);
    }
}

#[component]
pub fn KeysDialog() -> impl IntoView {
    let control = DialogControl::new(Signal::stored(false), Signal::stored(false));
    let single = RwSignal::new(!are_off());
    Effect::watch(move || single.get(), |on, _, _| browser::store(KEY, (!on).then_some("off")), false);
    let row = |(keys, what): (&[&'static str], &'static str)| {
        let keys = keys.iter().map(|key| view! { <kbd class="key">{*key}</kbd> }).collect_view();
        view! { <div class="shortcuts__row"><dt>{keys}</dt><dd>{what}</dd></div> }
    };
    view! {
        <ModalDialog control title="Keyboard shortcuts" small=true>
            <div class="dialog__body">
                <dl class="shortcuts">{KEYS.map(row).into_iter().collect_view()}</dl>
                <Checkbox label="Use single keys" checked=single />
                <p class="dialog__aside">"While you type, only Ctrl+K works. Ctrl+K and Esc can't be turned off."</p>
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}
