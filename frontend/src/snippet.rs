//! Parts of code that users copy.

/// A text as one word of a POSIX shell.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text in double quotes, for JSON, GraphQL and Python.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The body of a request that reads a secret's value or, without one, lists the names.
pub fn request_body(secret: Option<&str>) -> String {
    let query = match secret {
        Some(name) => format!("{{ secret_value(name: {}) }}", quoted(name)),
        None => "{ secret_names }".to_owned(),
    };
    serde_json::json!({ "query": query }).to_string()
}
