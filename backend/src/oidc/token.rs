//! The signatures of tokens (JWT). `claims` checks the contents of a provider's, `domain::trust` those of a workload's.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use thiserror::Error;

use super::claims::Claims;

/// The most keys that a token is tried with.
const MOST_TRIED: usize = 8;

/// Why a token does not open. No text repeats anything of it but its algorithm.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unopened {
    /// None of the known keys fits. There may be a newer one.
    #[error("{0}")]
    NoKey(String),
    #[error("{0}")]
    Wrong(String),
}

/// The claims of a token signed with one of an issuer's keys.
pub fn open_signed(token: &str, keys: &[Value]) -> Result<Claims, Unopened> {
    open(token, keys, None)
}

/// The claims of a token signed with one of the provider's keys, or with the client secret if the provider may use it.
pub(super) fn open(token: &str, keys: &[Value], secret: Option<&str>) -> Result<Claims, Unopened> {
    let wrong = |reason: String| Unopened::Wrong(reason);
    let token = token.trim();
    if token.split('.').count() == 5 {
        return Err(wrong("it is encrypted: configure the issuer to sign it only".to_owned()));
    }
    let header = decode_header(token)
        .map_err(|error| wrong(format!("its header can't be read: {}", reason(&error))))?;
    let algorithm = header.alg;
    let keys = if algorithm.family() == AlgorithmFamily::Hmac {
        let refused = || wrong(format!("it is signed with {algorithm:?}, which is not accepted"));
        let secret = secret.ok_or_else(refused)?;
        vec![DecodingKey::from_secret(secret.as_bytes()).map_err(|error| wrong(reason(&error)))?]
    } else {
        let kid = header.kid.as_deref();
        let fitting = keys.iter().filter(|key| fits(key, kid, algorithm));
        let fitting: Vec<_> = fitting.filter_map(read).take(MOST_TRIED).collect();
        if fitting.is_empty() {
            let reason = format!("none of the issuer's keys matches it ({algorithm:?})");
            return Err(Unopened::NoKey(reason));
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
    // Without its id, the right key may be a newer one.
    Err(if header.kid.is_some() { wrong(why) } else { Unopened::NoKey(why) })
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
