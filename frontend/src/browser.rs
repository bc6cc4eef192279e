//! Browser functions that Leptos lacks.
//!
//! Each is safe to call at any time: it does nothing if the browser does not support it.

use leptos::ev::EventDescriptor;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

/// The page after login.
pub const HOME: &str = "/team/secrets";

/// The id of the page's heading.
pub const HEADING: &str = "page-heading";

/// The title of the tab: the page and, inside one, the team, which tells two tabs apart.
pub fn set_title(page: &str, team: Option<&str>) {
    let team = team.map(|team| format!("{team} · ")).unwrap_or_default();
    document().set_title(&format!("{page} · {team}Strongroom"));
}

/// Removes the placeholder that `index.html` shows until the page runs.
pub fn remove_splash() {
    if let Some(splash) = document().get_element_by_id("splash") {
        splash.remove();
    }
}

pub fn reload() {
    drop(window().location().reload());
}

pub fn focus_id(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        focus(&element);
    }
}

pub fn focus(element: &impl AsRef<JsValue>) {
    if let Some(element) = element.as_ref().dyn_ref::<HtmlElement>() {
        drop(element.focus());
    }
}

pub fn focus_first(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        focus(&element);
    }
}

pub fn focused() -> Option<HtmlElement> {
    let element = document().active_element()?.dyn_into::<HtmlElement>().ok()?;
    (element.tag_name() != "BODY").then_some(element)
}

/// Whether the element that had the focus is gone, and no dialog is about to take it.
pub fn has_lost_focus() -> bool {
    focused().is_none() && !has_open_dialog()
}

/// Moves a lost focus to the heading, so that the keyboard does not start over at the top.
pub fn catch_focus() {
    if has_lost_focus() {
        focus_id(HEADING);
    }
}

pub fn has_open_dialog() -> bool {
    document().query_selector("dialog[open]").is_ok_and(|dialog| dialog.is_some())
}

pub fn has_open_menu() -> bool {
    document().query_selector(":popover-open").is_ok_and(|menu| menu.is_some())
}

/// Copies a text to the clipboard; `false` if the browser does not allow it.
pub async fn copy(text: &str) -> bool {
    // Browsers offer no clipboard on plain http, and the binding would panic.
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    if !clipboard.is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

pub fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Only for the looks of the page, never for its content; `None` removes. Storage may be disabled: errors are ignored.
pub fn store(key: &str, text: Option<&str>) {
    if let Some(storage) = storage() {
        drop(match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        });
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The path of this site: empty, or `/strongroom` for example. The server writes it into `index.html`.
pub fn base_path() -> String {
    let base = document().query_selector("base").ok().flatten();
    let href = base.and_then(|base| base.get_attribute("href")).unwrap_or_default();
    href.trim_end_matches('/').to_owned()
}

/// A path below the base, for links and requests. The router adds the base itself.
pub fn link(path: &str) -> String {
    format!("{}{path}", base_path())
}

pub fn without_base(path: &str) -> String {
    path.strip_prefix(&*base_path()).unwrap_or(path).to_owned()
}

/// The address of the server: `https://secrets.example.com`.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The address of this site: `https://secrets.example.com`, or `https://example.com/strongroom`.
pub fn site() -> String {
    origin() + &base_path()
}

pub fn hide_popover(id: &str) {
    if let Some(element) = document().get_element_by_id(id)
        && let Ok(element) = element.dyn_into::<HtmlElement>()
    {
        // Fails only if the menu is closed already.
        drop(element.hide_popover());
    }
}

/// Whether less than two windows are left to scroll down.
pub fn is_near_end() -> bool {
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    let scrolled = window().scroll_y().unwrap_or_default();
    let whole = document().document_element().map_or(0, |root| root.scroll_height());
    f64::from(whole) - scrolled - height < 2.0 * height
}

pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Listens to an event of the window while the calling component exists.
pub fn listen<Event>(event: Event, handle: impl Fn(Event::EventType) + 'static)
where
    Event: EventDescriptor + 'static,
    Event::EventType: JsCast,
{
    let listener = window_event_listener(event, handle);
    on_cleanup(move || listener.remove());
}

/// Calls `act` whenever the user returns to this tab, while the calling component exists.
pub fn on_return(act: impl Fn() + 'static) {
    let listener = window_event_listener_untyped("visibilitychange", move |_| {
        if is_visible() {
            act();
        }
    });
    on_cleanup(move || listener.remove());
}

/// Whether this browser keeps the session's cookie, which it sends only over HTTPS or to this machine.
pub fn can_keep_session() -> bool {
    let location = window().location();
    location.protocol().is_ok_and(|protocol| protocol == "https:")
        || location.hostname().is_ok_and(|host| is_loopback(&host))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.strip_prefix("127.").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "page.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "127.0.0.1.example.com", "notlocalhost", "10.0.0.1", "strongroom.example.com"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
