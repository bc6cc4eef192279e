//! GraphQL on the wire, in the standard form and in Prefect's.
//!
//! Prefect's clients send `variables` as JSON *text*, `"null"` if there are none; its page sends batches as arrays. Errors
//! have status 200, because its clients print a failed request, including the secret, on 400.

use async_graphql::{Request, Value as Graphql, Variables};
use serde_json::{Value, json};
use strongroom_shared::ErrorCode;
use strongroom_shared::json::{NodeLimit, read};
use zeroize::Zeroizing;

use crate::graphql::Bounds;

#[derive(Debug, PartialEq, Eq)]
pub enum Invalid {
    Malformed(&'static str),
    TooLarge(String),
}

pub type Parsed = Result<Request, Invalid>;

pub enum Body {
    Single(Box<Parsed>),
    Batch(Vec<Parsed>),
}

pub fn parse(body: &[u8], bounds: &Bounds) -> Body {
    let mut nodes = NodeLimit::new(bounds.nodes);
    let single = |parsed| Body::Single(Box::new(parsed));
    match read_json(body, &mut nodes, bounds, "The request body is not valid JSON.") {
        Ok(Graphql::List(requests)) if requests.len() > bounds.batch => {
            single(Err(Invalid::TooLarge(format!("A batch can have at most {} operations.", bounds.batch))))
        }
        Ok(Graphql::List(requests)) if requests.is_empty() => {
            single(Err(Invalid::Malformed("A batch must have at least one operation.")))
        }
        Ok(Graphql::List(requests)) => {
            let mut request = |value| request(value, &mut nodes, bounds);
            Body::Batch(requests.into_iter().map(&mut request).collect())
        }
        Ok(value) => single(request(value, &mut nodes, bounds)),
        Err(invalid) => single(Err(invalid)),
    }
}

/// Parses JSON. The parser's message is dropped, because it can quote the request.
fn read_json(
    text: &[u8],
    nodes: &mut NodeLimit,
    bounds: &Bounds,
    malformed: &'static str,
) -> Result<Graphql, Invalid> {
    match read(text, nodes) {
        Some(value) => Ok(value),
        None if nodes.is_exceeded() => Err(Invalid::TooLarge(format!(
            "A request can have at most {} JSON values and keys.",
            bounds.nodes
        ))),
        None => Err(Invalid::Malformed(malformed)),
    }
}

fn request(value: Graphql, nodes: &mut NodeLimit, bounds: &Bounds) -> Parsed {
    let Graphql::Object(mut fields) = value else {
        return Err(Invalid::Malformed(
            "A request must be a JSON object with `query` and, if needed, `variables`.",
        ));
    };
    let Some(Graphql::String(query)) = fields.swap_remove("query") else {
        return Err(Invalid::Malformed("A request needs a `query` string."));
    };
    let mut request = Request::new(query);
    match fields.swap_remove("operationName") {
        Some(Graphql::String(name)) if !name.is_empty() => request = request.operation_name(name),
        None | Some(Graphql::Null | Graphql::String(_)) => {}
        Some(_) => return Err(Invalid::Malformed("`operationName` must be a string.")),
    }
    let variables = fields.swap_remove("variables").unwrap_or_default();
    Ok(request.variables(read_variables(variables, nodes, bounds)?))
}

/// Reads variables: an object, JSON text of one, or nothing in its various forms.
fn read_variables(value: Graphql, nodes: &mut NodeLimit, bounds: &Bounds) -> Result<Variables, Invalid> {
    let value = match value {
        Graphql::String(text) if text.is_empty() => Graphql::Null,
        // JSON has no NaN, but Python writes it.
        Graphql::String(text) => {
            let text = Zeroizing::new(text);
            read_json(text.as_bytes(), nodes, bounds, "The variables are not valid JSON.")?
        }
        value => value,
    };
    match value {
        Graphql::Null => Ok(Variables::default()),
        Graphql::Object(_) => Ok(Variables::from_value(value)),
        _ => Err(Invalid::Malformed("Variables must be an object, or a string with such an object as JSON.")),
    }
}

pub fn error_body(code: ErrorCode, message: &str) -> Value {
    json!({ "data": null, "errors": [{ "message": message, "extensions": { "code": code.as_str() } }] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::{AUTHENTICATED, UNAUTHENTICATED};

    fn check(bounds: &Bounds, body: &str, expected: Result<&str, &str>) {
        let Body::Single(parsed) = parse(body.as_bytes(), bounds) else { panic!("{body:.80} is a batch") };
        let found = parsed.map(|request| {
            serde_json::to_string(&request.variables.into_value()).expect("variables are JSON")
        });
        let found = found.map_err(|invalid| match invalid {
            Invalid::Malformed(message) => message.to_owned(),
            Invalid::TooLarge(message) => message,
        });
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{body:.80}");
    }

    #[test]
    fn requests_are_read_or_refused_without_quoting_them() {
        let no_json = Err("The request body is not valid JSON.");
        let no_object = Err("Variables must be an object, or a string with such an object as JSON.");
        for (body, expected) in [
            (r#"{"query":"{a}","variables":{"a":1}}"#, Ok(r#"{"a":1}"#)),
            (r#"{"query":"{a}","variables":"{\"a\": 1}"}"#, Ok(r#"{"a":1}"#)),
            (r#"{"query":"{a}","variables":"null"}"#, Ok("{}")),
            (r#"{"query":"{a}","variables":""}"#, Ok("{}")),
            (r#"{"query":"{a}","variables":null}"#, Ok("{}")),
            (r#"{"query":"{a}"}"#, Ok("{}")),
            // Every digit arrives.
            (
                r#"{"query":"{a}","variables":"{\"a\": 12345678901234567890123.10}"}"#,
                Ok(r#"{"a":12345678901234567890123.10}"#),
            ),
            (r#"{"query":"{a}","variables":"{\"a\": NaN}"}"#, Err("The variables are not valid JSON.")),
            (r#"{"query":"{a}","variables":[1]}"#, no_object),
            (r#"{"query":"{a}","variables":"3"}"#, no_object),
            ("hunter2", no_json),
            ("", no_json),
            ("[]", Err("A batch must have at least one operation.")),
            ("3", Err("A request must be a JSON object with `query` and, if needed, `variables`.")),
            ("{}", Err("A request needs a `query` string.")),
            (r#"{"query":"{a}","operationName":3}"#, Err("`operationName` must be a string.")),
        ] {
            check(&AUTHENTICATED, body, expected);
        }
    }

    #[test]
    fn special_keys_stay_plain_objects() {
        for object in [
            r#"{"$serde_json::private::Number":"12"}"#,
            r#"{"$serde_json::private::RawValue":"[1,2]"}"#,
            r#"[{"a":{"$serde_json::private::RawValue":"1"}}]"#,
        ] {
            let expected = format!(r#"{{"v":{object}}}"#);
            for spelling in [object.to_owned(), object.replace('$', r"\u0024")] {
                let variables = format!(r#"{{"v": {spelling}}}"#);
                for variables in [variables.clone(), Value::from(variables).to_string()] {
                    let body = format!(r#"{{"query":"{{a}}","variables":{variables}}}"#);
                    check(&AUTHENTICATED, &body, Ok(&expected));
                }
            }
        }
    }

    #[test]
    fn batches_and_nodes_are_bounded() {
        let batch = |length: usize| format!("[{}]", vec![r#"{"query":"{a}"}"#; length].join(","));
        for (bounds, most) in [(&AUTHENTICATED, 25), (&UNAUTHENTICATED, 4)] {
            let full = parse(batch(most).as_bytes(), bounds);
            assert!(matches!(full, Body::Batch(requests) if requests.len() == most));
            let message = format!("A batch can have at most {most} operations.");
            check(bounds, &batch(most + 1), Err(&message));

            let message = format!("A request can have at most {} JSON values and keys.", bounds.nodes);
            let zeros = |count: usize| format!("[{}]", vec!["0"; count].join(","));
            check(bounds, &zeros(bounds.nodes), Err(&message));
            // The body itself has three nodes: the object, a key and the text.
            let variables = Value::from(format!(r#"{{"v": {}}}"#, zeros(bounds.nodes - 3)));
            let body = format!(r#"{{"query":"{{a}}","variables":{variables}}}"#);
            check(bounds, &body, Err(&message));
        }
    }
}
