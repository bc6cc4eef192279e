//! The address bar: the path and the query of the page, links, and the Back button.
//!
//! Links within the site, [`Router::go`] and Back change the page without loading it again; [`crate::app`] decides what
//! each path shows. Paths are below the base of [`browser::base_path`].
//!
//! A dialog that must see Back first listens to `popstate` before the router does, and stops the event.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use crate::{back, browser};

#[derive(Clone, Copy)]
pub struct Router {
    path: RwSignal<String>,
    /// With its question mark, or empty.
    query: RwSignal<String>,
}

impl Router {
    pub fn provide() -> Self {
        let router = Self { path: RwSignal::default(), query: RwSignal::default() };
        router.read();
        browser::listen(ev::popstate, move |_| _ = router.read());
        browser::listen(ev::click, move |event| router.follow(&event));
        provide_context(router);
        router
    }

    pub fn expect() -> Self {
        expect_context()
    }

    pub fn with_path<Seen>(self, look: impl FnOnce(&str) -> Seen) -> Seen {
        self.path.with(|path| look(path))
    }

    pub fn with_query<Seen>(self, look: impl FnOnce(&str) -> Seen) -> Seen {
        self.query.with(|query| look(query))
    }

    /// The path and the query, as [`Self::go`] takes them.
    pub fn address(self) -> String {
        self.path.get_untracked() + self.query.read_untracked().as_str()
    }

    /// Adds an entry to the history, unless this is the current address.
    pub fn go(self, address: &str) {
        self.change(address, address == self.address());
    }

    /// Changes the current entry, so that Back does not lead into a redirect again.
    pub fn replace(self, address: &str) {
        self.change(address, true);
    }

    fn change(self, address: &str, replaces: bool) {
        let Ok(history) = window().history() else { return };
        let url = browser::link(address);
        // Fails only if a script changes the history hundreds of times in a row.
        drop(if replaces {
            // With another query, a dialog's step is still one.
            let state = history.state().unwrap_or(JsValue::NULL);
            history.replace_state_with_url(&state, "", Some(&url))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(&url))
        });
        back::note_step();
        if self.read() {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }

    /// Reads the address bar. Returns whether the path has changed.
    fn read(self) -> bool {
        let location = window().location();
        let path = browser::without_base(&location.pathname().unwrap_or_default());
        let path = path.trim_end_matches('/');
        let is_new = *self.path.read_untracked() != path;
        if is_new {
            self.path.set(path.to_owned());
        }
        self.query.set(location.search().unwrap_or_default());
        is_new
    }

    /// Follows a link within the site, unless the browser should.
    fn follow(self, event: &MouseEvent) {
        let has_modifier = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || has_modifier {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
        let leads_away = link.has_attribute("target") || link.has_attribute("rel");
        // What follows the site's own address is empty or begins with a slash.
        if let Some(address) = link.href().strip_prefix(&browser::site())
            && !leads_away
            && (address.is_empty() || address.starts_with('/'))
        {
            event.prevent_default();
            self.go(address);
        }
    }
}

/// A link that is marked while it leads to the current page.
#[component]
pub fn Link(path: &'static str, class: &'static str, children: Children) -> impl IntoView {
    let router = Router::expect();
    let is_current = move || router.with_path(|current| current == path).then_some("page");
    view! { <a href=browser::link(path) class=class aria-current=is_current>{children()}</a> }
}
