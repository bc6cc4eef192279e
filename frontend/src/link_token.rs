//! The token of a set-up link or an invitation. It comes in the address's fragment, which browsers send to no server,
//! and is taken out of the address bar at once: addresses end up in histories and on photographs.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser;

/// The token, taken out of the address bar: now, and when someone pastes another link into this tab.
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
    fn the_token_is_found_wherever_it_stands() {
        assert_eq!(parse("#token=sr_a").as_deref(), Some("sr_a"));
        assert_eq!(parse("#x=1&token=sr_a&y").as_deref(), Some("sr_a"));
    }

    #[test]
    fn no_token_is_none() {
        for fragment in ["", "#", "#token=", "#tokens=sr_a", "#sr_a"] {
            assert_eq!(parse(fragment), None, "{fragment}");
        }
    }
}
