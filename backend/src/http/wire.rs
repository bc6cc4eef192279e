//! The form of GraphQL on the wire: the standard one, and Prefect's.
//!
//! Prefect's clients send `variables` as JSON *text*, `"null"` where there are none; its page sends batches as arrays.
//! Whatever is wrong is told with status 200, because its clients print a failed request, secret and all, on 400.

use async_graphql::{Name, Request, Variables};
use serde_json::{Value, json};
use strongroom_shared::ErrorCode;
use strongroom_shared::json::to_graphql;

use crate::graphql::MAX_BATCH;

/// How `serde_json` writes a number that keeps its digits to itself: an object that begins with this key would come out
/// as a number.
const NUMBER_KEY: &[u8] = b"$serde_json::private::Number";

/// Whether an object begins with [`NUMBER_KEY`], be it in a body or in the text inside a body.
fn has_number_key(body: &[u8]) -> bool {
    let places = body
        .windows(NUMBER_KEY.len())
        .enumerate()
        .filter(|(_, window)| *window == NUMBER_KEY);
    places.into_iter().any(|(index, _)| {
        let mut before = body[..index].iter().rev();
        before.find(|byte| !matches!(byte, b'"' | b'\\' | b' ' | b'\t' | b'\r' | b'\n')) == Some(&b'{')
    })
}

/// One request, or why it is none.
pub type Parsed = Result<Request, &'static str>;

/// What a body holds.
pub enum Body {
    /// One operation.
    Single(Box<Parsed>),
    /// Several, to be answered in their order.
    Batch(Vec<Parsed>),
}

/// Reads a body.
pub fn parse(body: &[u8]) -> Body {
    if has_number_key(body) {
        return Body::Single(Box::new(Err(
            "An object can't begin with the key `$serde_json::private::Number`.",
        )));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Array(requests)) if requests.len() > MAX_BATCH => {
            Body::Single(Box::new(Err("A batch has at most 25 operations.")))
        }
        Ok(Value::Array(requests)) if requests.is_empty() => {
            Body::Single(Box::new(Err("A batch has at least one operation.")))
        }
        Ok(Value::Array(requests)) => Body::Batch(requests.into_iter().map(request).collect()),
        Ok(value) => Body::Single(Box::new(request(value))),
        // The parser's message is left out: it can quote.
        Err(_) => Body::Single(Box::new(Err("The request body is not valid JSON."))),
    }
}

fn request(value: Value) -> Parsed {
    let Value::Object(mut fields) = value else {
        return Err("A request is a JSON object with `query` and, if need be, `variables`.");
    };
    let Some(Value::String(query)) = fields.remove("query") else {
        return Err("A request has a `query`, which is text.");
    };
    let mut request = Request::new(query);
    match fields.remove("operationName") {
        Some(Value::String(name)) if !name.is_empty() => request = request.operation_name(name),
        None | Some(Value::Null | Value::String(_)) => {}
        Some(_) => return Err("`operationName` is text."),
    }
    Ok(request.variables(variables(fields.remove("variables"))?))
}

/// Variables as an object, as text that holds one, or as one of the ways to say "none".
fn variables(value: Option<Value>) -> Result<Variables, &'static str> {
    let value = match value {
        Some(Value::String(text)) if text.is_empty() => Value::Null,
        // JSON has no NaN, but Python writes it.
        Some(Value::String(text)) => {
            serde_json::from_str(&text).map_err(|_| "Variables are invalid JSON.")?
        }
        Some(value) => value,
        None => Value::Null,
    };
    match value {
        Value::Null => Ok(Variables::default()),
        Value::Object(fields) => {
            let mut variables = Variables::default();
            variables.extend(
                fields
                    .into_iter()
                    .map(|(name, value)| (Name::new(name), to_graphql(value))),
            );
            Ok(variables)
        }
        _ => Err("Variables are an object, or such an object as JSON text."),
    }
}

/// The body of an answer that is nothing but an error.
pub fn error_body(code: ErrorCode, message: &str) -> Value {
    json!({ "data": null, "errors": [{ "message": message, "extensions": { "code": code.as_str() } }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<&str, &str>) {
        let Body::Single(parsed) = parse(body.as_bytes()) else {
            panic!("{body} is a batch")
        };
        let found = parsed.map(|request| {
            serde_json::to_string(&request.variables.into_value()).expect("variables are JSON")
        });
        assert_eq!(found.as_deref(), expected.as_deref(), "{body}");
    }

    #[test]
    fn variables_come_as_an_object_as_text_or_not_at_all() {
        check(r#"{"query":"{a}","variables":{"a":1}}"#, Ok(r#"{"a":1}"#));
        check(r#"{"query":"{a}","variables":"{\"a\": 1}"}"#, Ok(r#"{"a":1}"#));
        for none in [
            r#","variables":"null""#,
            r#","variables":"""#,
            r#","variables":null"#,
            "",
        ] {
            check(&format!(r#"{{"query":"{{a}}"{none}}}"#), Ok("{}"));
        }
        check(
            r#"{"query":"{a}","variables":"{\"a\": NaN}"}"#,
            Err("Variables are invalid JSON."),
        );
        check(
            r#"{"query":"{a}","variables":[1]}"#,
            Err("Variables are an object, or such an object as JSON text."),
        );
        check(
            r#"{"query":"{a}","variables":"3"}"#,
            Err("Variables are an object, or such an object as JSON text."),
        );
    }

    #[test]
    fn every_digit_of_a_number_arrives() {
        check(
            r#"{"query":"{a}","variables":"{\"a\": 12345678901234567890123.10}"}"#,
            Ok(r#"{"a":12345678901234567890123.10}"#),
        );
    }

    #[test]
    fn what_is_no_request_is_told_without_quoting_it() {
        check("hunter2", Err("The request body is not valid JSON."));
        check("", Err("The request body is not valid JSON."));
        check("[]", Err("A batch has at least one operation."));
        check(
            "3",
            Err("A request is a JSON object with `query` and, if need be, `variables`."),
        );
        check(
            r#"{"query":"{a}","variables":{"v":{"$serde_json::private::Number":"12"}}}"#,
            Err("An object can't begin with the key `$serde_json::private::Number`."),
        );
        check(
            r#"{"query":"{a}","variables":"{\"v\": {\"$serde_json::private::Number\": \"12\"}}"}"#,
            Err("An object can't begin with the key `$serde_json::private::Number`."),
        );
        check("{}", Err("A request has a `query`, which is text."));
        check(
            r#"{"query":"{a}","operationName":3}"#,
            Err("`operationName` is text."),
        );
    }

    #[test]
    fn a_batch_has_a_limit() {
        let batch = |length: usize| format!("[{}]", vec![r#"{"query":"{a}"}"#; length].join(","));
        assert!(matches!(parse(batch(25).as_bytes()), Body::Batch(requests) if requests.len() == 25));
        check(&batch(26), Err("A batch has at most 25 operations."));
    }
}
