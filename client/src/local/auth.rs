//! `auth.toml`, in which `prefect auth login` stores a key for each API, under a name derived from its host.

use std::path::Path;

use super::error::Error;
use super::file;
use crate::value::Value;

/// The credentials for one API.
#[derive(Clone, Default)]
pub(super) struct Auth {
    pub(super) api_key: Option<Value>,
    pub(super) tenant_id: Option<Value>,
}

impl Auth {
    /// Reads `<home_dir>/auth.toml` only if it is needed: as in Prefect, local secrets work with a broken one.
    pub(super) fn read(settings: &Value) -> Result<Self, Error> {
        let cloud = settings.get("cloud");
        let is_set = |name| cloud.and_then(|cloud| cloud.get(name)).is_some_and(Value::is_true);
        let api = cloud.and_then(|cloud| cloud.get("api")).and_then(Value::as_text);
        let home = settings.get("home_dir").and_then(Value::as_text);
        let (Some(api), Some(home), false) = (api, home, is_set("api_key") && is_set("tenant_id")) else {
            return Ok(Self::default());
        };
        let path = Path::new(home).join("auth.toml");
        if !path.exists() {
            return Ok(Self::default());
        }
        let all = Value::Dict(file::read(&path)?);
        let own = all.get(&slug(api));
        let find = |name| own.and_then(|own| own.get(name)).filter(|value| value.is_true()).cloned();
        Ok(Self { api_key: find("api_key"), tenant_id: find("tenant_id") })
    }
}

/// Prefect's `_api_server_slug`: the address's host and port, with one dash for each run of other characters.
fn slug(api: &str) -> String {
    let host = network_location(api);
    let name = if host.is_empty() { api } else { host };
    let mut slug = String::with_capacity(name.len());
    for character in name.to_lowercase().chars() {
        match character {
            'a'..='z' | '0'..='9' | '.' => slug.push(character),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_matches('-').to_owned()
}

/// `netloc` of Python's `urlparse`.
fn network_location(address: &str) -> &str {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let scheme_and_rest = address.split_once(':').filter(|(scheme, _)| is_scheme(scheme));
    let after_scheme = scheme_and_rest.map_or(address, |(_, rest)| rest);
    let location = after_scheme.strip_prefix("//").unwrap_or_default();
    location.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_of_apis_match_prefects() {
        for (api, expected) in [
            ("https://api.prefect.io", "api.prefect.io"),
            ("http://127.0.0.1:35841", "127.0.0.1-35841"),
            ("http://localhost:4200/graphql", "localhost-4200"),
            ("HTTPS://User:pa__ss@Example.org:8080?x", "user-pa-ss-example.org-8080"),
            ("//host/path", "host"),
            ("localhost:4200/graphql", "localhost-4200-graphql"),
            ("example.org", "example.org"),
        ] {
            assert_eq!(slug(api), expected);
        }
    }
}
