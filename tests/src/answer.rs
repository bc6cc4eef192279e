//! Responses of the server.

use std::fmt;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("the server answers");
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.bytes().await.expect("the answer is whole").to_vec(),
        }
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.bytes).expect("the answer is text")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are ASCII"))
    }

    /// The JSON body, which a GraphQL request also gets if it is refused early.
    pub fn json(&self) -> Value {
        let kind = self.header("content-type");
        assert!(kind.starts_with("application/json"), "not JSON but {kind:?}: {self:?}");
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }
}

/// A response of the GraphQL endpoint that obeys the rules of the wire: status 200, JSON, never stored, and either no
/// `errors` key or a list of errors that each have a message and a code.
pub struct Answer {
    pub headers: HeaderMap,
    pub text: String,
    body: Value,
    request: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n  request: {}\n  response: {}\n", self.request, self.text)
    }
}

#[derive(Clone, Debug)]
pub struct GraphqlError {
    pub message: String,
    pub code: String,
    pub path: Option<Value>,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder, body: &str) -> Self {
        let reply = Reply::to(request).await;
        let shown: String = body.chars().take(2000).collect();
        assert_eq!(reply.status, StatusCode::OK, "request: {shown}\nresponse: {}", reply.text());
        let cache = reply.header("cache-control");
        assert!(cache.contains("no-store"), "a response is never stored, but cache-control is {cache:?}");
        let answer = Self {
            body: reply.json(),
            text: reply.text().to_owned(),
            headers: reply.headers,
            request: shown,
        };
        match &answer.body {
            Value::Array(items) => items.iter().for_each(|item| answer.assert_wire_form(item)),
            item => answer.assert_wire_form(item),
        }
        answer
    }

    fn assert_wire_form(&self, item: &Value) {
        let fields = item.as_object().unwrap_or_else(|| panic!("a response is an object: {self:?}"));
        let is_known = |key: &String| ["data", "errors", "extensions"].contains(&key.as_str());
        assert!(fields.keys().all(is_known), "GraphQL has no other keys: {self:?}");
        let Some(errors) = fields.get("errors") else {
            assert!(fields.contains_key("data"), "neither data nor errors: {self:?}");
            return;
        };
        let errors = errors.as_array().unwrap_or_else(|| panic!("errors is a list: {self:?}"));
        assert!(!errors.is_empty(), "Prefect clients break on an empty list of errors: {self:?}");
        for error in errors {
            assert!(error["message"].is_string(), "an error has a message: {self:?}");
            assert!(error["extensions"]["code"].is_string(), "an error has a code: {self:?}");
        }
    }

    pub const fn body(&self) -> &Value {
        &self.body
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are ASCII"))
    }

    /// The part of `data` at a JSON pointer. The response must have no errors.
    pub fn data(&self, pointer: &str) -> &Value {
        assert!(self.body.get("errors").is_none(), "unexpected errors: {self:?}");
        self.body["data"].pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in the data of {self:?}"))
    }

    pub fn list(&self, pointer: &str) -> &Vec<Value> {
        self.data(pointer).as_array().unwrap_or_else(|| panic!("{pointer} is no list: {self:?}"))
    }

    pub fn assert_success(&self, field: &str) {
        let payload = self.data(&format!("/{field}"));
        assert_eq!(payload["success"], json!(true), "{self:?}");
        assert!(payload["error"].is_null(), "a success has no error: {self:?}");
    }

    pub fn refusal(&self, field: &str) -> String {
        let payload = self.data(&format!("/{field}"));
        assert_eq!(payload["success"], json!(false), "{self:?}");
        let reason = payload["error"].as_str().unwrap_or_else(|| panic!("a refusal has a reason: {self:?}"));
        assert!(!reason.is_empty(), "a refusal has a reason: {self:?}");
        reason.to_owned()
    }

    pub fn errors(&self) -> Vec<GraphqlError> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.body["errors"].as_array().into_iter().flatten().map(|error| GraphqlError {
            message: text(&error["message"]),
            code: text(&error["extensions"]["code"]),
            path: error.get("path").cloned(),
        });
        errors.collect()
    }

    pub fn error(&self) -> GraphqlError {
        let mut errors = self.errors();
        assert_eq!(errors.len(), 1, "exactly one error was expected: {self:?}");
        errors.remove(0)
    }

    pub fn assert_error(&self, code: &str) -> String {
        let error = self.error();
        assert_eq!(error.code, code, "{self:?}");
        error.message
    }

    /// The reason why nothing was changed, from the payload or from an error about the input.
    pub fn assert_rejected(&self) -> String {
        if let Some(error) = self.errors().first() {
            assert_eq!(error.code, "BAD_USER_INPUT", "{self:?}");
            return error.message.clone();
        }
        let fields = self.body["data"].as_object();
        let field = fields.and_then(|fields| fields.keys().next());
        self.refusal(field.unwrap_or_else(|| panic!("neither data nor errors: {self:?}")))
    }

    /// The session cookie that the answer sets: `name=token`.
    pub fn cookie(&self) -> &str {
        self.header("set-cookie").split(';').next().unwrap_or_default()
    }

    pub fn assert_never_says(&self, text: &str) {
        assert!(!self.text.contains(text), "the answer repeats {text:?}: {self:?}");
        let headers = format!("{:?}", self.headers);
        assert!(!headers.contains(text), "a header repeats {text:?}: {headers}");
    }
}
