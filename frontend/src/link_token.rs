//! The token of a setup link or an invitation. It is in the fragment of the URL, which browsers send to no server, and
//! is removed from the address bar at once: URLs end up in histories and on screenshots.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser;

/// Takes the token from the address bar now, and whenever the user pastes another link into this tab.
pub fn watch() -> RwSignal<Option<String>> {
    let token = RwSignal::new(take());
    browser::listen(leptos::ev::hashchange, move |_| {
        if let Some(new) = take() {
            token.set(Some(new));
        }
    });
    token
}

fn take() -> Option<String> {
    let location = window().location();
    let token = parse(&location.hash().ok()?)?;
    let clean = location.pathname().ok()?;
    let history = window().history().ok()?;
    let state = history.state().unwrap_or(JsValue::NULL);
    drop(history.replace_state_with_url(&state, "", Some(&clean)));
    Some(token)
}

fn parse(fragment: &str) -> Option<String> {
    let fields = fragment.trim_start_matches('#');
    let token = fields.split('&').find_map(|field| field.strip_prefix("token="))?;
    (!token.is_empty()).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_found_anywhere_in_the_fragment() {
        assert_eq!(parse("#token=sr_a").as_deref(), Some("sr_a"));
        assert_eq!(parse("#x=1&token=sr_a&y").as_deref(), Some("sr_a"));
        for fragment in ["", "#", "#token=", "#tokens=sr_a", "#sr_a"] {
            assert_eq!(parse(fragment), None, "{fragment}");
        }
    }
}
