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

/// The line that reads a secret through Vault's API; `None` for names that no path leads to.
pub fn vault_line(mount: &str, name: &str) -> Option<String> {
    let is_path = name.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
    let line = || format!("bao kv get -field=value -mount={mount} -- {}", shell_quoted(name));
    is_path.then(line)
}

/// What the line does not say.
pub const VAULT_FIELD: &str = "# If the value is a JSON object, name one of its fields instead of `value`.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vaults_clients_reach_only_names_that_are_paths() {
        let line = "bao kv get -field=value -mount=team/kv -- 'a/b c'";
        assert_eq!(vault_line("team/kv", "a/b c").as_deref(), Some(line));
        for name in ["a//b", "..", "a/../b", "./a", "/a", "a/"] {
            assert_eq!(vault_line("secret", name), None, "{name}");
        }
    }
}
