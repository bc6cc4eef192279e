//! Names of secrets that Prefect looks up by itself (its *default secrets*), and the shapes of their values. From Prefect's
//! documentation and its tasks.
//!
//! To add a name: a line in [`WELL_KNOWN`].

use serde_json::Value;
use zeroize::Zeroizing;

#[derive(Debug, PartialEq, Eq)]
pub struct WellKnown {
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    shape: Shape,
}

#[derive(Debug, PartialEq, Eq)]
enum Shape {
    Anything,
    Text,
    Url,
    Object {
        /// The fields of a form. None for an object that nobody types.
        parts: &'static [Part],
        /// The keys that a value has, in each of its variants.
        variants: &'static [&'static [&'static str]],
    },
}

/// A field of a JSON object.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    pub key: &'static str,
    pub label: &'static str,
    /// Whether it is masked.
    pub is_secret: bool,
}

const fn secret(key: &'static str, label: &'static str) -> Part {
    Part { key, label, is_secret: true }
}

const fn plain(key: &'static str, label: &'static str) -> Part {
    Part { key, label, is_secret: false }
}

const fn any(name: &'static str, about: &'static str) -> WellKnown {
    WellKnown { name, about, shape: Shape::Anything }
}

const fn text(name: &'static str, about: &'static str) -> WellKnown {
    WellKnown { name, about, shape: Shape::Text }
}

const fn url(name: &'static str, about: &'static str) -> WellKnown {
    WellKnown { name, about, shape: Shape::Url }
}

const fn object(
    name: &'static str,
    about: &'static str,
    parts: &'static [Part],
    variants: &'static [&'static [&'static str]],
) -> WellKnown {
    WellKnown { name, about, shape: Shape::Object { parts, variants } }
}

pub const WELL_KNOWN: [WellKnown; 27] = [
    text("AIRTABLE_API_KEY", "API key for Airtable"),
    object(
        "AWS_CREDENTIALS",
        "Access key for AWS",
        &[
            plain("ACCESS_KEY", "Access key ID"),
            secret("SECRET_ACCESS_KEY", "Secret access key"),
            secret("SESSION_TOKEN", "Session token"),
        ],
        &[&["ACCESS_KEY", "SECRET_ACCESS_KEY"]],
    ),
    text("AZURE_STORAGE_CONNECTION_STRING", "Connection string for flows in Azure storage"),
    text("AZ_CONNECTION_STRING", "Connection string for Azure blob storage"),
    object(
        "AZ_CREDENTIALS",
        "Account key or SAS token for Azure",
        &[
            plain("ACCOUNT_NAME", "Account name"),
            secret("ACCOUNT_KEY", "Account key"),
            secret("SAS_TOKEN", "SAS token"),
        ],
        &[
            &["ACCOUNT_NAME", "ACCOUNT_KEY"],
            &["ACCOUNT_NAME", "SAS_TOKEN"],
            &["AZ_COSMOS_AUTH"],
            &["client_id", "client_secret", "tenant_id", "subscription_id"],
        ],
    ),
    text("BITBUCKET_ACCESS_TOKEN", "Personal access token for Bitbucket"),
    text("CUBEJS_API_SECRET", "API secret of Cube.js"),
    any("DASK_CREDENTIALS", "Credentials for a Dask cluster"),
    object(
        "DOCKER_REGISTRY_CREDENTIALS",
        "Login to a Docker registry",
        &[
            plain("docker-server", "Server"),
            plain("docker-username", "User name"),
            secret("docker-password", "Password"),
            plain("docker-email", "Email"),
        ],
        &[&["docker-server", "docker-username", "docker-password", "docker-email"]],
    ),
    text("DROPBOX_ACCESS_TOKEN", "Access token for Dropbox"),
    text("EMAIL_PASSWORD", "Password of the account that sends email"),
    text("EMAIL_USERNAME", "User name of the account that sends email"),
    object(
        "GCP_CREDENTIALS",
        "Service account key for Google Cloud: paste the JSON file",
        &[],
        &[&["type", "project_id", "private_key", "client_email"]],
    ),
    text("GITHUB_ACCESS_TOKEN", "Personal access token for GitHub, with the scope repo"),
    text("GITLAB_ACCESS_TOKEN", "Personal access token for GitLab"),
    object(
        "JIRASECRETS",
        "API token for Jira",
        &[
            plain("JIRAUSER", "User name"),
            secret("JIRATOKEN", "API token"),
            plain("JIRASERVER", "Server URL"),
        ],
        &[&["JIRAUSER", "JIRATOKEN", "JIRASERVER"]],
    ),
    text("KUBERNETES_API_KEY", "Bearer token for Kubernetes"),
    text("MONDAY_API_TOKEN", "API token for monday.com"),
    text("PUSHBULLET_TOKEN", "Access token for Pushbullet"),
    text("REDIS_PASSWORD", "Password of a Redis server"),
    url("SLACK_WEBHOOK_URL", "Webhook for messages to Slack"),
    object(
        "SNOWFLAKE_CREDS",
        "Login to Snowflake",
        &[
            plain("user", "User name"),
            secret("password", "Password"),
            plain("account", "Account"),
            plain("role", "Role"),
            plain("warehouse", "Warehouse"),
        ],
        &[&["user", "password", "account"], &["user", "private_key", "account"]],
    ),
    text("TOLOKA_TOKEN", "OAuth token for Toloka"),
    text("TRELLO_API_KEY", "API key for Trello"),
    text("TRELLO_SERVER_TOKEN", "Server token for Trello"),
    object(
        "TWITTER_API_CREDENTIALS",
        "Keys of an app for Twitter",
        &[
            secret("api_key", "API key"),
            secret("api_secret", "API secret"),
            secret("access_token", "Access token"),
            secret("access_token_secret", "Access token secret"),
        ],
        &[&["api_key", "api_secret", "access_token", "access_token_secret"]],
    ),
    object(
        "VAULT_CREDENTIALS",
        "Token or AppRole for HashiCorp Vault",
        &[
            secret("VAULT_TOKEN", "Token"),
            plain("VAULT_ROLE_ID", "Role ID"),
            secret("VAULT_SECRET_ID", "Secret ID"),
        ],
        &[
            &["VAULT_TOKEN"],
            &["VAULT_ROLE_ID", "VAULT_SECRET_ID"],
            &["VAULT_KUBE_AUTH_ROLE", "VAULT_KUBE_AUTH_PATH"],
        ],
    ),
];

pub fn find(name: &str) -> Option<&'static WellKnown> {
    WELL_KNOWN.iter().find(|known| known.name == name)
}

impl WellKnown {
    /// The fields of a form for its value; none if it has no form.
    pub const fn parts(&self) -> &'static [Part] {
        match self.shape {
            Shape::Object { parts, .. } => parts,
            _ => &[],
        }
    }

    /// Whether every variant of its value has a field.
    pub fn is_required(&self, key: &str) -> bool {
        match self.shape {
            Shape::Object { variants, .. } => variants.iter().all(|keys| keys.contains(&key)),
            _ => false,
        }
    }

    /// What Prefect expects instead of a value, which is text or JSON; `None` if the value fits. It repeats nothing of it.
    pub fn misfit(&self, value: &str, is_json: bool) -> Option<String> {
        let json = serde_json::from_str::<Value>(value).ok();
        let (fits, expected) = match self.shape {
            Shape::Anything => return None,
            Shape::Text => {
                let fits = match &json {
                    Some(json) if is_json => json.is_string(),
                    Some(json) => !json.is_object() && !json.is_array(),
                    None => true,
                };
                (fits, "text".to_owned())
            }
            Shape::Url => {
                let text = json.as_ref().and_then(Value::as_str).unwrap_or(value);
                (text.starts_with("https://"), "a URL that begins with https://".to_owned())
            }
            Shape::Object { variants, .. } => {
                let object = json.as_ref().and_then(Value::as_object);
                let fits = object.is_some_and(|object| {
                    variants.iter().any(|keys| keys.iter().all(|key| object.contains_key(*key)))
                });
                let variants: Vec<_> = variants.iter().map(|keys| listed(keys)).collect();
                (fits, format!("JSON with {}", variants.join(", or ")))
            }
        };
        (!fits).then(|| format!("Prefect expects {expected} here."))
    }
}

/// `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

/// The JSON text of a form's fields, without empty ones; empty if all are.
pub fn compose<'typed>(parts: &[Part], typed: impl Iterator<Item = &'typed str>) -> Zeroizing<String> {
    let mut json = Zeroizing::new(String::new());
    for (part, text) in parts.iter().zip(typed).filter(|(_, text)| !text.is_empty()) {
        let before = if json.is_empty() { "{" } else { ", " };
        json.push_str(before);
        let text = Zeroizing::new(Value::from(text).to_string());
        json.push_str(&Value::from(part.key).to_string());
        json.push_str(": ");
        json.push_str(&text);
    }
    if !json.is_empty() {
        json.push('}');
    }
    json
}

/// The fields of a form, from the JSON text that they give; `None` if it has anything else.
pub fn decompose(parts: &[Part], json: &str) -> Option<Vec<Zeroizing<String>>> {
    if json.is_empty() {
        return Some(parts.iter().map(|_| Zeroizing::default()).collect());
    }
    let Ok(Value::Object(mut object)) = serde_json::from_str(json) else { return None };
    let mut take = |part: &Part| match object.remove(part.key) {
        None => Some(Zeroizing::default()),
        Some(Value::String(text)) => Some(Zeroizing::new(text)),
        Some(_) => None,
    };
    let typed = parts.iter().map(&mut take).collect::<Option<_>>()?;
    object.is_empty().then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> &'static WellKnown {
        find(name).expect("a well-known name")
    }

    #[test]
    fn values_that_do_not_fit_are_noticed() {
        const TEXT: bool = false;
        const JSON: bool = true;
        const AWS: Option<&str> = Some("Prefect expects JSON with ACCESS_KEY and SECRET_ACCESS_KEY here.");
        let twitter =
            "Prefect expects JSON with api_key, api_secret, access_token and access_token_secret here.";
        for (name, is_json, value, expected) in [
            ("AWS_CREDENTIALS", JSON, r#"{"ACCESS_KEY": "a", "SECRET_ACCESS_KEY": "b"}"#, None),
            ("AWS_CREDENTIALS", TEXT, r#"{"ACCESS_KEY": "a", "SECRET_ACCESS_KEY": "b", "x": 1}"#, None),
            ("AWS_CREDENTIALS", JSON, r#"{"ACCESS_KEY": "a"}"#, AWS),
            ("AWS_CREDENTIALS", TEXT, "AKIA", AWS),
            ("AWS_CREDENTIALS", JSON, "[1", AWS),
            ("TWITTER_API_CREDENTIALS", TEXT, "x", Some(twitter)),
            ("AZ_CREDENTIALS", JSON, r#"{"ACCOUNT_NAME": "a", "SAS_TOKEN": "b"}"#, None),
            ("AZ_CREDENTIALS", JSON, r#"{"AZ_COSMOS_AUTH": {"masterKey": "b"}}"#, None),
            ("VAULT_CREDENTIALS", JSON, r#"{"VAULT_TOKEN": "a"}"#, None),
            ("GITHUB_ACCESS_TOKEN", TEXT, "ghp_x", None),
            ("GITHUB_ACCESS_TOKEN", TEXT, "123", None),
            ("GITHUB_ACCESS_TOKEN", JSON, "\"ghp_x\"", None),
            ("GITHUB_ACCESS_TOKEN", JSON, "123", Some("Prefect expects text here.")),
            ("GITHUB_ACCESS_TOKEN", TEXT, r#"{"token": "x"}"#, Some("Prefect expects text here.")),
            ("SLACK_WEBHOOK_URL", TEXT, "https://hooks.slack.com/x", None),
            ("SLACK_WEBHOOK_URL", JSON, "\"https://hooks.slack.com/x\"", None),
            (
                "SLACK_WEBHOOK_URL",
                TEXT,
                "hooks.slack.com/x",
                Some("Prefect expects a URL that begins with https:// here."),
            ),
            ("DASK_CREDENTIALS", TEXT, "anything", None),
        ] {
            assert_eq!(known(name).misfit(value, is_json).as_deref(), expected, "{name} {value}");
        }
    }

    #[test]
    fn fields_become_json_and_are_read_back() {
        let parts = known("AWS_CREDENTIALS").parts();
        for (typed, json) in [
            (["", "", ""], ""),
            (["a\"b", "c", ""], r#"{"ACCESS_KEY": "a\"b", "SECRET_ACCESS_KEY": "c"}"#),
            (["", "", "ключ"], r#"{"SESSION_TOKEN": "ключ"}"#),
        ] {
            assert_eq!(*compose(parts, typed.into_iter()), json);
            let read = decompose(parts, json).expect("a form's own text");
            assert_eq!(read.iter().map(|text| text.as_str()).collect::<Vec<_>>(), typed);
        }
        for json in ["text", "[]", r#"{"ACCESS_KEY": 1}"#, r#"{"ACCESS_KEY": "a", "region": "b"}"#] {
            assert!(decompose(parts, json).is_none(), "{json}");
        }
    }

    #[test]
    fn forms_have_the_fields_of_a_variant_and_each_name_is_known_once() {
        for (place, known) in WELL_KNOWN.iter().enumerate() {
            assert_eq!(WELL_KNOWN.iter().position(|other| other.name == known.name), Some(place));
            let (parts, Shape::Object { variants, .. }) = (known.parts(), &known.shape) else { continue };
            let has = |key: &&str| parts.iter().any(|part| part.key == *key);
            assert!(parts.is_empty() || variants.iter().any(|keys| keys.iter().all(has)), "{}", known.name);
        }
        assert!(known("AWS_CREDENTIALS").is_required("ACCESS_KEY"));
        assert!(!known("AWS_CREDENTIALS").is_required("SESSION_TOKEN"));
        assert!(!known("AZ_CREDENTIALS").is_required("SAS_TOKEN"));
    }
}
