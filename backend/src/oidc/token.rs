//! Signed tokens (JWT): whether the provider has signed one. What stands in it, `claims` checks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

use super::claims::Claims;

/// A way to sign.
enum Method {
    Rsa(&'static RsaParameters),
    /// With the curve's name, and the length of a coordinate.
    Curve(&'static dyn VerificationAlgorithm, &'static str, usize),
    Ed25519,
    Hmac(hmac::Algorithm),
}

/// The method of that name. `none` is none.
fn method(name: &str) -> Option<Method> {
    Some(match name {
        "RS256" => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Method::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        "PS256" => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
        "PS384" => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
        "PS512" => Method::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
        "ES256" => Method::Curve(&signature::ECDSA_P256_SHA256_FIXED, "P-256", 32),
        "ES384" => Method::Curve(&signature::ECDSA_P384_SHA384_FIXED, "P-384", 48),
        "EdDSA" | "Ed25519" => Method::Ed25519,
        "HS256" => Method::Hmac(hmac::HMAC_SHA256),
        "HS384" => Method::Hmac(hmac::HMAC_SHA384),
        "HS512" => Method::Hmac(hmac::HMAC_SHA512),
        _ => return None,
    })
}

/// The claims of a token that one of the provider's keys has signed. `secret` is the client's, where the provider may
/// sign with it.
pub(super) fn open(token: &str, keys: &[Value], secret: Option<&str>) -> Result<Claims, String> {
    let parts: Vec<&str> = token.trim().split('.').collect();
    let [header, payload, signature] = parts[..] else {
        let is_encrypted = parts.len() == 5;
        let what =
            if is_encrypted { "it is encrypted: have it signed only" } else { "it is no signed token" };
        return Err(what.to_owned());
    };
    let message = format!("{header}.{payload}");
    let header = object(header).ok_or("its header can't be read")?;
    let field = |name: &str| header.get(name).and_then(Value::as_str);
    if header.contains_key("crit") {
        return Err("its header has critical fields, which are not supported".to_owned());
    }
    let algorithm = field("alg").unwrap_or_default();
    let method =
        method(algorithm).ok_or_else(|| format!("it is signed by {algorithm:?}, which is not supported"))?;
    let signature = decode(signature).ok_or("its signature can't be read")?;
    let is_signed = if let Method::Hmac(digest) = method {
        let secret = secret.ok_or_else(|| {
            format!("it is signed by {algorithm}, which the provider's document does not name")
        })?;
        let key = hmac::Key::new(digest, secret.as_bytes());
        hmac::verify(&key, message.as_bytes(), &signature).is_ok()
    } else {
        let mut fitting = keys.iter().filter(|key| fits(key, field("kid"), algorithm)).peekable();
        if fitting.peek().is_none() {
            return Err(format!("no key of the provider fits it (kid {:?}, {algorithm})", field("kid")));
        }
        fitting.any(|key| has_signed(&method, key, message.as_bytes(), &signature).is_some())
    };
    if !is_signed {
        return Err("its signature is wrong".to_owned());
    }
    object(payload).ok_or_else(|| "its claims can't be read".to_owned())
}

/// Whether a key may have signed a token. Keys for encryption and of other kinds stand in the same list.
fn fits(key: &Value, id: Option<&str>, algorithm: &str) -> bool {
    let field = |name: &str| key.get(name).and_then(Value::as_str);
    let is_named = id.is_none() || field("kid").is_none_or(|kid| Some(kid) == id);
    is_named
        && field("use").is_none_or(|purpose| purpose == "sig")
        && field("alg").is_none_or(|name| {
            // The newer name of that one.
            name.parse().ok() == Some(algorithm) || algorithm == Algorithm::EdDSA && name == "Ed25519"
        })
}

/// A key for signatures; `None` if it is of another kind. The library refuses oddities in fields that nobody needs.
fn read(key: &Value) -> Option<DecodingKey> {
    let field = |name: &'static str| Some((name, key.get(name)?.as_str()?.trim_end_matches('=')));
    let needed: Value = ["kty", "crv", "n", "e", "x", "y"].into_iter().filter_map(field).collect();
    let key: Jwk = serde_json::from_value(needed).ok()?;
    DecodingKey::from_jwk(&key).ok()
}

/// The library's reason, without an error of the JSON parser, which may quote the token.
fn reason(error: &jsonwebtoken::errors::Error) -> String {
    match error.kind() {
        ErrorKind::Json(_) => "it is no JSON of the expected form, or of an unsupported algorithm".to_owned(),
        _ => error.to_string(),
    }
}

/// A part of a token that is a JSON object.
fn object(part: &str) -> Option<Claims> {
    serde_json::from_slice(&decode(part)?).ok()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
