//! The documents of an issuer whose workloads a team trusts. Not here: requests for them, which `service` sends.

use serde_json::{Map, Value};
use strongroom_shared::limit;
use url::Url;

/// Where an issuer's discovery document is.
pub fn document_url(issuer: &str) -> Option<Url> {
    Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).ok()
}

/// Reads from a discovery document where the keys are. It must be the issuer's own, and must not lead away from TLS.
pub fn read_document(document: &[u8], issuer: &str) -> Result<Url, &'static str> {
    let fields: Map<String, Value> =
        serde_json::from_slice(document).map_err(|_| "its document is not a JSON object")?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if text("issuer").map(|issuer| issuer.trim_end_matches('/')) != Some(issuer.trim_end_matches('/')) {
        return Err("its document is that of another issuer");
    }
    let keys = text("jwks_uri").and_then(|url| Url::parse(url).ok());
    let keys = keys.filter(|url| matches!(url.scheme(), "https" | "http"));
    let keys = keys.ok_or("its document does not say where its keys are")?;
    if keys.scheme() == "http" && issuer.starts_with("https:") {
        return Err("its keys are at an http address, but the issuer is https");
    }
    Ok(keys)
}

/// Reads a JSON Web Key Set, and of each key only the texts that verifying needs.
pub fn read_keys(set: &[u8]) -> Result<Vec<Value>, &'static str> {
    const FIELDS: [&str; 9] = ["kty", "crv", "n", "e", "x", "y", "kid", "use", "alg"];
    let mut fields: Map<String, Value> =
        serde_json::from_slice(set).map_err(|_| "its keys are not a JSON object")?;
    let Some(Value::Array(keys)) = fields.remove("keys") else { return Err("it lists no keys") };
    if keys.len() > limit::ISSUER_KEYS {
        return Err("it lists more than 100 keys");
    }
    let text = |key: &Value, name: &str| Some((name.to_owned(), key.get(name)?.as_str()?.into()));
    let needed = |key: &Value| Value::Object(FIELDS.iter().filter_map(|name| text(key, name)).collect());
    Ok(keys.iter().filter(|key| key.is_object()).map(needed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_the_issuer_s_own_and_stay_with_tls() {
        for (issuer, document, expected) in [
            ("https://a", r#"{"issuer": "https://a", "jwks_uri": "https://b/keys"}"#, Ok("https://b/keys")),
            ("https://a/", r#"{"issuer": "https://a", "jwks_uri": "https://b/keys"}"#, Ok("https://b/keys")),
            ("http://a", r#"{"issuer": "http://a", "jwks_uri": "http://a/keys"}"#, Ok("http://a/keys")),
            ("https://a", r#"{"issuer": "https://a", "jwks_uri": "http://a/keys"}"#, Err("http address")),
            ("https://a", r#"{"issuer": "https://b", "jwks_uri": "https://b/keys"}"#, Err("another issuer")),
            (
                "https://a",
                r#"{"issuer": "https://a", "jwks_uri": "file:///keys"}"#,
                Err("where its keys are"),
            ),
            ("https://a", "[]", Err("not a JSON object")),
        ] {
            match (read_document(document.as_bytes(), issuer), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
                (Err(problem), Err(expected)) => assert!(problem.contains(expected), "{problem}"),
                (found, _) => panic!("{issuer} {document}: {found:?}"),
            }
        }
    }
}
