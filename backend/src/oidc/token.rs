//! The signatures of tokens (JWT). `claims` checks their contents.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::claims::Claims;

/// The claims of a token signed with one of the provider's keys, or with the client secret if the provider may use it.
pub(super) fn open(token: &str, keys: &[Value], secret: Option<&str>) -> Result<Claims, String> {
    let token = token.trim();
    if token.split('.').count() == 5 {
        return Err("it is encrypted: configure the provider to sign it only".to_owned());
    }
    let header =
        decode_header(token).map_err(|error| format!("its header can't be read: {}", reason(&error)))?;
    let algorithm = header.alg;
    let keys = if algorithm.family() == AlgorithmFamily::Hmac {
        let wrong =
            || format!("it is signed with {algorithm:?}, which the provider's document does not list");
        let secret = secret.ok_or_else(wrong)?;
        vec![DecodingKey::from_secret(secret.as_bytes()).map_err(|error| reason(&error))?]
    } else {
        let kid = header.kid.as_deref();
        let fitting: Vec<_> = keys.iter().filter(|key| fits(key, kid, algorithm)).filter_map(read).collect();
        if fitting.is_empty() {
            return Err(format!("none of the provider's keys matches it (kid {kid:?}, {algorithm:?})"));
        }
        fitting
    };
    let mut why = "its signature is wrong".to_owned();
    for key in keys {
        match decode(token, &key, &signature_alone(algorithm)) {
            Ok(found) => return Ok(found.claims),
            // There may be several keys without an id.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
            Err(error) => why = format!("it can't be read: {}", reason(&error)),
        }
    }
    Err(why)
}

/// Checks only the signature: `claims` accepts more forms of dates and audiences than the library.
fn signature_alone(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// Whether a key may have signed a token. The list also has keys for encryption and other algorithms.
fn fits(key: &Value, id: Option<&str>, algorithm: Algorithm) -> bool {
    let field = |name: &str| key.get(name).and_then(Value::as_str);
    let is_named = id.is_none() || field("kid").is_none_or(|kid| Some(kid) == id);
    is_named
        && field("use").is_none_or(|purpose| purpose == "sig")
        && field("alg").is_none_or(|name| {
            // The newer name of EdDSA.
            name.parse().ok() == Some(algorithm) || algorithm == Algorithm::EdDSA && name == "Ed25519"
        })
}

/// A signing key; `None` for another kind. The library fails on odd values in fields that we don't need.
fn read(key: &Value) -> Option<DecodingKey> {
    let field = |name: &'static str| Some((name, key.get(name)?.as_str()?.trim_end_matches('=')));
    let needed: Value = ["kty", "crv", "n", "e", "x", "y"].into_iter().filter_map(field).collect();
    let key: Jwk = serde_json::from_value(needed).ok()?;
    DecodingKey::from_jwk(&key).ok()
}

/// The library's reason, without an error of the JSON parser, which may quote the token.
fn reason(error: &jsonwebtoken::errors::Error) -> String {
    match error.kind() {
        ErrorKind::Json(_) => "it is not JSON, or names an algorithm that is not supported".to_owned(),
        _ => error.to_string(),
    }
}
