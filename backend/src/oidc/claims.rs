//! Claims in a provider's responses, parsed as leniently as is safe.

use chrono::{DateTime, TimeDelta};
use serde_json::{Map, Value};
use url::Url;

use super::{EMAIL_CLAIM, EmailDoubt};
use crate::domain::Time;

const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);

pub(super) type Claims = Map<String, Value>;

/// A value as text; numbers keep their spelling.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn text(claims: &Claims, name: &str) -> Option<String> {
    written(claims.get(name)?)
}

/// A field's texts, whether it is a list or a single one.
pub(super) fn texts(claims: &Claims, name: &str) -> Vec<String> {
    match claims.get(name) {
        Some(Value::Array(several)) => several.iter().filter_map(written).collect(),
        value => value.and_then(written).into_iter().collect(),
    }
}

/// A point in time: seconds as a number, as the standard says, or as a string, or an RFC 3339 date.
fn time(claims: &Claims, name: &str) -> Option<Time> {
    let text = text(claims, name)?;
    match text.parse::<f64>() {
        #[expect(clippy::cast_possible_truncation, reason = "a year too far away for seconds is no date")]
        Ok(seconds) => DateTime::from_timestamp(seconds as i64, 0),
        Err(_) => Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc()),
    }
}

/// Whether two texts name the same issuer: with or without a trailing slash, or `https://`, which Google omits.
pub(super) fn is_same_issuer(one: &str, other: &str) -> bool {
    let canonical = |issuer: &str| {
        let whole = if issuer.contains("://") { issuer.to_owned() } else { format!("https://{issuer}") };
        let url = Url::parse(&whole).ok();
        url.map(|url| url.as_str().trim_end_matches('/').to_owned())
    };
    canonical(one).is_some_and(|one| canonical(other) == Some(one))
}

/// Checks the claims of a signed token, and returns its subject.
pub(super) fn check(
    claims: &Claims,
    issuer: &str,
    client_id: &str,
    nonce: &str,
    now: Time,
) -> Result<String, String> {
    let found = text(claims, "iss").unwrap_or_default();
    if !is_same_issuer(&found, issuer) {
        return Err(format!("it is from {found:?}, not from {issuer:?}"));
    }
    let audiences = texts(claims, "aud");
    if !audiences.iter().any(|audience| audience == client_id) {
        return Err(format!("it is for {audiences:?}, not for {client_id:?}"));
    }
    // Further audiences are fine: this client's secret redeemed the code for the token.
    if let Some(party) = text(claims, "azp").filter(|party| party != client_id) {
        return Err(format!("it was given to {party:?}, not to {client_id:?}"));
    }
    let expires = time(claims, "exp").ok_or("it does not say when it expires")?;
    if expires <= now - CLOCK_SKEW {
        return Err(format!("it expired at {expires}, and here it is {now}: compare the clocks"));
    }
    if text(claims, "nonce").as_deref() != Some(nonce) {
        return Err("it is for another login".to_owned());
    }
    text(claims, "sub").ok_or_else(|| "it has no subject".to_owned())
}

#[derive(Clone, Default)]
pub(super) struct Email {
    pub address: Option<String>,
    pub is_verified: Option<bool>,
}

impl Email {
    pub(super) fn of(claims: &Claims, claim: &str) -> Self {
        let address = texts(claims, claim).first().map(|text| text.trim().to_owned());
        let is_verified = match claims.get("email_verified") {
            // `email_verified` refers to the claim `email` only.
            _ if claim != EMAIL_CLAIM => None,
            Some(Value::Bool(is_verified)) => Some(*is_verified),
            Some(Value::String(text)) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        };
        Self { address: address.filter(|text| !text.is_empty()), is_verified }
    }

    pub(super) fn judge(self, trusts_unverified: bool) -> Result<String, EmailDoubt> {
        match (self.address, self.is_verified) {
            (None, _) => Err(EmailDoubt::Missing),
            (Some(address), Some(true)) => Ok(address),
            (Some(address), _) if trusts_unverified => Ok(address),
            (Some(_), Some(false)) => Err(EmailDoubt::Unverified),
            (Some(_), None) => Err(EmailDoubt::Unsaid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_differ_in_scheme_host_path_or_port() {
        for same in ["a.com", "https://a.com/", "https://A.com:443"] {
            assert!(is_same_issuer(same, "https://a.com"), "{same}");
        }
        for other in ["http://a.com", "https://a.com:8443", "https://a.com/a", "https://a.com.evil", ""] {
            assert!(!is_same_issuer(other, "https://a.com"), "{other}");
        }
        assert!(!is_same_issuer("", ""));
    }

    #[test]
    fn numbers_are_read_as_texts() {
        let claims = serde_json::from_str(r#"{"a": 383168317235462148, "b": [7, "x", "", null]}"#);
        let claims = claims.expect("JSON");
        assert_eq!(texts(&claims, "a"), ["383168317235462148"]);
        assert_eq!(texts(&claims, "b"), ["7", "x"]);
        assert!(texts(&claims, "c").is_empty());
    }

    #[test]
    fn times_are_read_in_each_form() {
        let read = |value: &str| {
            let claims = serde_json::from_str(&format!(r#"{{"exp": {value}}}"#)).expect("JSON");
            time(&claims, "exp").map(|time| time.timestamp())
        };
        for value in
            ["1700000000", "1700000000.9", "1.7e9", r#""1700000000""#, r#""2023-11-14T22:13:20.000Z""#]
        {
            assert_eq!(read(value), Some(1_700_000_000), "{value}");
        }
        for value in ["null", "true", r#""soon""#, "[]", "1e300", r#""NaN-""#] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
