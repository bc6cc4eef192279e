//! What a program needs to use a new key, ready to paste. The names are those of the README's "Point Prefect at it".

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Environment,
    File,
    /// A shell that has our own command line.
    CommandLine,
    /// A shell with neither.
    Curl,
}

impl Place {
    pub const ALL: [Self; 4] = [Self::Environment, Self::File, Self::CommandLine, Self::Curl];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Environment => "Environment",
            Self::File => "config.toml",
            Self::CommandLine => "strongroom",
            Self::Curl => "curl",
        }
    }

    pub const fn describe(self) -> &'static str {
        match self {
            Self::Environment => "For the environment in which a Prefect flow runs.",
            Self::File => "For ~/.prefect/config.toml, where a Prefect flow runs.",
            Self::CommandLine => "For the strongroom program, and whatever it starts.",
            Self::Curl => "For anything else that speaks HTTP.",
        }
    }

    /// The text to paste. `secret` is a name the key may be tried with; a key that reads no values lists names.
    pub fn text(self, origin: &str, key: &str, secret: Option<&str>) -> String {
        match self {
            Self::Environment => format!(
                "export PREFECT__BACKEND=cloud\n\
                 export PREFECT__CLOUD__API={origin}\n\
                 export PREFECT__CLOUD__API_KEY={key}\n\
                 export PREFECT__CLOUD__USE_LOCAL_SECRETS=false"
            ),
            Self::File => format!(
                "backend = \"cloud\"\n\n\
                 [cloud]\n\
                 api = \"{origin}\"\n\
                 api_key = \"{key}\"\n\
                 use_local_secrets = false"
            ),
            Self::CommandLine => format!(
                "export STRONGROOM_SERVER={origin}\n\
                 export STRONGROOM_KEY={key}\n\
                 {}",
                match secret {
                    Some(name) => format!("strongroom get -- {}", shell_quoted(name)),
                    None => "strongroom list".to_owned(),
                }
            ),
            Self::Curl => format!(
                "curl {origin}/graphql \\\n  \
                 -H 'Authorization: Bearer {key}' \\\n  \
                 -H 'Content-Type: application/json' \\\n  \
                 -d {}",
                shell_quoted(&body(secret))
            ),
        }
    }
}

fn body(secret: Option<&str>) -> String {
    let query = match secret {
        // JSON and GraphQL write text the same way.
        Some(name) => format!("{{ secret_value(name: {}) }}", serde_json::Value::from(name)),
        None => "{ secret_names }".to_owned(),
    };
    serde_json::json!({ "query": query }).to_string()
}

/// A text as one word of a POSIX shell.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefect_gets_the_four_settings_either_way() {
        let environment = Place::Environment.text("https://s.example.com", "sr_key", None);
        assert_eq!(
            environment,
            "export PREFECT__BACKEND=cloud\nexport PREFECT__CLOUD__API=https://s.example.com\n\
             export PREFECT__CLOUD__API_KEY=sr_key\nexport PREFECT__CLOUD__USE_LOCAL_SECRETS=false"
        );
        let file = Place::File.text("https://s.example.com", "sr_key", None);
        assert_eq!(
            file,
            "backend = \"cloud\"\n\n[cloud]\napi = \"https://s.example.com\"\napi_key = \"sr_key\"\nuse_local_secrets = false"
        );
    }

    #[test]
    fn the_command_line_is_given_a_name_as_one_word() {
        let text = |secret| Place::CommandLine.text("https://s.example.com", "sr_key", secret);
        assert_eq!(
            text(Some("it's odd")),
            "export STRONGROOM_SERVER=https://s.example.com\nexport STRONGROOM_KEY=sr_key\n\
             strongroom get -- 'it'\\''s odd'"
        );
        assert!(text(None).ends_with("\nstrongroom list"));
    }

    #[test]
    fn curl_quotes_names_for_graphql_json_and_the_shell() {
        let curl = Place::Curl.text("http://h", "sr_key", Some("it's \"odd\""));
        assert!(
            curl.ends_with(r#"-d '{"query":"{ secret_value(name: \"it'\''s \\\"odd\\\"\") }"}'"#),
            "{curl}"
        );
        let names = Place::Curl.text("http://h", "sr_key", None);
        assert!(names.ends_with(r#"-d '{"query":"{ secret_names }"}'"#), "{names}");
    }
}
