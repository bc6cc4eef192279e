//! The settings for programs that use a new key, ready to paste. See "Point Prefect at it" in the README.

use crate::snippet::{request_body, shell_quoted};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Environment,
    File,
    CommandLine,
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
            Self::Environment => "Environment variables for a Prefect flow.",
            Self::File => "~/.prefect/config.toml on the machine that runs a Prefect flow.",
            Self::CommandLine => "The strongroom program, and programs that it starts.",
            Self::Curl => "Any other HTTP client.",
        }
    }

    /// The text to paste. `secret` is an example; a key that can't read values lists names instead.
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
                shell_quoted(&request_body(secret))
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_contain_server_and_key_and_quote_names() {
        for (place, secret, expected) in [
            (
                Place::Environment,
                None,
                "export PREFECT__BACKEND=cloud\nexport PREFECT__CLOUD__API=https://h\n\
                 export PREFECT__CLOUD__API_KEY=sr_key\nexport PREFECT__CLOUD__USE_LOCAL_SECRETS=false",
            ),
            (
                Place::File,
                None,
                "backend = \"cloud\"\n\n[cloud]\napi = \"https://h\"\napi_key = \"sr_key\"\nuse_local_secrets = false",
            ),
            (
                Place::CommandLine,
                Some("it's odd"),
                "export STRONGROOM_SERVER=https://h\nexport STRONGROOM_KEY=sr_key\nstrongroom get -- 'it'\\''s odd'",
            ),
            (Place::CommandLine, None, "\nstrongroom list"),
            (
                Place::Curl,
                Some("it's \"odd\""),
                r#"-d '{"query":"{ secret_value(name: \"it'\''s \\\"odd\\\"\") }"}'"#,
            ),
            (Place::Curl, None, r#"-d '{"query":"{ secret_names }"}'"#),
        ] {
            let text = place.text("https://h", "sr_key", secret);
            assert!(text.ends_with(expected), "{text}");
        }
    }
}
