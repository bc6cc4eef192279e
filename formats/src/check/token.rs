//! JSON Web Tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use strongroom_shared::Json;
use zeroize::Zeroizing;

use super::Subject;

pub(super) fn expiry(Subject { text, now, .. }: Subject<'_>) -> Option<String> {
    let token = text.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    let mut parts = token.split('.');
    let (header, claims) = (object(parts.next()?)?, object(parts.next()?)?);
    parts.next().filter(|_| parts.next().is_none())?;
    header.value().get("alg")?;
    let Value::Number(end) = claims.value().get("exp")? else { return None };
    // Some have a fraction.
    let end = end.to_string();
    let end = end.split('.').next()?.parse().ok()?;
    super::expiry(end, now).map(|expiry| format!("is a JWT {expiry}"))
}

fn object(part: &str) -> Option<Json> {
    let text = Zeroizing::new(URL_SAFE_NO_PAD.decode(part).ok()?);
    let json: Json = serde_json::from_slice(&text).ok()?;
    json.value().is_object().then_some(json)
}
