//! The literals and the JSON that Prefect's configuration holds, and the variables that `strongroom run` makes of values.
//!
//! The first byte selects what the text is: a literal of Python, JSON, or the name and the value of a secret.

use strongroom::fuzzing::{evaluate, loads, loads_bytes, repr};
use strongroom::local::{Configuration, Surroundings, to_variable};
use strongroom::{Json, Value};

/// Longer integers are JSON, but none that Python reads.
const MAX_DIGITS: usize = 4300;

/// Reads a literal and its `repr`; reads JSON as Python and as we do; takes a value through a variable.
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

/// What Python would print for a literal is a literal of the same value, unless it is no literal at all.
fn same_as_repr(text: &str) {
    let Some(value) = evaluate(text) else { return };
    let Some(printed) = repr(&value) else { return };
    let words = ["inf", "nan", "Ellipsis"];
    match evaluate(&printed) {
        Some(read) => assert!(read == value, "{text:?} is printed as {}", *printed),
        None => assert!(words.iter().any(|word| printed.contains(word)), "{printed:?}"),
    }
}

/// JSON by the standard is read as the API's values are.
fn same_as_json(text: &str) {
    let read = loads(text);
    if text.len() <= MAX_DIGITS
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        let read = read.unwrap_or_else(|| panic!("{text:?} is JSON"));
        assert!(read == Value::from_json(json.value().clone()), "{text:?} is read differently");
    }
}

/// A Prefect program reads from the variable what the API would give it.
fn through_variable(text: &str) {
    // Python's text can hold half a surrogate pair, ours can't: such JSON stays as it is written.
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
