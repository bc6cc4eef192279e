//! The settings for programs that use a new key, ready to paste. See "Point Prefect at it" in the README.

use strongroom_shared::text_enum;

use crate::snippet::{VAULT_FIELD, request_body, shell_quoted, vault_line};

text_enum! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Place {
        Environment = "Environment", "Environment variables for a Prefect flow.";
        File = "config.toml", "~/.prefect/config.toml on the machine that runs a Prefect flow.";
        CommandLine = "strongroom", "The strongroom program, and programs that it starts.";
        Curl = "curl", "Any other HTTP client.";
        Vault = "Vault", "Programs that read from Vault, such as bao, vault or an agent.";
    }
}

impl Place {
    /// The text to paste. `secret` is an example; a key that can't read values lists names instead. `mount` is that of
    /// Vault's API.
    pub fn text(self, origin: &str, key: &str, secret: Option<&str>, mount: &str) -> String {
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
            Self::Vault => format!(
                "export VAULT_ADDR={origin}\n\
                 export VAULT_TOKEN={key}\n\
                 {}",
                match secret.and_then(|name| vault_line(mount, name)) {
                    Some(line) => format!("{VAULT_FIELD}\n{line}"),
                    None => format!("bao kv list {mount}"),
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
                Place::Vault,
                Some("it's odd"),
                "export VAULT_ADDR=https://h\nexport VAULT_TOKEN=sr_key\n\
                 # If the value is a JSON object, name one of its fields instead of `value`.\n\
                 bao kv get -field=value -mount=secret -- 'it'\\''s odd'",
            ),
            (Place::Vault, None, "\nbao kv list secret"),
            (Place::Vault, Some("a//b"), "\nbao kv list secret"),
            (
                Place::Curl,
                Some("it's \"odd\""),
                r#"-d '{"query":"{ secret_value(name: \"it'\''s \\\"odd\\\"\") }"}'"#,
            ),
            (Place::Curl, None, r#"-d '{"query":"{ secret_names }"}'"#),
        ] {
            let text = place.text("https://h", "sr_key", secret, "secret");
            assert!(text.ends_with(expected), "{text}");
        }
    }
}
