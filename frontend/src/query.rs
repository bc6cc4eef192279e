//! A URL's query as the state of a page, so that users can bookmark it, share it, and find it again when they come back.

use std::fmt::Write as _;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;

use crate::prelude::*;
use crate::router::Router;

/// Long enough to type the next letter, and browsers allow no more than seven new addresses a second.
const PAUSE: Duration = Duration::from_millis(200);

/// The state in the query of the page at `path`, and a callback that replaces it.
pub fn in_url<State: PartialEq + Send + Sync + 'static>(
    path: &'static str,
    read: fn(&str) -> State,
    write: fn(&State) -> String,
) -> (Memo<State>, Callback<State>) {
    let router = Router::expect();
    let state = Memo::new(move |_| router.with_query(read));
    let replace = move |next: State| {
        if state.with_untracked(|state| *state != next) {
            // Without a step in the history for each letter.
            router.replace(&format!("{path}{}", write(&next)));
        }
    };
    (state, Callback::new(replace))
}

/// A text that the user types here, and that is applied after a pause. It follows `applied`, which may change elsewhere, too.
pub fn typed(applied: Memo<String>, apply: Callback<String>) -> RwSignal<String> {
    let typed = RwSignal::new(applied.get_untracked());
    let follow = move |text: &String, _: Option<&String>, _: Option<()>| {
        if typed.with_untracked(|typed| typed.trim() != text) {
            typed.set(text.clone());
        }
    };
    Effect::watch(move || applied.get(), follow, false);
    after_pause(typed, move || apply.run(typed.with_untracked(|typed| typed.trim().to_owned())));
    typed
}

/// Calls `act` when the user pauses after typing.
pub fn after_pause(typed: RwSignal<String>, act: impl Fn() + Copy + 'static) {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let wait = move |(): &(), _: Option<&()>, _: Option<()>| {
        stop();
        timer.set_value(set_timeout_with_handle(act, PAUSE).ok());
    };
    Effect::watch(move || typed.track(), wait, false);
    on_cleanup(stop);
}

/// A query with the question mark, without the keys whose text is empty.
pub fn written<'key>(pairs: impl IntoIterator<Item = (&'key str, String)>) -> String {
    let mut query = String::new();
    for (key, text) in pairs.into_iter().filter(|(_, text)| !text.is_empty()) {
        let separator = if query.is_empty() { '?' } else { '&' };
        // Writing to a string can't fail.
        let _ = write!(query, "{separator}{key}={}", encode(&text));
    }
    query
}

/// The keys and values of a query, with or without its question mark.
pub fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (decode(key), decode(value)))
}

pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Invalid escapes stay as they are; invalid UTF-8 becomes an empty text.
fn decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        decoded.push(match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => *byte,
        });
    }
    String::from_utf8(decoded).unwrap_or_default()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_survives_encoding() {
        for text in ["", "a b", "100%41", "%", "%zz", "é+&=?#", "ada@example.com"] {
            assert_eq!(decode(&encode(text)), text);
        }
        assert_eq!(encode("ada@example.com"), "ada@example.com");
    }

    #[test]
    fn plus_signs_and_invalid_escapes_are_read() {
        let found: Vec<_> = pairs("?a=1+2&b=%zz&c&d=%E2%82%AC").collect();
        let expected = [("a", "1 2"), ("b", "%zz"), ("d", "€")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(found, expected);
    }
}
