//! Compares an answer with the fields that a table expects.

use serde_json::Value;

/// What is wrong with an answer: it lacks an expected field, or has data beside errors, or errors where none are expected.
pub fn difference(expected: &Value, found: &Value) -> Option<String> {
    let stray = if expected.get("errors").is_some() { "data" } else { "errors" };
    if found.get(stray).is_some() {
        return Some(format!("/{stray} should not be there"));
    }
    difference_at(expected, found, "")
}

fn difference_at(expected: &Value, found: &Value, at: &str) -> Option<String> {
    let wrong = || Some(format!("{at} should be {expected}"));
    match (expected, found) {
        (Value::String(time), Value::String(found)) if time == "TIME" => {
            let is_short = !found.contains('.') || !found.ends_with("0Z");
            let is_time = found.ends_with('Z') && found.contains('T') && is_short;
            if is_time { None } else { wrong() }
        }
        (Value::Object(fields), Value::Object(_)) => fields.iter().find_map(|(name, expected)| {
            let at = format!("{at}/{name}");
            match found.get(name) {
                Some(found) if name == "errors" => different_errors(expected, found),
                Some(found) => difference_at(expected, found, &at),
                None => Some(format!("{at} is missing")),
            }
        }),
        _ if expected == found => None,
        _ => wrong(),
    }
}

/// Errors begin as expected, and none are none.
fn different_errors(expected: &Value, found: &Value) -> Option<String> {
    let list = |errors: &Value| errors.as_array().cloned().unwrap_or_default();
    let (expected, found) = (list(expected), list(found));
    let starts = |(expected, found): (&Value, &Value)| {
        found.as_str().unwrap_or_default().starts_with(expected.as_str().unwrap_or_default())
    };
    let fits = if expected.is_empty() {
        found.is_empty()
    } else {
        found.len() >= expected.len() && expected.iter().zip(&found).all(starts)
    };
    (!fits).then(|| format!("the errors should begin with {expected:?}"))
}
