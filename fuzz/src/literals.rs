//! The literals and the JSON of Prefect's configuration, and the variables that `strongroom run` sets.
//!
//! The first byte selects the form of the text: a literal of Python, JSON, or the name and the value of a secret.

use strongroom::fuzzing::{evaluate, loads, loads_bytes, repr};
use strongroom::local::{Configuration, Surroundings, to_variable};
use strongroom::{Json, Value};

/// Python reads no longer integers.
const MAX_DIGITS: usize = 4300;

/// Reads a literal and its `repr`, JSON as Python and as the API, or a value from a variable.
pub fn run(data: &[u8]) {
    let (mode, rest) = crate::split(data);
    let Ok(text) = str::from_utf8(rest) else {
        let _ = loads_bytes(rest);
        return;
    };
    match mode % 8 {
        0 => through_variable(text),
        1..4 => same_as_json(text),
        _ => same_as_repr(text),
    }
}

/// Python's text of a literal is a literal of the same value, or none.
fn same_as_repr(text: &str) {
    let Some(value) = evaluate(text) else { return };
    let Some(printed) = repr(&value) else { return };
    let words = ["inf", "nan", "Ellipsis"];
    match evaluate(&printed) {
        Some(read) => assert!(read == value, "{text:?} is printed as {}", *printed),
        None => assert!(words.iter().any(|word| printed.contains(word)), "{printed:?}"),
    }
}

/// Standard JSON is read like the API's values.
fn same_as_json(text: &str) {
    let read = loads(text.as_bytes());
    if text.len() <= MAX_DIGITS
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        let read = read.unwrap_or_else(|| panic!("{text:?} is JSON"));
        assert!(read == Value::from_json(json.value().clone()), "{text:?} is read differently");
    }
}

/// A Prefect program reads the same value from the variable as from the API.
fn through_variable(text: &str) {
    // Strings of Python can have half a surrogate pair, ours can't.
    if text.to_ascii_lowercase().contains("\\ud") {
        return;
    }
    let (name, json) = text.split_once('\n').unwrap_or(("NAME", text));
    let read = serde_json::from_str(json).map(|json: Json| json.value().clone());
    let json = read.unwrap_or_else(|_| json.into());
    let Ok((variable, written)) = to_variable(name, &json) else {
        return;
    };
    let files = ["PREFECT__USER_CONFIG_PATH", "PREFECT__BACKEND_CONFIG_PATH"];
    let none = files.map(|file| (file.to_owned(), String::new()));
    let variables = none.into_iter().chain([(variable, written.to_string())]);
    let read = Configuration::load(&Surroundings::new(variables)).expect("a configuration");
    let read = read.secret(name).expect("the secret").clone().loads();
    assert!(read == Value::from_json(json).loads(), "{text:?} is read as another value");
}
